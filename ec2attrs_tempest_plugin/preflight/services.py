"""The services that tests ask: do they answer, and do they have what servers are made of."""

from collections.abc import Mapping
import dataclasses
import re
from typing import Any
import urllib.parse

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients.glance import Glance
from ec2attrs_tempest_plugin.clients.nova import Nova
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.preflight.report import Learned
from ec2attrs_tempest_plugin.preflight.settings import Settings

#: What clients raise that has a message for the user.
PROBLEMS = (errors.BadAnswer, errors.CloudError, errors.NotOffered, errors.NotPermitted)
# Services whose URL in the catalog has to have the version of the API in it.
_VERSIONED = {'compute': '/v2.1', 'volume': '/v3'}
# ec2-api makes networks for subnets of VPCs under such names, and does not launch on them.
_OF_VPC = 'subnet-'


def endpoint(settings: Settings, group: str, version: str | None = None) -> catalog.Endpoint:
    """Return the endpoint of a group of options."""
    return catalog.of_group(settings.conf, group, version)


def is_rate_limit(error: object) -> bool:
    """Say whether there is no response because the cloud limits the rate of requests."""
    return isinstance(error, errors.CloudError) and error.code is Code.RATE_LIMIT


@dataclasses.dataclass(frozen=True)
class Cloud:
    """The services as one user sees them.

    :ivar roles: of the user in the project.
    """

    settings: Settings
    session: openstack.Session
    roles: tuple[str, ...] = ()

    def endpoints(self) -> tuple[Learned, set[str]]:
        """Return what is wrong with the catalog, and the groups of options that have an endpoint.

        Nothing is requested.
        """
        learned = Learned()
        available = self.settings.conf.service_available
        groups = ['compute', 'image', *(['network'] if available.neutron else []),
                  *(['volume'] if available.cinder else [])]
        usable = set()
        for group in groups:
            try:
                url = self.session.url(endpoint(self.settings, group))
            except errors.NotOffered as reason:
                off = {'network': 'neutron', 'volume': 'cinder'}.get(group)
                learned.fail(f'endpoint of {group}', (
                    f'{reason}: change [{group}] catalog_type, region or endpoint_type, or '
                    f'[identity] region')
                    + (f', or set [service_available] {off} = false' if off else ''))
                continue
            path = urllib.parse.urlsplit(url).path
            if group in _VERSIONED and not re.search(r'/v\d+(\.\d+)?(/|$)', path):
                learned.fail(f'endpoint of {group}', (
                    f'the URL in the catalog, {openstack.without_credentials(url)}, has no '
                    f'version, such as {_VERSIONED[group]}: Tempest cannot use it either; the '
                    f'operator of the cloud can add the version to the endpoint'))
                continue
            usable.add(group)
        return learned, usable

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
            learned.fail('flavor', f'{error}: change [compute] flavor_ref')
            return learned
        wanted = {'image': compute.image_ref, 'second-image': compute.image_ref_alt,
                  'kernel-image': self.settings.conf.ec2attrs.kernel_ramdisk_image_ref}
        for kind, image_id in wanted.items():
            if kind == 'second-image' and image_id == compute.image_ref:
                image_id = None
            if image_id:
                try:
                    self._image(kind, image_id, flavor, learned)
                except PROBLEMS as error:
                    if is_rate_limit(error):
                        raise
                    (learned.fail if kind == 'image' else learned.warn)(kind, str(error))
        self._second_flavor(flavor, learned)
        return learned

    def flavor(self, flavor_id: str) -> Mapping[str, Any]:
        """Return a flavor.

        :raises BadAnswer: when there is none of that id.
        """
        body = self.ask('compute', f'/flavors/{urllib.parse.quote(flavor_id)}').body
        found: Mapping[str, Any] = body['flavor']
        return found

    def _second_flavor(self, first: Mapping[str, Any], learned: Learned) -> None:
        """Look for a flavor to resize to; an administrator makes one where its disk is another."""
        flavor_id = self.settings.conf.compute.flavor_ref_alt or ''
        if flavor_id in ('', self.settings.conf.compute.flavor_ref):
            learned.warn('second-flavor', '[compute] flavor_ref_alt names no other flavor than '
                                          'flavor_ref')
            return
        answer = self.ask('compute', f'/flavors/{urllib.parse.quote(flavor_id)}',
                          expect=(200, 404))
        wrong = ''
        if answer.status == 404:
            wrong = 'names no flavor'
        elif answer.body['flavor']['disk'] < first['disk']:
            wrong = 'has a smaller disk than flavor_ref: no server can be resized to it'
        if not wrong:
            learned.ok('second-flavor', str(answer.body['flavor']['name']), 'second-flavor')
        elif self.settings.dynamic:
            learned.ok('second-flavor', f'[compute] flavor_ref_alt {wrong}; the administrator '
                                        f'makes one', 'second-flavor')
        else:
            learned.warn('second-flavor', f'[compute] flavor_ref_alt {wrong}')

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
        if kind == 'kernel-image' and not (
                image.get('kernel_id') and image.get('ramdisk_id')):
            wrong.append('it has no properties kernel_id and ramdisk_id')
        if not wrong:
            learned.ok(kind, f'{image.get("name")}, on the flavor {flavor["name"]}',
                       *([] if kind == 'image' else [kind]))
        elif kind == 'image':
            learned.fail(kind, f'{image.get("name")}: {"; ".join(wrong)}: change [compute] '
                               f'image_ref or flavor_ref')
        else:
            learned.warn(kind, f'{image.get("name")}: {"; ".join(wrong)}')

    def network(self, name: str) -> Learned:
        """Return whether servers have a network to boot on.

        :param name: of the user's network, empty where one is made.
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
        subnets = self.ask('network', f'/subnets?network_id={found[0]["id"]}',
                           version='v2.0').body['subnets']
        own = found[0].get('project_id') == self.session.project_id
        if not subnets:
            learned.fail('network', f'{name} has no subnet, so Nova boots no server on it')
        elif self.settings.dynamic and not found[0].get('shared'):
            learned.fail('network', f'{name} is not shared, and tests run in new projects')
        elif not self.settings.dynamic and not own:
            learned.warn('network', f'{name} belongs to another project, which shares it')
        elif not any(each.get('ip_version') == 4 for each in subnets):
            learned.warn('network', f'{name} has no IPv4 subnet: an EC2 API may not launch '
                                    f'instances on it, or not show their addresses')
        else:
            learned.ok('network', name)
        return learned

    def launch_networks(self) -> list[str]:
        """Return the names of the networks on which EC2 Classic of ec2-api can launch.

        These are all that the project owns, and that no other API made for VPCs.
        """
        networks = self.ask(
            'network', f'/networks?project_id={self.session.project_id}&router:external=false',
            version='v2.0').body['networks']
        return sorted(
            str(each.get('name')) for each in networks
            if each.get('project_id') == self.session.project_id
            and not each.get('router:external')
            and not str(each.get('name')).startswith(_OF_VPC))
