"""Which image, flavor and network is taken."""

from types import SimpleNamespace
from typing import Any

import ddt
import testtools

from ec2attrs_tempest_plugin.preflight import choosing
from ec2attrs_tempest_plugin.preflight.choosing import NotFound

PERSON = choosing.Person('alice', 'x', 'Default', 'p', 'p1', 'Default', ('member',))
MIB = 2**20


def image(name: str, **more: Any) -> Any:
    return SimpleNamespace(**{
        'id': f'id-{name}', 'name': name, 'status': 'active', 'visibility': 'public',
        'is_hidden': False, 'owner_id': 'other', 'size': MIB, 'min_disk': 0, 'min_ram': 0,
        'container_format': 'bare', 'disk_format': 'qcow2', 'properties': {}, **more})


def flavor(name: str, ram: int = 512, disk: int = 1, is_public: bool = True) -> Any:
    return SimpleNamespace(id=f'id-{name}', name=name, ram=ram, disk=disk, vcpus=1,
                           is_public=is_public)


def network(name: str, **more: Any) -> Any:
    return SimpleNamespace(**{
        'id': f'id-{name}', 'name': name, 'is_admin_state_up': True, 'project_id': 'p1',
        'is_shared': False, 'is_router_external': False, **more})


def subnet(of: Any, version: int = 4) -> Any:
    return SimpleNamespace(network_id=of.id, ip_version=version)


def cloud(images: Any = (), flavors: Any = (), networks: Any = (), subnets: Any = None) -> Any:
    """Return what openstacksdk would be connected to."""
    if subnets is None:
        subnets = [subnet(each) for each in networks]
    return SimpleNamespace(
        image=SimpleNamespace(images=lambda: iter(images)),
        compute=SimpleNamespace(flavors=lambda: iter(flavors)),
        network=SimpleNamespace(networks=lambda: iter(networks), subnets=lambda: iter(subnets)))


@ddt.ddt
class ImagesTest(testtools.TestCase):

    def choose(self, images: Any, flavors: Any, tenant: bool = False,
               wanted: choosing.Wanted = choosing.Wanted()) -> tuple[str, ...]:  # noqa: B008
        return tuple(each.removeprefix('id-') for each in choosing.flavors_and_images(
            cloud(images, flavors), PERSON, wanted, tenant, []))

    def refused(self, *args: Any, **more: Any) -> str:
        return str(self.assertRaises(NotFound, self.choose, *args, **more))

    def test_the_smallest(self) -> None:
        self.assertEqual(
            ('tiny', 'small', 'a', 'b', 'k'),
            self.choose([image('c', size=3 * MIB), image('b', size=2 * MIB), image('a'),
                         image('k', properties={'kernel_id': 'x', 'ramdisk_id': 'y'})],
                        [flavor('large', 4096), flavor('small', 1024), flavor('tiny', 256)]))

    def test_there_is_one_of_each(self) -> None:
        self.assertEqual(('f', '', 'a', '', ''), self.choose([image('a')], [flavor('f')]))

    @ddt.data({'status': 'queued'}, {'visibility': 'private'}, {'visibility': 'shared'},
              {'is_hidden': True}, {'size': 0}, {'size': None}, {'container_format': 'aki'},
              {'disk_format': 'ari'}, {'disk_format': 'iso'}, {'size': 2**40},
              {'min_disk': 50}, {'min_ram': 10**6}, {'properties': {'kernel_id': 'x'}},
              {'properties': {'image_type': 'snapshot'}},
              {'properties': {'block_device_mapping': '[]'}}, {'img_signature': 'x'})
    def test_what_is_no_image_to_boot(self, more: dict[str, Any]) -> None:
        flavors = [flavor('f')]
        self.assertIn('no image', self.refused([image('a', **more)], flavors))
        self.assertEqual(('f', '', 'good', '', ''),
                         self.choose([image('a', **more), image('good')], flavors))

    def test_a_tenant_may_have_images_of_their_own(self) -> None:
        own = [image('a', visibility='private', owner_id='p1')]
        self.assertEqual('a', self.choose(own, [flavor('f')], tenant=True)[2])
        self.assertIn('no image', self.refused(own, [flavor('f')]))

    def test_a_flavor_of_the_administrator_alone(self) -> None:
        flavors = [flavor('own', 256, is_public=False), flavor('f')]
        self.assertEqual('f', self.choose([image('a')], flavors)[0])
        self.assertEqual('own', self.choose([image('a')], flavors, tenant=True)[0])

    def test_a_flavor_needs_a_disk_with_room(self) -> None:
        flavors = [flavor('none', 1, 0), flavor('low', 64, 5), flavor('good', 512, 5)]
        images = [image('a', min_ram=128, size=4 * 2**30)]
        self.assertEqual('good', self.choose(images, flavors)[0])
        self.assertIn('no image', self.refused(images, flavors[:2]))

    def test_what_a_run_made_is_not_taken(self) -> None:
        self.assertEqual(('f', '', 'a', '', ''), self.choose(
            [image('tempest-a'), image('a')], [flavor('tempest-f', 256), flavor('f')]))

    def test_the_second_flavor_is_no_smaller(self) -> None:
        self.assertEqual('', self.choose(
            [image('a')], [flavor('f', 256, 10), flavor('g', 512, 5)])[1])

    def test_chosen_by_name_or_id(self) -> None:
        images, flavors = [image('a'), image('b')], [flavor('f'), flavor('g', 1024)]
        for wanted in (choosing.Wanted('b', 'g'), choosing.Wanted('id-b', 'id-g')):
            chosen = self.choose(images, flavors, wanted=wanted)
            self.assertEqual(('g', 'b'), (chosen[0], chosen[2]))
        for wanted in (choosing.Wanted('c'), choosing.Wanted('', 'c')):
            self.assertIn('0', self.refused(images, flavors, wanted=wanted))
        self.assertIn('2 images', self.refused([*images, image('b', id='else')], flavors,
                                               wanted=choosing.Wanted('b')))


