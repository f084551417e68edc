"""Records the answers of a real cloud that the unit tests read.

Run beside a tempest.conf, for instance that of the reference cloud::

    TEMPEST_CONFIG_DIR=DIRECTORY python -m testtools.run unit_tests.recordings.record

It is no unit test: it boots servers as the suite does, and removes them.
"""

import json
import pathlib
from typing import Any

from tempest import config

from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.contract.visibility import WRITERS
from ec2attrs_tempest_plugin.tests.api import test_request_answers
from ec2attrs_tempest_plugin.tests.api import test_server_answers
from ec2attrs_tempest_plugin.tests.marks import Case
from ec2attrs_tempest_plugin.tests.scenario import test_volume_agreement

HERE = pathlib.Path(__file__).parent
CONF = config.CONF


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
        [pair] = self.nova_and_ec2([self.server_id], Role.ADMIN)
        write('nova_volumes.json', [pair.nova])
        (HERE / 'ec2_volumes.xml').write_bytes(pair.ec2.raw)
