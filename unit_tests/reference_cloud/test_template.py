"""A state made elsewhere and for other ports is adapted to a root and its ports."""

import contextlib
from pathlib import Path
import sqlite3
import tempfile
import unittest

from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud import template

TABLES = {
    'nova_api': 'CREATE TABLE cell_mappings (id, database_connection)',
    'glance': 'CREATE TABLE image_locations (id, value)',
    'keystone': 'CREATE TABLE endpoint (id, url)',
    'nova_cell1': 'CREATE TABLE services (id, updated_at, last_seen_up)',
    'cinder': 'CREATE TABLE services (id, updated_at)'}


class AdaptTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        (self.root / 'db').mkdir()
        for database, statement in TABLES.items():
            self.run_sql(database, statement)

    def run_sql(self, database: str, statement: str, *values: object) -> list[tuple[str, ...]]:
        path = self.root / 'db' / f'{database}.sqlite'
        with contextlib.closing(sqlite3.connect(path)) as connection:
            rows = connection.execute(statement, values).fetchall()
            connection.commit()
            return rows

    def adapt(self, offset: int) -> None:
        facts = {'root': '/old/place', 'ports': layout.ports(0), 'secrets': {}, 'seed': {}}
        template.adapt(self.root, facts, layout.ports(offset))

    def test_paths(self) -> None:
        self.run_sql('nova_api', 'INSERT INTO cell_mappings VALUES (1, ?), (2, ?)',
                     'sqlite:////old/place/db/nova_cell0.sqlite', 'none:///')
        self.run_sql('glance', 'INSERT INTO image_locations VALUES (1, ?)',
                     'file:///old/place/state/glance/images/x')
        self.adapt(0)
        self.assertEqual([(f'sqlite:///{self.root}/db/nova_cell0.sqlite',), ('none:///',)],
                         self.run_sql('nova_api', 'SELECT database_connection FROM cell_mappings'))
        self.assertEqual([(f'file://{self.root}/state/glance/images/x',)],
                         self.run_sql('glance', 'SELECT value FROM image_locations'))

    def test_each_port_moves_once(self) -> None:
        # With this offset Nova's new port is Cinder's old one.
        offset = layout.PORTS['cinder'] - layout.PORTS['nova']
        for name, path in (('nova', '/v2.1'), ('cinder', '/v3/%(project_id)s'), ('glance', '')):
            self.run_sql('keystone', 'INSERT INTO endpoint VALUES (?, ?)', name,
                         layout.url(layout.PORTS, name, path))
        self.adapt(offset)
        ports = layout.ports(offset)
        self.assertEqual(
            [('cinder', layout.url(ports, 'cinder', '/v3/%(project_id)s')),
             ('glance', layout.url(ports, 'glance')),
             ('nova', layout.url(ports, 'nova', '/v2.1'))],
            self.run_sql('keystone', 'SELECT id, url FROM endpoint ORDER BY id'))

    def test_endpoints_of_others_stay(self) -> None:
        for url in ('https://localhost:22443/compute', 'http://192.0.2.1/ec2', 'urn:nothing', ''):
            self.run_sql('keystone', 'DELETE FROM endpoint')
            self.run_sql('keystone', 'INSERT INTO endpoint VALUES (1, ?)', url)
            self.adapt(7)
            self.assertEqual([(url,)], self.run_sql('keystone', 'SELECT url FROM endpoint'))

    def test_services_were_just_heard_of(self) -> None:
        self.run_sql('nova_cell1', "INSERT INTO services VALUES (1, '2020-01-01', '2020-01-01')")
        self.run_sql('cinder', "INSERT INTO services VALUES (1, '2020-01-01')")
        self.adapt(0)
        for database in ('nova_cell1', 'cinder'):
            [(_, *heard)] = self.run_sql(database, 'SELECT * FROM services')
            self.assertGreater(min(heard), '2026')

    def test_facts_say_where_it_is_now(self) -> None:
        self.adapt(7)
        facts = template.read_facts(self.root)
        self.assertEqual((str(self.root), layout.ports(7)), (facts['root'], facts['ports']))
