"""Say in one line what an operator's policy does to all attributes alike."""

from collections.abc import Iterable
import dataclasses

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.contract.violation import Absent
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role


def summed_up(violations: Iterable[Violation], call: Call, microversion: Microversion,
              role: Role) -> list[Violation]:
    """Return violations, those of a server in one line where its policy explains them all.

    That is so where every attribute that the policy decides on is missing, or every one is
    shown that must not be: an operator then closed or opened the policy, and the single
    attributes say nothing more.
    """
    shown = visibility.shown_attributes(call, microversion, Role.ADMIN)
    # From 2.90 the hostname is shown to everyone, whatever the policy.
    decided = {a.name for a in shown if a is not attributes.HOSTNAME}
    requirement = visibility.requirement(call, microversion, role)
    by_server: dict[str, list[Violation]] = {}
    for each in violations:
        by_server.setdefault(each.subject, []).append(each)
    found = []
    for them in by_server.values():
        whole = [each for each in them if each.requirement == requirement
                 and each.attribute in decided | {attributes.HOSTNAME.name}]
        absent = {isinstance(each.seen, Absent) for each in whole}
        if decided and decided <= {each.attribute for each in whole} and len(absent) == 1:
            closed = absent.pop()
            found.append(dataclasses.replace(
                whole[0], attribute=visibility.POLICY, sensitive=False,
                expected=Words(f'{"open" if closed else "closed"} to {role.value}, by default'),
                seen=Words('closed: none shows' if closed else 'open: all show')))
            them = [each for each in them if each not in whole]
        found += them
    return found
