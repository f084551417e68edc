"""Text from clouds and tests."""

import unittest

from hypothesis import given
from hypothesis import strategies

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.contract import violation
from unit_tests.certification.streams import traceback


class PlainTest(unittest.TestCase):
    """What is printed cannot do anything but be read."""

    @given(strategies.text(max_size=400), strategies.integers(10, 80))
    def test_is_one_bounded_printable_line(self, hostile: str, limit: int) -> None:
        safe = text.plain(hostile, limit)
        self.assertLessEqual(len(safe), limit)
        self.assertTrue(all(c.isprintable() for c in safe), safe)

    def test_keeps_what_is_harmless(self) -> None:
        self.assertEqual('a name: ünïcode', text.plain(' a\tname:\n ünïcode '))

    def test_control_characters_show_as_question_marks(self) -> None:
        self.assertEqual('?[31mred?', text.plain('\x1b[31mred\u202e'))

    def test_a_long_text_ends_in_dots(self) -> None:
        self.assertEqual('a' * 17 + '...', text.plain('a' * 21, 20))
        self.assertEqual('a' * 20, text.plain('a' * 20, 20))


class FailureLineTest(unittest.TestCase):
    """The first line of a failure, whatever raised it."""

    def line(self, exception: str) -> str:
        return text.failure_line(traceback(exception))

    def test_a_violation_is_its_message_alone(self) -> None:
        self.assertEqual(
            'EC2A-023 GET /servers/detail 2.3 admin: expected 0; seen 1',
            self.line(f'{text.VIOLATION}: EC2A-023 GET /servers/detail 2.3 admin: expected 0; '
                      f'seen 1\nevidence: much'))

    def test_the_name_of_the_violation_is_that_of_the_class(self) -> None:
        raised = violation.ContractViolation
        self.assertEqual(text.VIOLATION, f'{raised.__module__}.{raised.__qualname__}')

    def test_another_exception_has_its_name_before_it(self) -> None:
        self.assertEqual('AssertionError: 1 != 2', self.line('AssertionError: 1 != 2\nmore'))
        self.assertEqual('MismatchError: 1 != 2',
                         self.line('testtools.matchers._impl.MismatchError: 1 != 2'))

    def test_details_of_tempest_are_kept(self) -> None:
        self.assertEqual(
            "NotFound: Object not found (Details: {'code': 404})",
            self.line("tempest.lib.exceptions.NotFound: Object not found\nDetails: {'code': 404}"))

    def test_a_message_on_the_second_line_is_found(self) -> None:
        self.assertEqual('BuildErrorException: Server x failed',
                         self.line('tempest.exceptions.BuildErrorException: \nServer x failed'))

    def test_an_exception_without_message_is_its_name(self) -> None:
        self.assertEqual('KeyboardInterrupt', self.line('KeyboardInterrupt'))

    def test_the_last_of_a_chain_counts(self) -> None:
        chain = (traceback('KeyError: 1') + '\nDuring handling of the above exception, another '
                 'exception occurred:\n\n' + traceback('ValueError: 2'))
        self.assertEqual('ValueError: 2', text.failure_line(chain))
        cause = (traceback('KeyError: 1') + '\nThe above exception was the direct cause of the '
                 'following exception:\n\n' + traceback('ValueError: 3'))
        self.assertEqual('ValueError: 3', text.failure_line(cause))

    def test_a_traceback_quoted_by_the_message_does_not_count(self) -> None:
        self.assertEqual('ServerFault: 500',
                         self.line('ServerFault: 500\n' + traceback('OSError: no disk')))

    def test_text_without_a_traceback_gives_its_first_line(self) -> None:
        self.assertEqual('killed', text.failure_line('\n\nkilled\nreally'))
        self.assertEqual('no message', text.failure_line(''))

    @given(strategies.text(max_size=500))
    def test_hostile_text_gives_one_bounded_line(self, hostile: str) -> None:
        for line in (text.failure_line(hostile), self.line(hostile),
                     self.line(f'{text.VIOLATION}: {hostile}')):
            self.assertLessEqual(len(line), 400)
            self.assertTrue(all(c.isprintable() for c in line), line)
