"""Every place of the clients and the tests that raises, and what that makes of a test."""

import ast
from collections.abc import Iterator
import pathlib

import testtools

import ec2attrs_tempest_plugin

ROOT = pathlib.Path(ec2attrs_tempest_plugin.__file__).parent

#: What an exception may make of a test. UNUSABLE: a response that cannot be used is a fail where
#: the request is under test, and an error where it is not. INNER: never leaves its module. ANY: an
#: exception of another place is raised again.
FAIL, ERROR, SKIP, UNUSABLE, INNER, ANY = 'fail', 'error', 'skip', 'unusable', 'inner', 'any'

OF_EXCEPTION = {
    'ContractViolation': {FAIL}, 'CloudError': {ERROR}, 'NotOffered': {SKIP},
    'NotPermitted': {SKIP}, 'skipException': {SKIP}, 'SkipTest': {SKIP},
    'BadAnswer': {UNUSABLE, ERROR}, 'Refused': {UNUSABLE}, '_without': {UNUSABLE},
    'Unreadable': {INNER}, '_Broken': {INNER}, 'in_preparation': {ERROR, SKIP},
    'with_traceback': {ANY}, 'answer': {ERROR}, 'raised': {ANY}}

TABLE = """
clients.attachments AttachmentAnswer.attachments BadAnswer unusable
clients.catalog url NotOffered skip
clients.cinder Cinder._deleted CloudError error
clients.cinder Cinder._one BadAnswer error
clients.cinder Cinder.delete CloudError error
clients.cinder Cinder.delete_snapshot CloudError error
clients.ec2 Ec2._all BadAnswer unusable
clients.ec2 Ec2._keep BadAnswer unusable
clients.ec2 Ec2.ask BadAnswer unusable
clients.ec2 Ec2.ask CloudError error
clients.ec2 Ec2.ask ContractViolation fail
clients.ec2 Ec2.ask Refused unusable
clients.errors check_permitted in_preparation skip
clients.errors preparing in_preparation error
clients.glance Glance._taken NotOffered skip
clients.metadata MetadataAnswer._shown BadAnswer unusable
clients.metadata MetadataAnswer.document BadAnswer unusable
clients.nova Nova.attached_volumes BadAnswer error
clients.nova Nova.detail BadAnswer unusable
clients.nova Nova.ids_by_name BadAnswer error
clients.nova Nova.microversions BadAnswer error
clients.nova Nova.volumes_by_device BadAnswer unusable
clients.nova Nova.wait_for CloudError error
clients.nova Nova.wait_until_gone CloudError error
clients.nova NovaAnswer.reservation_id _without unusable
clients.nova NovaAnswer.server _without unusable
clients.nova NovaAnswer.servers _without unusable
clients.openstack Session.listed BadAnswer error
clients.openstack Session.request BadAnswer unusable
clients.openstack _parse BadAnswer unusable
clients.openstack _token CloudError error
clients.transport Transport._once CloudError error
clients.transport Transport._once _Broken inner
clients.transport Transport._read CloudError error
clients.transport Transport.request CloudError error
clients.wire read Unreadable inner
tests.api.life LifeTest._rest CloudError error
tests.api.test_server_life ServerLifeTest.detach CloudError error
tests.api.test_volume_boots VolumeBootsTest.needs_snapshots with_traceback any
tests.base BaseTest._make_credentials_once CloudError error
tests.base BaseTest._run_method raised any
tests.base BaseTest.advise skipException skip
tests.base BaseTest.assert_none ContractViolation fail
tests.base BaseTest.resource_cleanup CloudError error
tests.base BaseTest.setUp with_traceback any
tests.base BaseTest.violations CloudError error
tests.conditions Conditions.needs_volumes with_traceback any
tests.conditions Conditions.not_configured SkipTest skip
tests.conditions Conditions.seen_by with_traceback any
tests.conditions Conditions.unsupported SkipTest skip
tests.launches Launches._delete_volumes CloudError error
tests.launches Launches.run NotOffered skip
tests.launches Launches.run answer error
tests.launches Launches.terminate CloudError error
tests.launches Launches.wait_for CloudError error
tests.launches ids_of BadAnswer unusable
tests.people People._role NotOffered skip
tests.resources Resources._check_available CloudError error
tests.resources Resources._volumes NotOffered skip
tests.resources Resources.named BadAnswer error
tests.resources Resources.status_of_volume CloudError error
tests.scenario.base Ec2Test.issued_keys CloudError error
tests.scenario.base Ec2Test.prepare NotOffered skip
tests.scenario.base Ec2Test.view CloudError error
tests.scenario.base View.pair BadAnswer unusable
tests.scenario.base View.pair ContractViolation fail
tests.scenario.test_ec2_access Ec2AccessTest.of_another_project with_traceback any
tests.scenario.test_ec2_access Ec2AccessTest.own_keys with_traceback any
tests.scenario.test_ec2_changes Ec2ChangesTest.state_of CloudError error
"""


def raised() -> Iterator[tuple[str, str, str]]:
    """Yield module, function and exception of each statement that raises one."""
    for room in ('clients', 'tests'):
        for path in sorted((ROOT / room).rglob('*.py')):
            module = '.'.join(path.relative_to(ROOT).with_suffix('').parts)
            for function, exception in _in(ast.parse(path.read_text()), []):
                yield module, function, exception


def _in(node: ast.AST, names: list[str]) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        inner = [*names, child.name] if isinstance(
            child, ast.FunctionDef | ast.ClassDef) else names
        if isinstance(child, ast.Raise) and child.exc is not None:
            called = child.exc.func if isinstance(child.exc, ast.Call) else child.exc
            yield '.'.join(inner), ast.unparse(called).rpartition('.')[2]
        yield from _in(child, inner)


class TableTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.rows = {tuple(line.split()[:3]): line.split()[3]
                     for line in TABLE.strip().splitlines()}

    def test_every_place_has_its_outcome(self) -> None:
        """A new one has to be classified here, and one that is gone leaves the table."""
        found = set(raised())
        self.assertEqual(set(), found - self.rows.keys(), 'without an outcome')
        self.assertEqual(set(), self.rows.keys() - found, 'not there any more')

    def test_outcome_is_one_that_the_exception_can_have(self) -> None:
        for place, outcome in self.rows.items():
            self.assertIn(outcome, OF_EXCEPTION[place[2]], ' '.join(place))

    def test_only_these_violate_a_requirement(self) -> None:
        self.assertEqual(
            {'ContractViolation', 'BadAnswer', 'Refused', '_without'},
            {place[2] for place, outcome in self.rows.items() if outcome in (FAIL, UNUSABLE)})
