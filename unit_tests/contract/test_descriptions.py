"""Where two descriptions of the same thing differ."""

import testtools

from ec2attrs_tempest_plugin.contract.descriptions import unlike
from ec2attrs_tempest_plugin.contract.violation import ABSENT


class DescriptionsTest(testtools.TestCase):

    def test_the_same(self) -> None:
        one = {'a': [{'b': 1}, {'b': 2}], 'c': {'d': None}}
        self.assertEqual([], list(unlike(one, {'c': {'d': None}, 'a': [{'b': 2}, {'b': 1}]})))

    def test_the_order_of_keys_is_no_difference(self) -> None:
        self.assertEqual([], list(unlike([{'a': 1, 'b': 2}, {'a': 2, 'b': 1}],
                                         [{'b': 2, 'a': 1}, {'b': 1, 'a': 2}])))

    def test_each_difference_by_its_path(self) -> None:
        self.assertEqual(
            [('a.b', 1, True), ('c', ABSENT, 'x'), ('d', 'y', ABSENT), ('e', [1], [1, 1])],
            list(unlike({'a': {'b': 1}, 'd': 'y', 'e': [1]},
                        {'a': {'b': True}, 'c': 'x', 'e': [1, 1]})))
