"""The services that tests ask: do they answer, and do they have what servers are made of."""

from collections.abc import Mapping
import dataclasses
from typing import Any
import urllib.parse

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients.glance import Glance
from ec2attrs_tempest_plugin.clients.nova import Nova
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.preflight.report import Learned
from ec2attrs_tempest_plugin.preflight.settings import Settings


def endpoint(settings: Settings, group: str, version: str | None = None) -> openstack.Endpoint:
    """Return where to ask for the service of a group of options."""
    options = settings.conf[group]
    return openstack.Endpoint(options.catalog_type, version=version,
                              region=options.region or settings.conf.identity.region,
                              interface=options.endpoint_type)


@dataclasses.dataclass(frozen=True)
class Cloud:
    """The services as one person sees them."""

    settings: Settings
    session: openstack.Session

    def ask(self, group: str, path: str, *, expect: tuple[int, ...] = (200,),
            version: str | None = None) -> openstack.Answer:
        """Return the answer of the service of a group of options.

        :raises BadAnswer: when there is none that is expected.
        """
        return self.session.request(
            endpoint(self.settings, group, version), 'GET', path, expect=expect,
            source=f'GET {path.partition("?")[0]} of {group}')

    def nova(self) -> Learned:
        """Return which microversions there are."""
        learned = Learned()
        oldest, newest = Nova(self.session, Role.MEMBER,
                              endpoint(self.settings, 'compute')).microversions()
        limit = self.settings.newest
        learned.newest = newest if limit is None else min(limit, newest)
        if learned.newest == newest:
            learned.ok('microversions', f'Nova offers {oldest} to {newest}')
        else:
            learned.warn('microversions', f'Nova offers {oldest} to {newest}, of which [compute] '
                                          f'max_microversion leaves those up to {limit}')
        return learned

    def cinder(self) -> Learned:
        """Return whether there are volumes."""
        learned = Learned()
        if not self.settings.conf.service_available.cinder:
            learned.warn('volumes', '[service_available] cinder is false')
        else:
            self.ask('volume', '/volumes?limit=1')
            learned.ok('volumes', 'Cinder answers', 'volumes')
        return learned

    def images_and_flavors(self) -> Learned:
        """Return whether there are the images and flavors that options name, and fit together."""
        learned = Learned()
        compute = self.settings.conf.compute
        if not compute.image_ref:
            learned.fail('image', 'set [compute] image_ref to an image to boot')
            return learned
        try:
            flavor = self.flavor(compute.flavor_ref)
        except errors.BadAnswer as error:
            learned.fail('flavor', f'{error}: look at [compute] flavor_ref')
            return learned
        wanted = {'image': compute.image_ref, 'second image': compute.image_ref_alt,
                  'image with a kernel': self.settings.conf.ec2attrs.kernel_ramdisk_image_ref}
        for kind, image_id in wanted.items():
            if kind == 'second image' and image_id == compute.image_ref:
                image_id = None
            if image_id:
                try:
                    self._image(kind, image_id, flavor, learned)
                except errors.BadAnswer as error:
                    (learned.fail if kind == 'image' else learned.warn)(kind, str(error))
        other = compute.flavor_ref_alt
        if other and other != compute.flavor_ref:
            self._second_flavor(other, flavor, learned)
        return learned

    def flavor(self, flavor_id: str) -> Mapping[str, Any]:
        """Return a flavor.

        :raises BadAnswer: when there is none of that id.
        """
        body = self.ask('compute', f'/flavors/{urllib.parse.quote(flavor_id)}').body
        found: Mapping[str, Any] = body['flavor']
        return found

    def _second_flavor(self, flavor_id: str, first: Mapping[str, Any], learned: Learned) -> None:
        answer = self.ask('compute', f'/flavors/{urllib.parse.quote(flavor_id)}',
                          expect=(200, 404))
        if answer.status == 404:
            learned.warn('second flavor', '[compute] flavor_ref_alt names no flavor')
        elif answer.body['flavor']['disk'] < first['disk']:
            learned.warn('second flavor', '[compute] flavor_ref_alt has a smaller disk than '
                                          'flavor_ref: no server can be made so small')
        else:
            learned.ok('second flavor', f'{answer.body["flavor"]["name"]}', 'second-flavor')

    def _image(self, kind: str, image_id: str, flavor: Mapping[str, Any],
               learned: Learned) -> None:
        image = Glance(self.session, endpoint(self.settings, 'image', 'v2')).image(
            urllib.parse.quote(image_id))
        room, memory = int(flavor['disk']), int(flavor['ram'])
        wrong = []
        if image.get('status') != 'active':
            wrong.append(f'its status is {image.get("status")}')
        if self.settings.dynamic and image.get('visibility') not in ('public', 'community'):
            wrong.append(f'it is {image.get("visibility")}, and tests run in new projects')
        least = max(int(image.get('min_disk') or 0), -(-int(image.get('size') or 0) // 2**30))
        if room == 0:
            wrong.append(f'the flavor {flavor["name"]} has no disk, and Nova lets administrators '
                         f'alone boot from an image with such a one')
        elif room < least:
            wrong.append(f'it needs a disk of {least} GiB, and {flavor["name"]} has {room}')
        if memory < int(image.get('min_ram') or 0):
            wrong.append(f'it needs {image["min_ram"]} MiB, and {flavor["name"]} has {memory}')
        needs = {'second image': ['second-image'], 'image with a kernel': ['kernel-image']}
        if kind == 'image with a kernel' and not (
                image.get('kernel_id') and image.get('ramdisk_id')):
            wrong.append('it has no properties kernel_id and ramdisk_id')
        if not wrong:
            learned.ok(kind, f'{image.get("name")}, on the flavor {flavor["name"]}',
                       *needs.get(kind, ()))
        elif kind == 'image':
            learned.fail(kind, f'{image.get("name")}: {"; ".join(wrong)}: change [compute] '
                               f'image_ref or flavor_ref')
        else:
            learned.warn(kind, f'{image.get("name")}: {"; ".join(wrong)}')

    def network(self, name: str) -> Learned:
        """Return whether servers have a network to boot on.

        :param name: of the person's network, empty where one is made.
        """
        learned = Learned()
        if not self.settings.conf.service_available.neutron:
            learned.warn('network', '[service_available] neutron is false, so Nova chooses')
            return learned
        if not name:
            learned.ok('network', 'one is made for each project')
            return learned
        found = self.ask('network', f'/networks?name={urllib.parse.quote(name, safe="")}',
                         version='v2.0').body['networks']
        if len(found) != 1:
            learned.fail('network', f'there are {len(found)} networks of the name {name}, by '
                                    f'which Tempest knows them')
            return learned
        subnets = self.ask('network', f'/subnets?network_id={found[0]["id"]}&ip_version=4',
                           version='v2.0').body['subnets']
        if not subnets:
            learned.fail('network', f'{name} has no IPv4 subnet, and EC2 knows no other addresses')
        elif self.settings.dynamic and not found[0].get('shared'):
            learned.fail('network', f'{name} is not shared, and tests run in new projects')
        elif not self.settings.dynamic and (
                found[0].get('project_id') != self.session.project_id):
            learned.warn('network', f'{name} is not of the project itself, and an EC2 API may '
                                    f'refuse to launch instances on it: make a network with an '
                                    f'IPv4 subnet in the project')
        else:
            learned.ok('network', name)
        return learned
