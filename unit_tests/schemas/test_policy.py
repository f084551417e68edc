"""A policy that explains all violations of a server, and one that does not."""

import testtools

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.schemas import policy
from ec2attrs_tempest_plugin.schemas import validation
from unit_tests import recordings

SEVEN = attributes.SERVER_ATTRIBUTES


def found_in(call: Call, version: str, role: Role, *, hide: tuple[attributes.Attribute, ...] = (),
             show: tuple[attributes.Attribute, ...] = ()) -> list[Violation]:
    """Return what is said of a real answer at 2.3 from which some attributes were taken."""
    body = recordings.nova_answer(call, '2.3', role)
    for server in body.get('servers', [body.get('server')]):
        for attribute in hide:
            del server[attribute.nova_key]
        for attribute in show:
            server[attribute.nova_key] = 'r-12345678'
    microversion = Microversion.parse(version)
    return policy.summed_up(
        validation.violations(body, call, microversion, role, source='S'), call, microversion,
        role)


class PolicyTest(testtools.TestCase):

    def test_closed_to_administrators(self) -> None:
        [line] = found_in(Call.SHOW, '2.3', Role.ADMIN, hide=SEVEN)
        self.assertIn(f'EC2A-002 S: {visibility.POLICY} of server ', str(line))
        self.assertIn('expected open to admin, by default; seen closed: none shows', str(line))

    def test_open_to_members_once_for_each_server(self) -> None:
        lines = found_in(Call.DETAIL, '2.3', Role.MEMBER, show=SEVEN)
        servers = recordings.nova_answer(Call.DETAIL, '2.3', Role.MEMBER)['servers']
        self.assertEqual(len(servers), len(lines))
        for line in lines:
            self.assertIn(f'EC2A-003 S: {visibility.POLICY} of server ', str(line))
            self.assertIn('expected closed to member, by default; seen open: all show', str(line))
            self.assertNotIn('r-12345678', str(line))

    def test_from_2_90_the_hostname_says_nothing(self) -> None:
        [line] = found_in(Call.SHOW, '2.90', Role.MEMBER, show=SEVEN)
        self.assertIn(f'EC2A-014 S: {visibility.POLICY} of server ', str(line))

    def test_one_that_shows_by_itself_is_no_policy(self) -> None:
        for count in (1, len(SEVEN) - 1):
            lines = found_in(Call.SHOW, '2.3', Role.MEMBER, show=SEVEN[:count])
            self.assertEqual([a.name for a in SEVEN[:count]],
                             [line.attribute for line in lines])
            lines = found_in(Call.SHOW, '2.3', Role.ADMIN, hide=SEVEN[:count])
            self.assertEqual({a.name for a in SEVEN[:count]},
                             {line.attribute for line in lines})

    def test_what_else_is_wrong_is_still_told(self) -> None:
        body = recordings.nova_answer(Call.SHOW, '2.3', Role.ADMIN)
        for attribute in SEVEN:
            del body['server'][attribute.nova_key]
        body['server'][attributes.SERVER_PREFIX + 'userdata'] = 'x'
        microversion = Microversion(2, 3)
        lines = policy.summed_up(
            validation.violations(body, Call.SHOW, microversion, Role.ADMIN, source='S'),
            Call.SHOW, microversion, Role.ADMIN)
        self.assertEqual({visibility.POLICY, 'OS-EXT-SRV-ATTR:userdata'},
                         {line.attribute for line in lines})
