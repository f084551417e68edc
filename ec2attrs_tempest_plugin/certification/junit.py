"""The result as JUnit XML, with one test case for each planned test."""

from collections.abc import Mapping
from typing import Any

from ec2attrs_tempest_plugin.certification import shown
from ec2attrs_tempest_plugin.certification.text import plain

SUITE = 'ec2attrs_tempest_plugin'
# Of a test's violations no more than these stand in its failure.
_VIOLATIONS = 50


def render(result: Mapping[str, Any]) -> str:
    """Return the document: a test that fails fails, one without a sound result is an error.

    The type of an error is its code, or the status of the test. What a waiver or an advisory
    finding excuses passes, with the finding as its output.
    """
    import junitparser

    suite = junitparser.TestSuite(SUITE)
    suite.timestamp = plain(str(result['started']), 40)
    for name, value in _properties(result):
        suite.add_property(name, value)
    suite.add_testcases([_case(test) for test in result['tests']])
    document = junitparser.JUnitXml(SUITE)
    document.add_testsuite(suite)
    document.update_statistics()
    return document.tostring().decode()


def _properties(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    verdict, product, guideline = result['verdict'], result['product'], result['guideline']
    values = {
        'verdict': verdict['conclusion'], 'verdict.why': verdict['why'],
        'product.vendor': product['vendor'], 'product.name': product['name'],
        'product.version': product['version'], 'profile': result['profile'],
        'guideline': guideline['id'], 'guideline.sha256': guideline['sha256'],
        'cloud': result['cloud']['keystone'],
        **{f'suite.{name}': version for name, version in result['suite'].items()}}
    return [(plain(name, 80), plain(str(value))) for name, value in values.items()]


def _case(test: Mapping[str, Any]) -> Any:
    import junitparser

    class_name, _, method = str(test['name']).rpartition('.')
    case = junitparser.TestCase(
        plain(f'{method}[id-{test["id"]}]'), plain(class_name or SUITE),
        shown.seconds(test['seconds']))
    status = test['status']
    said = plain(str(test['detail']), 400)
    if status == 'fail':
        case.result = _with_text(junitparser.Failure(said, 'fail'), _findings(test) or said)
    elif status == 'skip':
        case.result = junitparser.Skipped(said)
    elif status in ('waived', 'advisory'):
        case.system_out = f'{status}: {said}'
    elif status != 'pass':
        # Whatever is not known to be good is told to be bad.
        kind = plain(str(test['error_code'] or status), 40)
        case.result = _with_text(junitparser.Error(said, kind), _history(test) or said)
    elif any(each['status'] == 'error' for each in test['attempts']):
        case.system_out = _history(test)
    return case


def _with_text(outcome: Any, text: str) -> Any:
    outcome.text = text
    return outcome


def _findings(test: Mapping[str, Any]) -> str:
    found = test['violations']
    lines = [plain(f'{each["requirement"]} {each["source"]}: {each["attribute"]} of '
                   f'{each["subject"]}: expected {each["expected"]}; seen {each["seen"]} '
                   f'[{", ".join(map(str, each["request_ids"]))}]', 1200)
             for each in found[:_VIOLATIONS]]
    if len(found) > _VIOLATIONS:
        lines.append(f'and {len(found) - _VIOLATIONS} more in result.json')
    return '\n'.join(lines)


def _history(test: Mapping[str, Any]) -> str:
    return '\n'.join(plain(f'attempt {each["attempt"]}: {each["status"]}: {each["detail"]}', 500)
                     for each in test['attempts'][:_VIOLATIONS])
