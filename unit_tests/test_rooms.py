"""The rooms of the project, and that no import runs upwards or too far."""

import ast
import pathlib
import sys

import testtools

import ec2attrs_tempest_plugin

ROOT = pathlib.Path(ec2attrs_tempest_plugin.__file__).parent
PACKAGE = ROOT.name

#: What each room may import of the others.
MAY_IMPORT = {
    'contract': set(),
    'schemas': {'contract'},
    'clients': {'contract'},
    'tests': {'contract', 'schemas', 'clients'},
    'certification': {'contract'},
    'preflight': {'contract', 'clients', 'config'},
    'reference_cloud': set(),
    'cleaning': {'contract', 'clients', 'tests', 'certification'},
    'faults': {'contract', 'clients', 'tests', 'certification', 'reference_cloud'},
    'faults/catalogue': {'contract', 'faults'},
    'cmd': {'contract', 'certification', 'preflight', 'reference_cloud', 'faults', 'cleaning'},
}
#: What must not be imported in a room, whether directly or in a function.
MUST_NOT_IMPORT = {
    'contract': {'tempest', 'boto3', 'botocore', 'urllib3', 'socket'},
    'schemas': {'tempest', 'boto3', 'botocore', 'urllib3'},
    'certification': {'tempest', 'boto3', 'botocore'},
    'preflight': {'boto3', 'botocore'},
    'reference_cloud': {'tempest', 'boto3', 'botocore'},
    'faults': {'tempest', 'boto3', 'botocore'},
    'faults/catalogue': {'urllib3', 'socket'},
}
#: Of Tempest, what its documentation calls stable for plugins.
STABLE = ('tempest.lib', 'tempest.config', 'tempest.test', 'tempest.clients',
          'tempest.test_discover', 'tempest.common.credentials_factory')


def imports(path: pathlib.Path, top_only: bool = False) -> set[str]:
    """Return the dotted names that a module imports."""
    tree = ast.parse(path.read_text())
    found = set()
    for node in (tree.body if top_only else ast.walk(tree)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f'{node.module}.{alias.name}' for alias in node.names}
    return found


class RoomsTest(testtools.TestCase):

    def test_no_import_runs_upwards(self) -> None:
        for room, allowed in MAY_IMPORT.items():
            for path in (ROOT / room).rglob('*.py'):
                used = {name.split('.')[1] for name in imports(path)
                        if name.startswith(f'{PACKAGE}.')}
                self.assertLessEqual(used - {room.split('/')[0]}, allowed, str(path))

    def test_no_import_reaches_too_far(self) -> None:
        for room, forbidden in MUST_NOT_IMPORT.items():
            for path in (ROOT / room).rglob('*.py'):
                used = {name.split('.')[0] for name in imports(path)}
                self.assertEqual(set(), used & forbidden, str(path))

    def test_only_the_command_imports_faults(self) -> None:
        for path in ROOT.rglob('*.py'):
            if path.relative_to(ROOT).parts[0] not in ('cmd', 'faults'):
                used = {name for name in imports(path) if name.startswith(f'{PACKAGE}.faults')}
                self.assertEqual(set(), used, str(path))

    def test_what_runs_inside_the_cloud_needs_no_more_than_python(self) -> None:
        """At its top: services import what they replace late."""
        inside = set((ROOT / 'faults' / 'inside').glob('*.py'))
        for path in inside:
            used = {name.split('.')[0] for name in imports(path, top_only=True)}
            self.assertLessEqual(used - {each.stem for each in inside}, sys.stdlib_module_names,
                                 str(path))

    def test_only_stable_parts_of_tempest_are_used(self) -> None:
        for path in ROOT.rglob('*.py'):
            for name in imports(path):
                if name == 'tempest' or name.startswith('tempest.'):
                    self.assertTrue(name.startswith(STABLE), f'{path}: {name}')

    def test_boto3_is_imported_only_where_it_is_used(self) -> None:
        for path in ROOT.rglob('*.py'):
            used = {name.split('.')[0] for name in imports(path, top_only=True)}
            self.assertEqual(set(), used & {'boto3', 'botocore'}, str(path))
