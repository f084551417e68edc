"""Behaviours of services: stock unless they are on, counted when they act, none without a row."""

import importlib
from pathlib import Path
import sys
import tempfile
import types
import unittest
from unittest import mock

from ec2attrs_tempest_plugin.faults import bed
from ec2attrs_tempest_plugin.faults.catalogue import CATALOGUE
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.lane import Switch


class BehavioursTest(unittest.TestCase):
    def setUp(self) -> None:
        names = ('ec2attrs_faults', 'ec2attrs_switch')
        for patch in (mock.patch.object(sys, 'path', [*sys.path, str(bed.BEHAVIOURS.parent)]),
                      mock.patch.dict(sys.modules)):
            patch.start()
            self.addCleanup(patch.stop)
        for name in names:
            sys.modules.pop(name, None)
        self.faults, self.switch = map(importlib.import_module, names)
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)

    def test_each_behaviour_has_its_row(self) -> None:
        there = {Behaviour(self.switch.service_of(target), name)
                 for target, functions in self.faults.BEHAVIOURS.items() for name in functions}
        self.assertEqual(there, {row.how for row in CATALOGUE.values()
                                 if isinstance(row.how, Behaviour)})

    def test_stock_unless_on(self) -> None:
        service = types.ModuleType('nova_like')
        service.double = lambda number: {'sum': 2 * number}  # type: ignore[attr-defined]
        sys.modules['nova_like'] = service
        with mock.patch.dict(self.switch.BEHAVIOURS, clear=True):
            self.switch.instead_of(
                'nova_like:double', zero=lambda call: self.switch.put(call.proceed(), sum=0),
                next=lambda call: call.__setitem__('number', 5) or call.proceed())
            with mock.patch.object(self.switch, 'service_of', return_value='nova'):
                self.switch.install('ec2', self.root)
                self.assertNotIn('function', service.double.__qualname__)
                self.switch.install('nova', self.root)
        switch = Switch(self.root)
        for name, argument, gives, acts in (
                (None, 3, 6, 0), ('another', 3, 6, 0), ('zero', 3, 0, 1), ('zero', 0, 0, 0),
                ('next', 3, 10, 0), (None, 3, 6, 0)):
            switch.use(name)
            self.assertEqual({'sum': gives}, service.double(argument))
            self.assertEqual(acts, switch.acted)
