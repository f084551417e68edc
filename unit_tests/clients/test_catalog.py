"""The endpoint of the region and on the interface that are configured, or none at all."""

from typing import Any

import ddt
import testtools

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients import errors


def endpoint(interface: str, region: str, url: str | None) -> dict[str, Any]:
    return {'interface': interface, 'region': region, 'url': url}


CATALOG: list[dict[str, Any]] = [
    {'type': 'compute', 'endpoints': [
        endpoint('public', 'One', 'http://one'), endpoint('internal', 'One', 'http://in'),
        endpoint('public', 'Two', 'http://two')]},
    {'type': 'ec2', 'endpoints': [endpoint('public', 'Two', 'http://ec2')]},
    {'type': 'image', 'endpoints': [endpoint('public', 'One', None)]},
    {'type': 'empty'},
    {'type': 'old', 'endpoints': [
        {'interface': 'public', 'region_id': 'One', 'url': 'http://old'}]}]


@ddt.ddt
class CatalogTest(testtools.TestCase):

    @ddt.data(('compute', 'One', 'public', 'http://one'),
              ('compute', 'One', 'publicURL', 'http://one'),
              ('compute', 'One', 'internalURL', 'http://in'),
              ('compute', 'Two', 'public', 'http://two'),
              ('compute', None, 'public', 'http://one'),
              ('compute', '', 'internal', 'http://in'),
              ('old', 'One', 'public', 'http://old'))
    @ddt.unpack
    def test_endpoint(self, service: str, region: str | None, interface: str, url: str) -> None:
        self.assertEqual(url, catalog.url(CATALOG, catalog.Endpoint(service, region, interface)))

    @ddt.data(
        ('compute', 'Two', 'internal',
         'the catalog has no internal endpoint of type compute in the region Two, but internal in '
         'One, public in One, public in Two'),
        ('ec2', 'One', 'public',
         'the catalog has no public endpoint of type ec2 in the region One, but public in Two'),
        ('ec2', None, 'admin',
         'the catalog has no admin endpoint of type ec2, but public in Two'),
        ('image', 'One', 'public', 'the catalog has no service of type image'),
        ('empty', 'One', 'public', 'the catalog has no service of type empty'),
        ('none', 'One', 'public', 'the catalog has no service of type none'))
    @ddt.unpack
    def test_never_another_one(self, service: str, region: str | None, interface: str,
                               words: str) -> None:
        error = self.assertRaises(errors.NotOffered, catalog.url, CATALOG,
                                  catalog.Endpoint(service, region, interface))
        self.assertEqual(words, str(error))
