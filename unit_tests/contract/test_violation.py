"""How a violation is said."""

import ddt
from hypothesis import given
from hypothesis import strategies as st
import testtools

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import ContractViolation
from ec2attrs_tempest_plugin.contract.violation import quote
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=400),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20)


@ddt.ddt
class QuoteTest(testtools.TestCase):

    @ddt.data((None, 'null'), (True, 'true'), (0, '0'), ('x', '"x"'), ([0, 1], '0, 1'),
              ([], 'nothing'), (ABSENT, 'absent'), (Words('a list'), 'a list'),
              ('\x1b[2J', '"\\u001b[2J"'))
    @ddt.unpack
    def test_forms(self, value: object, text: str) -> None:
        self.assertEqual(text, quote(value))

    @given(ANYTHING)
    def test_one_bounded_line_without_control_characters(self, value: object) -> None:
        text = quote(value)
        self.assertTrue(text.isprintable(), text)
        self.assertLess(len(text), 400)

    @given(st.text(alphabet='0123456789abcdef', min_size=12, max_size=40))
    def test_sensitive_value_is_never_shown(self, value: str) -> None:
        self.assertNotIn(value, quote(value, sensitive=True))
        self.assertNotIn(value, quote([value], sensitive=True))


class ViolationTest(testtools.TestCase):

    def violation(self, **changes: object) -> Violation:
        return Violation(**{  # type: ignore[arg-type]
            'requirement': 'EC2A-023', 'source': 'GET /servers/detail 2.3 admin',
            'attribute': 'launch_index', 'subject': 'reservation r-8k2x9qwe',
            'expected': [0, 1, 2], 'seen': [0, 0, 0], 'request_ids': ('req-1', 'req-2'),
            **changes})

    def test_line(self) -> None:
        self.assertEqual(
            'EC2A-023 GET /servers/detail 2.3 admin: launch_index of reservation r-8k2x9qwe: '
            'expected 0, 1, 2; seen 0, 0, 0 [req-1, req-2]', str(self.violation()))

    def test_hostile_subject_and_request_id_stay_on_the_line(self) -> None:
        text = str(self.violation(subject='a\nPASS', request_ids=('x\r\ny',)))
        self.assertTrue(text.isprintable(), text)

    def test_a_line_for_each_and_no_more_than_a_screen(self) -> None:
        many = ContractViolation([self.violation()] * 1000)
        self.assertEqual(ContractViolation.MAX_LINES + 1, len(str(many).splitlines()))
        self.assertIn('980 more', str(many))
        self.assertEqual(1000, len(many.violations))


class SensitiveKeysTest(testtools.TestCase):

    def test_user_data_in_every_spelling(self) -> None:
        for key in ('user_data', 'OS-EXT-SRV-ATTR:user_data', 'OS-EXT-SRV-ATTR:userdata',
                    'userData', 'UserData'):
            self.assertTrue(attributes.is_sensitive(key), key)
        self.assertFalse(attributes.is_sensitive('OS-EXT-SRV-ATTR:hostname'))
