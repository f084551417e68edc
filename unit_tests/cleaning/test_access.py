from pathlib import Path
import tempfile
from typing import Any
from unittest import mock

from tempest.lib import auth
from tempest.lib import exceptions as lib_exc
import testtools
import urllib3

from ec2attrs_tempest_plugin.cleaning import access
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.contract.outcomes import Code

CONF = """\
[auth]
admin_username = admin
admin_password = pa$$word
admin_project_name = admin
[identity]
uri_v3 = https://keystone:5000/v3
ca_certificates_file = /etc/ca.pem
"""


class Case(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        self.path = self.root / 'tempest.conf'
        self.asked: list[tuple[Any, dict[str, Any]]] = []
        self.roles = ['admin']
        self.patch(auth, 'KeystoneV3AuthProvider', self.provider)

    def provider(self, credentials: Any, uri: str, **more: Any) -> mock.Mock:
        """Return tokens as Keystone gives them."""
        self.asked.append((credentials, {'uri': uri, **more}))
        if credentials.password == 'wrong':
            raise lib_exc.Unauthorized('no')
        if credentials.password == 'dead':
            raise OSError('refused')
        if credentials.password == 'later':
            raise errors.CloudError(Code.RATE_LIMIT, 'status 429')
        told: dict[str, Any] = {
            'user': {'id': 'u'}, 'roles': [{'name': each} for each in self.roles]}
        if credentials.password != 'unscoped':
            told['project'] = {'id': f'of {credentials.username}'}
        return mock.Mock(get_auth=lambda: ('token', told), credentials=credentials,
                         base_url=mock.Mock(side_effect=lib_exc.EndpointNotFound('ec2')))

    def people(self, text: str) -> list[access.Person]:
        self.path.write_text(text)
        return access.people(access.read(self.path))

    def why_not(self, text: str) -> str:
        return str(self.assertRaises(access.NotUsable, self.people, text))


class AdministratorTest(Case):

    def test_as_tempest_reads_it(self) -> None:
        [person] = self.people(CONF)
        [(credentials, more)] = self.asked
        self.assertEqual(('admin', 'pa$word', 'admin', 'Default', 'Default'), (
            credentials.username, credentials.password, credentials.project_name,
            credentials.user_domain_name, credentials.project_domain_name))
        self.assertEqual('/etc/ca.pem', more['ca_certs'])
        self.assertFalse(more['disable_ssl_certificate_validation'])
        self.assertTrue(person.admin)
        self.assertEqual('of admin', person.project_id)
        self.assertEqual('', person.ec2_url)

    def test_certificates_are_not_checked_where_that_is_said(self) -> None:
        self.people(CONF + 'disable_ssl_certificate_validation = true\n')
        self.assertTrue(self.asked[0][1]['disable_ssl_certificate_validation'])

    def test_a_token_that_cannot_be_renewed(self) -> None:
        [person] = self.people(CONF)
        for error in (lib_exc.Unauthorized('no'), urllib3.exceptions.HTTPError('no')):
            person.session.request = mock.Mock(  # type: ignore[method-assign]
                side_effect=error)
            self.assertIn('GET compute /servers: Keystone gives no token', str(
                self.assertRaises(errors.BadAnswer, person.ask, 'compute', 'GET', '/servers?a=b',
                                  expect=(200,))))

    def test_not_usable(self) -> None:
        for text, why in (
                ('[auth]\n', 'there is no administrator'),
                (CONF.replace('uri_v3', 'xuri'), 'set [identity] uri_v3'),
                (CONF.replace('pa$$word', 'wrong'), 'does not take the username and password'),
                (CONF.replace('pa$$word', 'unscoped'), 'a token without a project'),
                (CONF.replace('pa$$word', 'dead').replace('https:', 'http:'),
                 'gives admin no token: refused (OSError)'),
                ('no section\n', 'cannot be used as tempest.conf'),
                (CONF.replace('pa$$word', 'later'), 'gives admin no token: status 429'),
                (CONF + '[compute]\nbuild_timeout = soon\n', 'cannot be used as tempest.conf')):
            self.assertIn(why, self.why_not(text), text)

    def test_file_of_certificates_is_named(self) -> None:
        dead = CONF.replace('pa$$word', 'dead')
        self.assertEqual('[identity] ca_certificates_file /etc/ca.pem cannot be used: No such '
                         'file or directory', self.why_not(dead))
        self.assertIn('refused', self.why_not(dead.replace('https:', 'http:')))

    def test_a_password_is_in_no_message(self) -> None:
        self.assertNotIn('wrong', self.why_not(CONF.replace('pa$$word', 'wrong')))


class AccountsTest(Case):

    def setUp(self) -> None:
        super().setUp()
        self.roles = ['member']
        self.accounts = self.root / 'accounts.yaml'
        self.text = (f'[auth]\nuse_dynamic_credentials = false\n'
                     f'test_accounts_file = {self.accounts}\n'
                     f'[identity]\nuri_v3 = http://keystone/v3\n')

    def test_each_is_asked_for_once(self) -> None:
        self.accounts.write_text(
            '- {username: a, password: x, project_name: p, user_domain_name: d, roles: [member]}\n'
            '- {username: b, tenant_name: q, password: y, resources: {network: n}}\n'
            '- {username: a, password: x, project_name: p}\n')
        found = self.people(self.text)
        self.assertEqual(['a', 'b'], [each.name for each in found])
        self.assertEqual([False, False], [each.admin for each in found])
        self.assertEqual(['d', 'Default', 'Default'],
                         [credentials.user_domain_name for credentials, _ in self.asked])
        self.assertEqual('q', self.asked[1][0].project_name)

    def test_not_usable(self) -> None:
        for content in ('', '7', '[]', '[7]', '{a: 1}', '- [', '!!python/object:os.system {}'):
            self.accounts.write_text(content)
            self.assertIn(str(self.accounts), self.why_not(self.text), content)
        self.accounts.unlink()
        self.assertIn('FileNotFoundError', self.why_not(self.text))
        self.assertIn('test_accounts_file is not set', self.why_not(
            '[auth]\nuse_dynamic_credentials = false\n'))
