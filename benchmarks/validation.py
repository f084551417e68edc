"""What it costs to judge an answer, beside what Tempest's own schema costs.

    python benchmarks/validation.py

Prints, for GET of servers in detail at 2.3, the CPU time in milliseconds (best
of several) of parsing the body, of our violations, and of Tempest's validation,
and the ratio of the last two. Run it from a clone in an environment that has the
package: ``.tox/py3/bin/python``.
"""

import copy
import json
import pathlib
import sys
import time
from typing import Any, TYPE_CHECKING

from tempest.lib.api_schema.response.compute.v2_3 import servers as tempest_schema
from tempest.lib.common import rest_client

from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.schemas import validation

if TYPE_CHECKING:
    from collections.abc import Callable

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from unit_tests import recordings

SIZES = (1, 10, 100, 1000)
REPETITIONS = 5


class Response(dict[str, str]):
    """What Tempest wants to know of an answer beside its body."""

    status = 200


def best(action: 'Callable[[], Any]') -> float:
    """Return the CPU time of an action in milliseconds, the best of some."""
    times = []
    for _ in range(REPETITIONS):
        started = time.process_time()
        action()
        times.append(time.process_time() - started)
    return min(times) * 1000


def main() -> None:
    """Print the table."""
    body = recordings.nova_answer(Call.DETAIL, '2.3', Role.ADMIN)
    print(f'{"servers":>8} {"json.loads":>11} {"ours":>9} {"Tempest":>9} {"ratio":>6}')
    for size in SIZES:
        servers = [copy.deepcopy(body['servers'][n % len(body['servers'])]) for n in range(size)]
        many = {'servers': servers}
        text = json.dumps(many)

        def ours(many: Any = many) -> None:
            found = validation.violations(many, Call.DETAIL, INTRODUCED, Role.ADMIN, source='')
            if found:
                raise RuntimeError(f'the recorded answer is wrong: {found[0]}')

        def tempests(many: Any = many) -> None:
            rest_client.RestClient.validate_response(
                tempest_schema.list_servers_detail, Response(), many)
        row = best(lambda text=text: json.loads(text)), best(ours), best(tempests)
        print(f'{size:>8} {row[0]:>11.2f} {row[1]:>9.2f} {row[2]:>9.2f} {row[2] / row[1]:>6.1f}')


if __name__ == '__main__':
    main()
