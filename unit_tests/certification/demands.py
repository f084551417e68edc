"""What a guideline demands, made to order."""

from collections.abc import Collection, Sequence

from ec2attrs_tempest_plugin.certification.guideline import Capability
from ec2attrs_tempest_plugin.certification.guideline import Demand
from ec2attrs_tempest_plugin.certification.plan import PlannedTest
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.verdict import Attempt

REQUIRED = Capability('required', 'What counts', True, False)
ADVISORY = Capability('advisory', 'What is told', False, False)


def of(plan: Sequence[PlannedTest], capability: Capability = REQUIRED) -> dict[str, Demand]:
    """Return each test of a plan as one that the guideline has."""
    return {test.idempotent_id: Demand(test.idempotent_id, test.name, capability)
            for test in plan}


def attempt(plan: Sequence[PlannedTest], *outcomes: Outcome,
            unfinished: Collection[str] = ()) -> Attempt:
    """Return an attempt that was to run a whole plan."""
    return Attempt([test.idempotent_id for test in plan], outcomes, unfinished)
