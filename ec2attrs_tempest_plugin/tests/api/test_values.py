"""What Nova makes of the values that a request chooses: names, user data, devices."""

import base64
from collections.abc import Iterable
import re
from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.glance import Glance
from ec2attrs_tempest_plugin.clients.openstack import Answer
from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import RAMDISK_ID
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA_MAX_LENGTH
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests.images import make_image_with_kernel
from ec2attrs_tempest_plugin.tests.marks import requirement

CONF = config.CONF

# The status is what is checked, so none is wrong by itself.
ANY_STATUS = tuple(range(200, 600))

HOSTNAMES = Microversion(2, 90)
BEFORE_HOSTNAMES = Microversion(2, 89)
BEFORE_DOTS = Microversion(2, 93)
DOTS = Microversion(2, 94)

#: Names and the hostnames that Nova makes of them.
PLAIN_NAMES = {
    'web.example.org': 'web-example-org', 'Web Server_07': 'web-server-07',
    '.-a-.-b-.': 'a---b', "it's (a) web!": 'its-a-web'}
LONG_NAMES = {'x' * 255: 'x' * 63, 'y' * 62 + '.' + 'z' * 20: 'y' * 62}
NAMES_WITHOUT_LETTERS = ('---', '日本')
# It keeps the letter of Latin-1, which no label of the DNS has.
LATIN_NAME = 'café'

