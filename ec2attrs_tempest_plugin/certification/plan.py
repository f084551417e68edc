"""The plan: the tests that a run has to report, each by its full id."""

from collections.abc import Iterable, Sequence
import dataclasses
import re

from ec2attrs_tempest_plugin.certification import text

# Dotted name, a scenario in round brackets, attributes in square ones.
_TEST_ID = re.compile(r'^(?P<name>\w+(?:\.\w+)+)(?:\([^()]*\))?'
                      r'(?:\[(?P<attributes>[^\[\]]*)\])?\Z')
_IDEMPOTENT_ID = re.compile(r'[\[,]id-([^,\[\]]+)(?:,[^\[\]]*)?\]\Z')
_REQUIREMENT = re.compile(r'^[A-Z][A-Z0-9]*-\d+\Z')


class PlanError(Exception):
    """The list of tests cannot be used; the message says why."""


@dataclasses.dataclass(frozen=True, order=True)
class PlannedTest:
    """A test that must be reported.

    :ivar id: the id as the test runner writes it, attributes included.
    :ivar requirements: ids of the requirements that the test checks.
    :ivar idempotent_id: what names the test whatever it is called.
    """

    id: str
    name: str
    requirements: tuple[str, ...]
    idempotent_id: str

    @property
    def class_name(self) -> str:
        """The dotted name of the test's class."""
        return self.name.rpartition('.')[0]

    @property
    def module_name(self) -> str:
        """The dotted name of the test's module."""
        return self.class_name.rpartition('.')[0]

    @property
    def method(self) -> str:
        """The name of the test's method."""
        return self.name.rpartition('.')[2]


def parse_id(test_id: str) -> PlannedTest:
    """Return the test that an id stands for.

    :raises PlanError: when the id does not look like one.
    """
    match = _TEST_ID.match(test_id)
    if match is None:
        raise PlanError(f'this line of the list of tests is not a test id: '
                        f'{text.plain(test_id)!r}')
    attributes = (match['attributes'] or '').split(',')
    return PlannedTest(
        id=test_id, name=match['name'],
        requirements=tuple(sorted(a for a in attributes if _REQUIREMENT.match(a))),
        idempotent_id=idempotent_id(test_id))


def idempotent_id(test_id: str) -> str:
    """Return the idempotent id in an id that the test runner writes, itself if there is none."""
    match = _IDEMPOTENT_ID.search(test_id)
    return match[1] if match else test_id


def parse_listing(lines: Iterable[str]) -> Sequence[PlannedTest]:
    """Return the tests of a listing, each once, in order of their ids.

    :raises PlanError: when a line is not a test id, or when there is no line:
        a run of nothing is never a result.
    """
    ids = {line.strip() for line in lines} - {''}
    if not ids:
        raise PlanError('no test matches, so nothing would be checked; look at --regex')
    return sorted(parse_id(test_id) for test_id in ids)
