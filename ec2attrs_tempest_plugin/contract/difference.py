"""What is not as it should be, as violations."""

from collections.abc import Collection
import os
from typing import Any

from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.violation import Said
from ec2attrs_tempest_plugin.contract.violation import same
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words


def differences(requirement: str, attribute: Attribute | str, *, of: str, expected: Any,
                seen: Any, answers: Collection[Said]) -> list[Violation]:
    """Return a violation if what is seen is not what is expected.

    They are compared as JSON: 1 is not true.

    :param answers: those in which it was seen, the one at fault first.
    """
    if same(expected, seen):
        return []
    name, sensitive = ((attribute.name, attribute.sensitive)
                       if isinstance(attribute, Attribute) else (attribute, False))
    if sensitive and isinstance(expected, str) and isinstance(seen, str):
        first = len(os.path.commonprefix([expected, seen])) + 1
        expected = Words(f'the {len(expected)} characters that were sent or shown')
        seen = Words(f'{len(seen)} characters, other ones from the {first}. on')
    return [Violation(
        requirement=requirement, attribute=name, subject=of, expected=expected, seen=seen,
        source=' and '.join(dict.fromkeys(answer.source for answer in answers)),
        request_ids=tuple(i for answer in answers for i in answer.request_ids),
        sensitive=sensitive)]
