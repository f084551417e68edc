"""Departures from stock behaviour stand in one table, and the documentation names each."""

import ast
import importlib.machinery
import importlib.util
from pathlib import Path
import sys
from types import ModuleType
import unittest

from ec2attrs_tempest_plugin.reference_cloud import layout

INSIDE = layout.INSIDE / 'ec2attrs_cloud'
DOCUMENT = layout.PACKAGE.parent.parent / 'doc' / 'source' / 'reference-cloud.rst'


def _load(name: str) -> ModuleType:
    loader = importlib.machinery.SourceFileLoader(f'_inside_{name}', str(INSIDE / f'{name}.py'))
    spec = importlib.machinery.ModuleSpec(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    loader.exec_module(module)
    return module


class DeparturesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.table = _load('departures').TABLE

    def test_names_are_unique_and_services_known(self) -> None:
        self.assertEqual(len(self.table), len({departure.name for departure in self.table}))
        for departure in self.table:
            self.assertLessEqual(set(departure.services), set(layout.SERVICES), departure.name)

    def test_code_exists(self) -> None:
        for departure in self.table:
            self.assertEqual(bool(departure.code), departure.when in ('early', 'late', 'wsgi'),
                             departure.name)
            if departure.code:
                module, _, function = departure.code.partition(':')
                path = INSIDE / f'{module.rpartition(".")[2]}.py'
                names = {node.name for node in ast.parse(path.read_text()).body
                         if isinstance(node, ast.FunctionDef)}
                self.assertIn(function, names, departure.name)

    def test_documentation_lists_each(self) -> None:
        text = ' '.join(Path(DOCUMENT).read_text().split())
        for departure in self.table:
            self.assertIn(f'``{departure.name}`` ({", ".join(departure.services)})', text)
            self.assertIn(departure.what, text)
            self.assertIn(departure.why, text)
