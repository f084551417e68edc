"""What each test needs of a cloud and of its configuration, as tools/measure_needs.py measured."""

from collections.abc import Collection, Iterable, Mapping
import dataclasses
import functools
import json
from pathlib import Path
import re

from ec2attrs_tempest_plugin.contract.visibility import Microversion

FILE = Path(__file__).parent / 'needs.json'
SCHEMA = 'ec2attrs-needs/1'
#: What a need of a microversion begins with: that is the lowest newest one of Nova that will do.
MICROVERSION = 'microversion:'

#: What would meet a need, by what the need begins with; it names the option, policy or role.
WORDS: Mapping[str, str] = {
    'admin': 'an administrator: set [auth] use_dynamic_credentials = true, admin_username, '
             'admin_password and admin_project_name, as "ec2attrs configure" does for an operator',
    'servers': 'servers: a user whose role the policy os_compute_api:servers:create allows, such '
               'as member',
    'volumes': 'volumes: a cloud with Cinder, [service_available] cinder = true, and a user whose '
               'role the policy volume:create allows',
    'volume-snapshots': 'snapshots of volumes: do not set [volume-feature-enabled] '
                        'snapshot = false',
    'multiattach': 'volumes that several servers share: do not set [compute-feature-enabled] '
                   'volume_multiattach = false',
    'ec2': 'the EC2 API: a service of type ec2 in the catalogue, in the region of [compute] or '
           '[identity] and on the interface [ec2attrs] ec2_endpoint_type, or [ec2attrs] ec2_url',
    'ec2-servers': 'an EC2 API that shows the servers of Nova, and [ec2attrs] '
                   'ec2_shows_servers = true',
    'ec2-keys': 'EC2 credentials: a user whose role the policy identity:ec2_create_credential '
                'allows, or [ec2attrs] ec2_access_key and ec2_secret_key',
    'ec2-new-keys': 'EC2 credentials that the tests create and delete: a user whose role the '
                    'policy identity:ec2_create_credential allows',
    'ec2-launches': 'launches through EC2: a project that owns exactly one network that is not '
                    'external, and Cinder where the EC2 API does not launch without',
    'metadata': 'the metadata service of Nova: set [ec2attrs] metadata_url and '
                'metadata_proxy_shared_secret',
    'ec2-metadata': 'the metadata service of the EC2 API: set [ec2attrs] ec2_metadata_url',
    'kernel-image': 'an image with the properties kernel_id and ramdisk_id: set [ec2attrs] '
                    'kernel_ramdisk_image_ref',
    'second-image': 'a second image: set [compute] image_ref_alt to another than image_ref',
    'microversion': 'newer microversions: a newer Nova, with no [compute] max_microversion',
    'second-flavor': 'a second flavor: set [compute] flavor_ref_alt to another than flavor_ref '
                     'that has no smaller disk',
    'nova-quotas': 'quotas that Nova can change: do not set [compute-feature-enabled] '
                   'unified_limits = true',
    **{feature: f'{feature}: do not set [compute-feature-enabled] {feature} = false'
       for feature in ('pause', 'suspend', 'shelve', 'rescue', 'resize', 'snapshot')},
}

_ID = re.compile(r'\bid-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b')


@dataclasses.dataclass(frozen=True)
class Needs:
    """What one test needs.

    :ivar name: the dotted name of the test, as it was when it was measured.
    :ivar needs: words of :data:`WORDS`, with at most one microversion: ``microversion:2.90``.
    """

    name: str
    needs: tuple[str, ...]

    def missing(self, have: Collection[str], newest: Microversion) -> list[str]:
        """Return which needs are not met.

        :param have: the words of what there is.
        :param newest: the newest microversion of Nova.
        """
        return [need for need in self.needs if (
            need not in have if not need.startswith(MICROVERSION)
            else newest < Microversion.parse(need.removeprefix(MICROVERSION)))]


@functools.cache
def load() -> Mapping[str, Needs]:
    """Return what tests need, by their idempotent ids."""
    document = json.loads(FILE.read_text())
    return {test_id: Needs(entry['name'], tuple(entry['needs']))
            for test_id, entry in document['tests'].items()}


def missing(tests: Iterable[str], have: Collection[str],
            newest: Microversion) -> dict[str, list[str]]:
    """Return which tests cannot run, with the needs of each that are not met.

    :param tests: by their idempotent ids.
    :param have: the words of what there is.
    :param newest: the newest microversion of Nova.
    """
    known = load()
    found = {test: known[test].missing(have, newest) for test in tests if test in known}
    return {test: lacks for test, lacks in found.items() if lacks}


def wanted(tests: Iterable[str]) -> set[str]:
    """Return what tests need, each as the word that it begins with.

    :param tests: by their idempotent ids.
    """
    known = load()
    return {need.partition(':')[0] for test in tests if test in known
            for need in known[test].needs}


def said(need: str) -> str:
    """Return in words what would meet a need, or all that begin with the word."""
    return WORDS[need.partition(':')[0]]


def dumped(found: Mapping[str, Collection[str]]) -> str:
    """Return the content of the file.

    :param found: the needs of tests by their ids, attributes included.
    :raises ValueError: when a test has no idempotent id, or two have the same.
    """
    tests: dict[str, dict[str, object]] = {}
    for full_id, needs in found.items():
        match = _ID.search(full_id)
        if match is None or match[1] in tests:
            raise ValueError(f'this test has no idempotent id of its own: {full_id}')
        tests[match[1]] = {'name': re.split(r'[(\[]', full_id, maxsplit=1)[0],
                           'needs': sorted(needs)}
    return json.dumps({'schema': SCHEMA, 'tests': dict(sorted(
        tests.items(), key=lambda item: (item[1]['name'], item[0])))}, indent=1) + '\n'
