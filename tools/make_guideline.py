"""Write a guideline from the tests that there are: tools/make_guideline.py 2026.11

A guideline that was published is never written again: a new one gets a new id.
"""

import json
from pathlib import Path
import sys

from ec2attrs_tempest_plugin.certification import guideline
from ec2attrs_tempest_plugin.certification import needs
from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.contract.requirements import REQUIREMENTS
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from unit_tests.suite import listed

#: Each module of tests is a capability.
CAPABILITIES = {
    'test_boots': ('nova-boots', 'Kernel, ramdisk and flagged volumes of a server that boots'),
    'test_microversions': ('nova-microversions', 'Microversions are answered as asked for'),
    'test_multiple_create': ('nova-multiple-create', 'One request for several servers is one '
                             'reservation'),
    'test_queries': ('nova-queries', 'The attributes are found by and sorted by as documented'),
    'test_request_answers': ('nova-request-answers', 'What create and rebuild answer'),
    'test_reservation_life': ('nova-reservation-life', 'A reservation outlives its servers'),
    'test_roles': ('nova-roles', 'Who sees the attributes'),
    'test_server_answers': ('nova-server-answers', 'The attributes at each microversion, in each '
                            'call and role'),
    'test_server_life': ('nova-server-life', 'The attributes stay what they are while a server '
                         'lives'),
    'test_server_rebuilds': ('nova-server-rebuilds', 'What a rebuild changes and what it keeps'),
    'test_values': ('nova-values', 'Names and user data of all kinds'),
    'test_volume_attachments': ('nova-volume-attachments', 'The flag delete_on_termination of '
                                'attached volumes'),
    'test_volume_boots': ('nova-volume-boots', 'Servers that boot from a volume'),
    'test_ec2_access': ('ec2-access', 'Who may ask the EC2 API, and what for'),
    'test_ec2_changes': ('ec2-changes', 'Instances that the EC2 API changes'),
    'test_ec2_launches': ('ec2-launches', 'Instances that the EC2 API launches'),
    'test_ec2_metadata': ('ec2-metadata', 'The metadata service of the EC2 API'),
    'test_ec2_queries': ('ec2-queries', 'The EC2 API finds instances as documented'),
    'test_ec2_wire': ('ec2-wire', 'The XML of the EC2 API'),
    'test_life_agreement': ('agreement-life', 'Nova and EC2 agree in each stage of a server'),
    'test_metadata_agreement': ('agreement-metadata', 'Nova and its metadata service agree'),
    'test_reservation_agreement': ('agreement-reservation', 'Nova and EC2 agree on reservations'),
    'test_volume_agreement': ('agreement-volumes', 'Nova and EC2 agree on volumes'),
}
# A tenant has neither an administrator nor the secret of the metadata proxy.
OPERATOR = {'admin', 'metadata', 'ec2-metadata'}
# What a newer Nova alone has is advisory until most clouds have it.
NEWEST_REQUIRED = Microversion(2, 96)
SOURCE = 'https://opendev.org/openinfra/interop'


def made(guideline_id: str) -> str:
    """Return the content of the guideline."""
    capabilities: dict[str, dict[str, object]] = {}
    components: dict[str, dict[str, list[str]]] = {
        'attributes': {'required': [], 'advisory': []},
        'attributes_as_operator': {'required': [], 'advisory': []}}
    wanted = needs.load()
    for test in plan.parse_listing(listed()):
        base, description = CAPABILITIES[test.module_name.rpartition('.')[2]]
        lacks = wanted[test.idempotent_id].missing(
            set(needs.WORDS), NEWEST_REQUIRED)
        advisory = bool(lacks) or all(REQUIREMENTS[key].advisory for key in test.requirements)
        admin = bool(OPERATOR & set(wanted[test.idempotent_id].needs))
        name = base + ('-operator' if admin else '') + ('-advisory' if advisory else '')
        if name not in capabilities:
            capabilities[name] = {
                'achievements': [], 'admin': admin, 'project': 'nova',
                'description': description + (', told to an operator' if admin else '')
                + (', not required yet' if advisory else ''), 'tests': {}}
            component = components['attributes_as_operator' if admin else 'attributes']
            component['advisory' if advisory else 'required'].append(name)
        tests = capabilities[name]['tests']
        assert isinstance(tests, dict)  # noqa: S101
        tests[test.name] = {'idempotent_id': f'id-{test.idempotent_id}'}
    return json.dumps({
        'metadata': {
            'id': guideline_id, 'schema': '2.0', 'source': SOURCE, 'reference': SOURCE,
            'advisory_requirements': sorted(
                key for key, row in REQUIREMENTS.items() if row.advisory)},
        'platforms': {
            'operator': {'description': 'A cloud, certified with an administrator at hand',
                         'components': [{'name': name} for name in components]},
            'tenant': {'description': 'A cloud, certified by one of its users',
                       'components': [{'name': 'attributes'}]}},
        'components': {
            name: {'description': '', 'capabilities': {
                'required': sorted(each['required']), 'advisory': sorted(each['advisory']),
                'deprecated': [], 'removed': []}} for name, each in components.items()},
        'capabilities': dict(sorted(capabilities.items())),
        'designated_sections': {},
        'test_repositories': {'tempest-plugin': {'repository': 'ec2attrs-tempest-plugin'}},
    }, indent=1) + '\n'


if __name__ == '__main__':
    path = Path(guideline.__file__).parent / 'guidelines' / f'{sys.argv[1]}.json'
    path.parent.mkdir(exist_ok=True)
    path.write_text(made(sys.argv[1]))