class NetworksTest(testtools.TestCase):

    def choose(self, networks: Any, name: str = '', subnets: Any = None,
               tenant: bool = True) -> str:
        self.notes: list[str] = []
        return choosing.network(cloud(networks=networks, subnets=subnets), PERSON, name, tenant,
                                self.notes)

    def test_ones_own_comes_first(self) -> None:
        shared = network('a', project_id='other', is_shared=True)
        self.assertEqual('b', self.choose([shared, network('b')]))
        self.assertEqual(['network of p: b'], self.notes)

    def test_a_shared_network_is_not_taken_silently(self) -> None:
        self.assertEqual('a', self.choose([network('a', project_id='other', is_shared=True)]))
        [_, not_own, launches] = self.notes
        self.assertIn('WARNING: a is not of the project p but shared', not_own)
        self.assertIn('WARNING: the project p owns 0 networks', launches)

    def test_several_of_ones_own(self) -> None:
        external = network('c', is_router_external=True)
        self.assertEqual('a', self.choose([network('b'), network('a'), external]))
        self.assertIn('WARNING: the project p owns 2 networks', self.notes[-1])
        self.assertEqual('a', self.choose([network('a'), external]))
        self.assertEqual(1, len(self.notes))

    def test_for_new_projects(self) -> None:
        self.assertEqual('a', self.choose([network('a', is_shared=True)], 'a', tenant=False))
        self.assertIn('WARNING: new projects own 0 networks', self.notes[-1])
        self.assertEqual(2, len(self.notes))

    def test_ipv6_alone(self) -> None:
        shared, own = network('a', project_id='other', is_shared=True), network('b')
        subnets = [subnet(shared), subnet(own, 6)]
        for name in ('', 'b'):
            self.assertEqual('b', self.choose([shared, own], name, subnets))
            self.assertIn('no IPv4 subnet', self.notes[0])
        both = network('c')
        self.assertEqual('c', self.choose([own, both], '', [subnet(own, 6), subnet(both)]))

    def test_what_is_no_network_to_boot_on(self) -> None:
        for one in (network('a', is_admin_state_up=False), network('a', project_id='other'),
                    network('')):
            self.assertRaises(NotFound, self.choose, [one])
        self.assertRaises(NotFound, self.choose, [network('a')], subnets=[])
        self.assertRaises(NotFound, self.choose, [])

    def test_a_name_that_two_have(self) -> None:
        twice = [network('a'), network('a', id='else')]
        self.assertRaises(NotFound, self.choose, twice)
        self.assertEqual('b', self.choose([*twice, network('b')]))

    def test_chosen(self) -> None:
        some = [network('a'), network('b', project_id='other')]
        self.assertEqual('b', self.choose(some, 'b'))
        self.assertRaises(NotFound, self.choose, some, 'c')
