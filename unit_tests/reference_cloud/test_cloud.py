"""What stands between a user and a cloud that cannot be started: one clear line."""

from pathlib import Path
import shutil
import socket
import tempfile
import unittest
from unittest import mock

from ec2attrs_tempest_plugin.reference_cloud import environment
from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud import starting
from ec2attrs_tempest_plugin.reference_cloud import template
from ec2attrs_tempest_plugin.reference_cloud.cloud import CloudError
from ec2attrs_tempest_plugin.reference_cloud.cloud import ReferenceCloud


class KeysTest(unittest.TestCase):
    def test_environment(self) -> None:
        key = environment.key(b'nova==1', 'cpython-311')
        self.assertEqual(key, environment.key(b'nova==1', 'cpython-311'))
        self.assertNotEqual(key, environment.key(b'nova==2', 'cpython-311'))
        self.assertNotEqual(key, environment.key(b'nova==1', 'cpython-312'))

    def test_template(self) -> None:
        sources = {'a.py': b'1', 'b.py': b'2'}
        key = template.key(b'lock', 'cpython-311', sources)
        self.assertEqual(key, template.key(b'lock', 'cpython-311',
                                           dict(reversed(sources.items()))))
        for other in (template.key(b'other', 'cpython-311', sources),
                      template.key(b'lock', 'cpython-312', sources),
                      template.key(b'lock', 'cpython-311', {'a.py': b'1', 'b.py': b'3'}),
                      template.key(b'lock', 'cpython-311', {'a.py': b'1', 'c.py': b'2'}),
                      template.key(b'lock', 'cpython-311', {'a.py': b'1b.py', '': b'2'})):
            self.assertNotEqual(key, other)


class LayoutTest(unittest.TestCase):
    def test_every_endpoint_belongs_to_one_service(self) -> None:
        endpoints = [name for names in layout.SERVICES.values() for name in names]
        self.assertEqual(sorted(layout.PORTS), sorted(endpoints))

    def test_home_directories_are_respected(self) -> None:
        with mock.patch.dict('os.environ', XDG_CACHE_HOME='/c', XDG_STATE_HOME='/s'):
            self.assertEqual(Path('/c/ec2attrs'), layout.cache_directory())
            self.assertEqual(Path('/s/ec2attrs/cloud'), layout.default_root())

    def test_services_do_not_see_the_callers_variables(self) -> None:
        with mock.patch.dict('os.environ', http_proxy='x', OS_CLOUD='x', AWS_PROFILE='x'):
            names = set(layout.environment(Path('/root-of-cloud')))
        self.assertFalse(names & {'http_proxy', 'OS_CLOUD', 'AWS_PROFILE'})

    def test_extension_is_named_and_found_last(self) -> None:
        stock = layout.environment(Path('/root-of-cloud'))
        extended = layout.environment(Path('/root-of-cloud'), Path('/else/where/more.py'))
        self.assertEqual('more', extended.pop(layout.EXTENSION))
        self.assertEqual(stock['PYTHONPATH'] + ':/else/where', extended.pop('PYTHONPATH'))
        del stock['PYTHONPATH']
        self.assertEqual(stock, extended)


class ReferenceCloudTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name).resolve()

    def test_port_offset_out_of_range(self) -> None:
        for offset in (-14000, 50000):
            with self.assertRaisesRegex(CloudError, 'port offset'):
                ReferenceCloud(self.directory, offset)

    def test_taken_port_is_named_with_its_service(self) -> None:
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            taken.listen()
            port = taken.getsockname()[1]
            with self.assertRaisesRegex(CloudError,
                                        f'port {port}, which nova needs.*--port-offset'):
                starting.check_ports({'nova': port})

    def test_extension_that_is_not_there(self) -> None:
        with self.assertRaisesRegex(CloudError, 'extension .*more.py is not a file'):
            ReferenceCloud(self.directory / 'root').up(extension=self.directory / 'more.py')
        self.assertFalse((self.directory / 'root').exists())

    def test_option_of_ec2_api_that_there_is_not(self) -> None:
        with self.assertRaisesRegex(CloudError, 'no_such is none of the options of ec2-api that '
                                    'can be set: disable_ec2_classic, ec2_private_dns_show_ip'):
            ReferenceCloud(self.directory / 'root').up(ec2_options=['no_such'])
        self.assertFalse((self.directory / 'root').exists())

    def test_options_of_ec2_api_are_kept_with_the_facts(self) -> None:
        template.write_facts(self.directory, layout.ports(0), {'p': 's'}, {})
        template.set_ec2_options(self.directory, ['disable_ec2_classic'])
        facts = template.read_facts(self.directory)
        self.assertEqual({'disable_ec2_classic': True}, facts['ec2_options'])
        self.assertEqual({'p': 's'}, facts['secrets'])

    def test_no_space(self) -> None:
        usage = shutil.disk_usage(self.directory)._replace(free=5 * 2**20)
        with (mock.patch.object(shutil, 'disk_usage', return_value=usage),
              self.assertRaisesRegex(CloudError, 'needs 256 MiB free under .* 5 MiB')):
            ReferenceCloud(self.directory / 'root').up()

    def test_directory_of_something_else_is_not_touched(self) -> None:
        (self.directory / 'thesis.txt').touch()
        with self.assertRaisesRegex(CloudError, 'holds no cloud'):
            ReferenceCloud(self.directory).up()
        self.assertEqual(['thesis.txt'], [path.name for path in self.directory.iterdir()])

    def test_nothing_there(self) -> None:
        cloud = ReferenceCloud(self.directory / 'none')
        self.assertEqual(0, cloud.down())
        self.assertFalse(cloud.is_running())
        with self.assertRaisesRegex(CloudError, 'there is no cloud in .*ec2attrs cloud up'):
            cloud.status()

    def test_damaged_facts(self) -> None:
        (self.directory / 'cloud.json').write_text('{"ports"')
        with self.assertRaisesRegex(CloudError, 'cloud.json is damaged'):
            ReferenceCloud(self.directory).status()

    def test_started_service_that_is_gone_is_dead(self) -> None:
        cloud = ReferenceCloud(self.directory)
        template.write_facts(cloud.root, cloud.ports, {}, {})
        (cloud.root / 'run' / 'nova.pid').write_text('{"pid": 1, "start": "0", "boot": "x"}')
        self.assertEqual([('nova', cloud.root / 'log' / 'nova.log')], cloud.dead_services())
        self.assertEqual({'nova': 'dead'}, {service.name: service.state
                                            for service in cloud.status()
                                            if service.state != 'down'})


class LastErrorTest(unittest.TestCase):
    def test_the_line_that_tells(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            log = Path(directory) / 'nova.log'
            self.assertEqual('nothing was written', starting.last_error(log))
            log.write_text('INFO all is well\n\nbye\n')
            self.assertEqual('bye', starting.last_error(log))
            log.write_text('Traceback:\n  raise x\nsqlite3.OperationalError: locked\nbye\n')
            self.assertEqual('sqlite3.OperationalError: locked', starting.last_error(log))
