"""The tests of the suite, as the test runner names them."""

from pathlib import Path
import unittest

import testtools

import ec2attrs_tempest_plugin

ROOT = Path(ec2attrs_tempest_plugin.__file__).parent


def listed() -> list[str]:
    """Return the id of each test, attributes included."""
    suite = unittest.TestLoader().discover(str(ROOT / 'tests'), top_level_dir=str(ROOT.parent))
    return [test.id() for test in testtools.iterate_tests(suite)]
