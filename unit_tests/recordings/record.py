"""Records the answers of a real cloud that the unit tests read.

Run beside a tempest.conf, for instance that of the reference cloud::

    TEMPEST_CONFIG_DIR=DIRECTORY python -m testtools.run unit_tests.recordings.record

It is no unit test: it boots servers as the suite does, and removes them.
"""

import base64
import dataclasses
import json
import pathlib
from typing import Any

from tempest import config

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients.glance import Glance
from ec2attrs_tempest_plugin.clients.metadata import Metadata
from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract import told
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import RAMDISK_ID
from ec2attrs_tempest_plugin.contract.views import private_addresses
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.contract.visibility import WRITERS
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests.api import test_request_answers
from ec2attrs_tempest_plugin.tests.api import test_server_answers
from ec2attrs_tempest_plugin.tests.marks import Case
from ec2attrs_tempest_plugin.tests.scenario import test_volume_agreement
from ec2attrs_tempest_plugin.tests.scenario.base import ScenarioTest

HERE = pathlib.Path(__file__).parent
CONF = config.CONF

#: What servers of the recording are told.
PATHS = (
    *(told.LATEST + name for name in ('reservation-id', 'ami-launch-index', 'kernel-id',
                                      'ramdisk-id', *told.HOSTNAMES)),
    told.MAPPING, told.MAPPING + 'root', told.MAPPING + 'ami', told.MAPPING + 'ebs0',
    told.MAPPING + 'ebs1', told.MAPPING + 'ebs2', *told.USER_DATA_PATHS, told.DOCUMENT)


def write(name: str, answers: list[NovaAnswer]) -> None:
    """Keep answers of Nova, passwords taken out."""
    rows: list[dict[str, Any]] = [
        {'call': answer.call.name, 'microversion': str(answer.microversion),
         'role': answer.role.value,
         'body': answer.body if answer.call in (Call.SHOW, Call.DETAIL)
         else evidence.redacted(answer.body)}
        for answer in answers]
    text = json.dumps(rows, indent=1, sort_keys=True)
    (HERE / name).write_text(text + '\n')


class RecordReads(test_server_answers.ServerAnswersTest):
    """GET of the servers that the tests read."""

    def test_record(self) -> None:
        """Write nova_reads.json."""
        write('nova_reads.json', [
            answer for case in test_server_answers.READS if case.role in WRITERS
            for answer in self.read(case, [self.alone, self.three[1]])])


class RecordRequests(test_request_answers.RequestAnswersTest):
    """POST, PUT and rebuild."""

    def test_record(self) -> None:
        """Write nova_requests.json."""
        answers = []
        for row in test_request_answers.at(Call.CREATE, 1, 2, 3):
            nova = self.seen_by(row.role, row.microversion)
            answers += [
                self.create(row),
                self.create(Case(Call.CREATE_RESERVATION, row.microversion, row.role),
                            return_reservation_id=True),
                nova.update(self.server_id, {'name': self.server_name}, row.microversion),
                nova.rebuild(self.server_id, CONF.compute.image_ref, row.microversion)]
            self.resources.wait_for_active([self.server_id])
        write('nova_requests.json', answers)


class RecordVolumes(test_volume_agreement.VolumeAgreementTest):
    """A server booted from a volume, in Nova and in EC2."""

    def test_record(self) -> None:
        """Write ec2_volumes.xml and nova_volumes.json."""
        view = self.view(Role.ADMIN)
        nova: Any = view.nova.answer
        ec2: Any = view.ec2.answer
        write('nova_volumes.json', [nova])
        (HERE / 'ec2_volumes.xml').write_bytes(ec2.raw)


class RecordAgreement(ScenarioTest):
    """Servers of all kinds, in Nova, in EC2 and in the metadata service."""

    @classmethod
    def prepare_servers(cls) -> None:
        boot_from_volume: Any = test_volume_agreement.VolumeAgreementTest.boot_from_volume
        size = cls.resources.defaults.volume_size
        three = cls.resources.server(
            min_count=3, max_count=3, user_data=base64.b64encode(bytes(range(256))).decode())
        image_id = CONF.ec2attrs.kernel_ramdisk_image_ref
        alone = cls.resources.server(imageRef=image_id, block_device_mapping_v2=
                                     cls.resources.devices({
                                         cls.resources.volume(size + 3): True,
                                         cls.resources.volume(size + 4): False}, image_id))
        for body in (three, alone):
            cls.nova[Role.MEMBER].create(body)
        cls.all = [*cls.resources.named(three['name'], 3),
                   *cls.resources.named(alone['name'], 1),
                   boot_from_volume.__func__(cls, {cls.resources.volume(size + 1): True,
                                                   cls.resources.volume(size + 2): False})]
        cls.resources.wait_for_active(cls.all)

    def test_record(self) -> None:
        """Write agreement.json."""
        view = self.with_attributes(
            self.view(Role.ADMIN, volumes_of=self.all),
            ['userData', 'rootDeviceName', 'kernel', 'ramdisk', 'instanceType',
             'disableApiTermination'], self.all)
        images = Glance(self.member, catalog.of_group(CONF, 'image', 'v2'))
        kernels = {each for server in view.nova.servers for each in (
            KERNEL_ID.in_nova(server), RAMDISK_ID.in_nova(server)) if each}
        flavor = self.nova[Role.MEMBER].request(
            'GET', f'/flavors/{CONF.compute.flavor_ref}', expect=(200,)).body['flavor']
        service = Metadata(CONF.ec2attrs.metadata_url, http=base.http(), record=self.record,
                           secret=CONF.ec2attrs.metadata_proxy_shared_secret)
        heard = []
        for server in view.nova.servers:
            for path in PATHS:
                answer = service.get(
                    path, service.headers(server['id'], self.member.project_id),
                    address=next(iter(private_addresses(server))))
                if path.endswith('.json'):  # with no keys and seeds in it
                    kept = {key: answer.document[key]
                            for key in ('hostname', 'launch_index', 'uuid')}
                    answer = dataclasses.replace(answer, body=json.dumps(kept).encode())
                heard.append([server['id'], path, answer.status,
                              answer.body.decode('latin-1'), answer.request_id])
        (HERE / 'agreement.json').write_text(json.dumps({
            'nova': _kept(view.nova.answer, {'servers': view.nova.servers}),
            'volumes': {volume_id: [volume.device, volume.size]
                        for volume_id, volume in view.nova.volumes.items()},
            'flavors': {flavor['id']: flavor['name']},
            'images': {each: images.image(each)['name'] for each in kernels},
            'instances': _kept(view.ec2.answer), 'ec2 volumes': _kept(view.ec2.volumes),
            'attributes': [[*key, _kept(answer)]
                           for key, answer in view.ec2.attributes.items()],
            'ec2 images': {image['ImageId']: [image.get('Name')] for image in
                           self.ec2.describe_images().body['Images']},
            'told': heard}, indent=1, sort_keys=True, default=str) + '\n')


def _kept(answer: Any, body: Any = None) -> dict[str, Any]:
    kept = dict(body if body is not None else answer.body)
    kept.pop('ResponseMetadata', None)
    return {'source': answer.source, 'request_ids': list(answer.request_ids), 'body': kept}