# The largest base64 below the limit, with every byte there is.
LARGEST = base64.b64encode((bytes(range(256)) * 192)[:USER_DATA_MAX_LENGTH // 4 * 3]).decode()
# Nova decodes what Python's base64 module decodes, which skips strange signs: '%%%' is taken.
MALFORMED: dict[str, Any] = {
    'three of four characters': 'QUJ', 'one character': 'A', 'null': None, 'a number': 7,
    'a list': ['QUJD'], 'padding in its midst': 'Q=Q='}

WRONG_HOSTNAMES: tuple[Any, ...] = (
    '-a1', 'a1-', 'a_b', 'a b', '', 'a', 'x' * 64, None, 7)


class _Values(base.BaseTest):
    """Requests for servers, of which nothing is waited for."""

    def ask(self, microversion: Microversion = FIRST, **values: Any) -> tuple[Answer, str]:
        """Ask as a member for a server; return the answer and the name that it is to have."""
        self.needs_microversion(microversion)
        body = self.resources.server(**values)
        if microversion >= Microversion(2, 37):
            body.setdefault('networks', 'auto')
        answer = self.nova[Role.MEMBER].request(
            'POST', '/servers', {'server': body}, microversion=microversion, expect=ANY_STATUS)
        errors.check_permitted(answer)
        return answer, body['name']

    def status_is(self, wanted: int, asked_for: str, requirement_id: str,
                  answer: Answer) -> list[Violation]:
        """Return a violation where the status of an answer is another."""
        return self.differences(
            requirement_id, 'status', of=f'the answer to a request with {asked_for}',
            expected=wanted, seen=answer.status, answers=[answer])

    def refused(self, requests: Iterable[tuple[str, Answer, str]],
                requirement_id: str) -> list[Violation]:
        """Return violations where a request was not refused with 400, or made a server."""
        found = []
        for asked_for, answer, name in requests:
            found += self.status_is(400, asked_for, requirement_id, answer)
            if answer.status != 202:  # the servers of what was accepted are no news
                found += self.differences(
                    requirement_id, 'servers', of=f'the request with {asked_for}', expected=[],
                    seen=sorted(self.nova[Role.MEMBER].ids_by_name(name)), answers=[answer])
        return found


class GeneratedHostnamesTest(_Values):
    """A server for each of some hostile names."""

    @classmethod
    def prepare(cls) -> None:
        member = cls.nova[Role.MEMBER]
        cls.ids = {}
        for name in (*PLAIN_NAMES, *LONG_NAMES, *NAMES_WITHOUT_LETTERS, LATIN_NAME):
            server = member.create(cls.resources.server(name=name)).servers()[0]
            cls.ids[name] = str(server.get('id'))
            # Not to be found by a prefix of their names.
            cls.resources.keep(cls.ids[name])

    def hostname_differences(self, name: str, expected: str) -> list[Violation]:
        """Return a violation where a server's hostname is another."""
        answer = self.seen_by(Role.ADMIN, INTRODUCED).show(self.ids[name], INTRODUCED)
        return self.differences(
            'EC2A-033', HOSTNAME, of=f'the server called {name}', expected=expected,
            seen=HOSTNAME.in_nova(answer.server(self.ids[name])), answers=[answer])

    @decorators.idempotent_id('b3154bb6-0ff3-4043-a878-54c632c4e230')
    @requirement('EC2A-033')
    def test_hostname_is_the_name_made_plain(self) -> None:
        """Lower case, dashes for dots, underscores and spaces, no other signs, no dash outside."""
        self.assert_none(violation for name, expected in PLAIN_NAMES.items()
                         for violation in self.hostname_differences(name, expected))

    @decorators.idempotent_id('f74b79fb-c4c1-4687-987b-81b27037bff3')
    @requirement('EC2A-033')
    def test_hostname_of_a_long_name_is_cut(self) -> None:
        """The first 63 characters of a long name are its hostname, without a dash at the end."""
        self.assert_none(violation for name, expected in LONG_NAMES.items()
                         for violation in self.hostname_differences(name, expected))

    @decorators.idempotent_id('9c76db3a-cb20-4477-b352-fb95b5588102')
    @requirement('EC2A-033')
    def test_hostname_of_a_name_without_letters_is_made_of_the_id(self) -> None:
        """Where nothing of a name is left, the hostname is Server- and the server's id."""
        self.assert_none(violation for name in NAMES_WITHOUT_LETTERS
                         for violation in self.hostname_differences(
                             name, f'Server-{self.ids[name]}'))

    @decorators.idempotent_id('54fbc907-ef9c-4745-b941-6e19fd111241')
    @requirement('EC2A-064')
    def test_hostname_of_a_latin_name_is_ascii(self) -> None:
        """The hostname of a name with a letter of Latin-1 has no such letter."""
        server_id = self.ids[LATIN_NAME]
        answer = self.seen_by(Role.ADMIN, INTRODUCED).show(server_id, INTRODUCED)
        seen = HOSTNAME.in_nova(answer.server(server_id))
        usable = isinstance(seen, str) and 0 < len(seen) <= 63 and not re.search(r'[^\w-]', seen)
        differences = [] if usable and seen.isascii() else self.differences(
            'EC2A-064', HOSTNAME, of=f'the server called {LATIN_NAME}',
            expected=Words('up to 63 ASCII letters, digits and dashes'), seen=seen,
            answers=[answer])
        if not usable:
            self.assert_none(differences)
        self.advise(differences)


class UserDataTest(_Values):
    """User data at the limits of what Nova takes."""

    def check_is_shown(self, user_data: str, asked_for: str) -> None:
        """Fail unless user data is taken and shown to an administrator as it was sent."""
        admin = self.seen_by(Role.ADMIN, INTRODUCED)
        answer, name = self.ask(user_data=user_data)
        self.assert_none(self.status_is(202, asked_for, 'EC2A-036', answer))
        [server_id] = self.resources.named(name, 1)
        shown = admin.show(server_id, INTRODUCED)
        self.assert_agrees(
            'EC2A-036', USER_DATA, of=f'server {server_id}, which was sent {asked_for}',
            expected=user_data, seen=USER_DATA.in_nova(shown.server(server_id)),
            answers=[shown])

    @decorators.idempotent_id('30acdb45-314f-4fd6-b9ab-070e6842730e')
    @requirement('EC2A-036')
    def test_largest_user_data_is_shown_as_sent(self) -> None:
        """65532 characters of base64, of all bytes, are taken and shown as they were sent."""
        self.check_is_shown(LARGEST, f'{len(LARGEST)} characters of user data')

    @decorators.idempotent_id('223a08a8-d9fb-4972-8797-760ce5f64ff6')
    @requirement('EC2A-036')
    def test_empty_user_data_is_shown_as_sent(self) -> None:
        """The empty string is taken and shown as such, and not as null."""
        self.check_is_shown('', 'empty user data')

    @decorators.idempotent_id('059bf5d7-72eb-4bd4-865d-0dc12500f32a')
    @requirement('EC2A-036')
    def test_larger_user_data_is_refused(self) -> None:
        """65536 characters are refused with 400, and no server is made."""
        answer, name = self.ask(user_data=LARGEST + 'QUJD')
        self.assert_none(self.refused(
            [(f'{len(LARGEST) + 4} characters of user data', answer, name)], 'EC2A-036'))

    @decorators.idempotent_id('bf94d2c4-abf6-43f8-b705-b11e6c23bdf3')
    @requirement('EC2A-037')
    def test_malformed_user_data_is_refused(self) -> None:
        """What is no base64, or no string, is refused with 400, and no server is made."""
        self.assert_none(self.refused(
            [(f'{says} as user data', *self.ask(user_data=wrong))
             for says, wrong in MALFORMED.items()], 'EC2A-037'))

    @decorators.idempotent_id('5c96456a-52a8-429f-946d-e909256ee93d')
    @requirement('EC2A-063')
    def test_user_data_of_other_letters_is_refused(self) -> None:
        """User data with a letter that is not ASCII is refused with 400."""
        answer, name = self.ask(user_data='QUJé')
        violations = self.refused([('a letter of Latin-1 in its user data', answer, name)],
                                  'EC2A-063')
        if answer.status != 500:
            self.assert_none(violations)
        self.advise(violations)


class ImagesTest(_Values):
    """What a server has from its image, which is made here, or from its boot device."""

    @classmethod
    def prepare(cls) -> None:
        try:
            cls.image = make_image_with_kernel(
                Glance(cls.member, catalog.of_group(CONF, 'image', 'v2')),
                CONF.resource_name_prefix, cls.addClassResourceCleanup,
                # Short: it is shown below /dev/ all the same.
                root_device_name='vda')
        except errors.NotOffered as reason:
            cls.unsupported(f'images with a kernel and a ramdisk: {reason}')
        body = cls.resources.server(imageRef=cls.image.id)
        cls.nova[Role.MEMBER].create(body)
        [cls.server_id] = cls.resources.named(body['name'], 1)

    def assert_shown(self, requirement_id: str, server_id: str,
                     *expected: tuple[Attribute, str]) -> None:
        """Fail unless an administrator is shown these values."""
        answer = self.seen_by(Role.ADMIN, INTRODUCED).show(server_id, INTRODUCED)
        self.assert_none(
            violation for attribute, value in expected
            for violation in self.differences(
                requirement_id, attribute, of=f'server {server_id}', expected=value,
                seen=attribute.in_nova(answer.server(server_id)), answers=[answer]))

    @decorators.idempotent_id('5626ce2e-94cc-4b7a-8af3-a38680118232')
    @requirement('EC2A-032')
    def test_kernel_and_ramdisk_are_those_of_the_image(self) -> None:
        """A server shows the kernel and the ramdisk of an image made for this test."""
        self.assert_shown('EC2A-032', self.server_id, (KERNEL_ID, self.image.kernel_id),
                          (RAMDISK_ID, self.image.ramdisk_id))

    @decorators.idempotent_id('7570f367-9725-4e44-9fdb-9eaccba6774a')
    @requirement('EC2A-038')
    def test_root_device_name_is_the_images(self) -> None:
        """The root device name is the one of the image's property, below /dev/."""
        self.assert_shown('EC2A-038', self.server_id, (ROOT_DEVICE_NAME, '/dev/vda'))

    @decorators.idempotent_id('82fe5f41-b1ec-4add-9f26-9200a368c73a')
    @requirement('EC2A-038')
    def test_root_device_name_is_the_boot_devices(self) -> None:
        """The root device name is the one of the device of boot index 0."""
        answer, name = self.ask(block_device_mapping_v2=[
            {'boot_index': 0, 'source_type': 'image', 'uuid': CONF.compute.image_ref,
             'destination_type': 'local', 'device_name': '/dev/vda',
             'delete_on_termination': True}])
        self.assert_none(self.status_is(202, 'the device name /dev/vda', 'EC2A-038', answer))
        [server_id] = self.resources.named(name, 1)
        self.resources.wait_for_active([server_id])  # its host sets the name
        self.assert_shown('EC2A-038', server_id, (ROOT_DEVICE_NAME, '/dev/vda'))


class RequestedHostnamesTest(_Values):
    """Hostnames that the request asks for."""

    def check_is_shown(self, hostname: str, microversion: Microversion) -> str:
        """Fail unless a hostname is taken and shown to a member; return the server's id."""
        answer, name = self.ask(microversion, hostname=hostname)
        self.assert_none(self.status_is(202, f'the hostname {hostname}', 'EC2A-039', answer))
        [server_id] = self.resources.named(name, 1)
        self.assert_hostname(server_id, hostname, microversion)
        return server_id

    def assert_hostname(self, server_id: str, hostname: str, microversion: Microversion) -> None:
        """Fail unless a member is shown a hostname."""
        shown = self.nova[Role.MEMBER].show(server_id, microversion)
        self.assert_agrees(
            'EC2A-039', HOSTNAME, of=f'server {server_id}', expected=hostname,
            seen=HOSTNAME.in_nova(shown.server(server_id)), answers=[shown])

    @decorators.idempotent_id('5e0ad935-9ecc-4566-b2dc-8c7c2380ef4e')
    @requirement('EC2A-039')
    def test_hostname_asked_for_is_shown(self) -> None:
        """At 2.90 the hostname of the request is shown, upper case and all."""
        self.check_is_shown('Web-01', HOSTNAMES)

    @decorators.idempotent_id('5acb25cf-52cc-4eb4-a5b2-648fc016ade2')
    @requirement('EC2A-039')
    def test_hostname_with_dots_is_shown(self) -> None:
        """At 2.94 a hostname may have dots, and is shown with them; 2.90 can change it."""
        server_id = self.check_is_shown('web.example.org', DOTS)
        # Nova loses a change that meets the moment at which a host takes the server.
        self.resources.wait_for_active([server_id])
        self.nova[Role.MEMBER].update(server_id, {'hostname': 'Web-02'}, HOSTNAMES)
        self.assert_hostname(server_id, 'Web-02', HOSTNAMES)

    @decorators.idempotent_id('ff7a8016-dd6c-4666-97ef-e8456b02f5d8')
    @requirement('EC2A-039')
    def test_hostname_with_dots_is_refused_below_2_94(self) -> None:
        """At 2.90 and at 2.93 a hostname with dots is refused with 400."""
        self.assert_none(self.refused(
            [(f'the hostname web.example.org at {each}',
              *self.ask(each, hostname='web.example.org'))
             for each in (HOSTNAMES, BEFORE_DOTS)], 'EC2A-039'))

    @decorators.idempotent_id('a165d54b-899f-48b2-8bb2-900d1e785d06')
    @requirement('EC2A-039')
    def test_hostname_is_refused_below_2_90(self) -> None:
        """At 2.89 no request takes a hostname."""
        self.assert_none(self.refused(
            [('a hostname at 2.89', *self.ask(BEFORE_HOSTNAMES, hostname='web'))], 'EC2A-039'))

    @decorators.idempotent_id('93e1c58d-ab08-42ab-9fa9-de55352f45e4')
    @requirement('EC2A-039')
    def test_wrong_hostnames_are_refused(self) -> None:
        """A hostname that is none is refused with 400 at 2.90."""
        self.assert_none(self.refused(
            [(f'the hostname {wrong!r}', *self.ask(HOSTNAMES, hostname=wrong))
             for wrong in WRONG_HOSTNAMES], 'EC2A-039'))

    @decorators.idempotent_id('d260c1f9-b8b4-4ef5-9aa6-ebda85e4d140')
    @requirement('EC2A-039')
    def test_one_hostname_for_several_servers_is_refused(self) -> None:
        """A hostname in a request for two servers is refused with 400."""
        self.assert_none(self.refused(
            [('one hostname for two servers', *self.ask(HOSTNAMES, hostname='web', **count))
             for count in ({'max_count': 2}, {'min_count': 2})], 'EC2A-039'))
