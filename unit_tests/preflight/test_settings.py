"""What is read of a tempest.conf, and what is refused."""

from pathlib import Path
import tempfile

from tempest import config
import testtools

from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.preflight import settings

CONF = """
[auth]
use_dynamic_credentials = false
test_accounts_file = {accounts}
[identity]
uri_v3 = http://h:5000/v3/
"""
ACCOUNT = '{username: a, password: s3cret, project_name: p, roles: [member]}'


class SettingsTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.base = Path(directory.name)

    def read(self, conf: str, accounts: str = f'[{ACCOUNT}]') -> settings.Settings:
        (self.base / 'accounts.yaml').write_text(accounts)
        path = self.base / 'tempest.conf'
        path.write_text(conf.format(accounts=self.base / 'accounts.yaml'))
        return settings.read(path)

    def refused(self, conf: str, accounts: str = f'[{ACCOUNT}]') -> str:
        return str(self.assertRaises(settings.Unusable, self.read, conf, accounts))

    def test_options_are_those_of_tempest(self) -> None:
        theirs = {(getattr(group, 'name', group), option.dest): option
                  for group, options in config.list_opts() for option in options}
        for group, options in settings.OPTIONS.items():
            for option in options if group != 'oslo_concurrency' else ():
                their = theirs[group, option.dest]
                self.assertEqual((their.default, their.secret, type(their.type).__name__),
                                 (option.default, option.secret, type(option.type).__name__),
                                 f'[{group}] {option.dest}')

    def test_accounts(self) -> None:
        read = self.read(CONF)
        self.assertFalse(read.dynamic)
        self.assertEqual('http://h:5000/v3', read.auth_url)
        self.assertEqual(
            (settings.Credentials('a', 's3cret', 'p', 'Default', 'Default', '', ('member',)),),
            read.people)
        self.assertIsNone(read.locks)
        self.assertEqual([], read.used)

    def test_administrator(self) -> None:
        read = self.read('[auth]\nadmin_username=a\nadmin_password=s$$\nadmin_project_name=p\n'
                         'admin_domain_name=d\n[identity]\nuri=http://h/v2.0\n'
                         '[compute]\nmax_microversion=2.53\n[oslo_concurrency]\nlock_path=/l\n')
        self.assertTrue(read.dynamic)
        self.assertEqual('http://h/v3', read.auth_url)
        self.assertEqual((settings.Credentials('a', 's$', 'p', 'd', 'd'),), read.people)
        self.assertEqual(Microversion(2, 53), read.newest)
        self.assertEqual(Path('/l'), read.locks)
        self.assertEqual([], read.used)

    def test_no_administrator_and_no_accounts(self) -> None:
        self.assertIn('admin_username and admin_password', self.refused(
            '[auth]\nadmin_project_name=p\n[identity]\nuri_v3=http://h\n'))
        self.assertIn('no test_accounts_file', self.refused(
            '[auth]\nuse_dynamic_credentials=false\n[identity]\nuri_v3=http://h\n'))

    def test_what_is_no_tempest_conf(self) -> None:
        for conf, what in (
                ('[auth]\n', 'uri_v3'), ('no section\n', 'cannot be used'),
                (CONF.replace('uri_v3', 'nothing'), 'uri_v3'),
                (CONF + '[volume]\nvolume_size=big\n', 'cannot be used'),
                (CONF + '[compute]\nmax_microversion=new\n', 'cannot be used'),
                (CONF + '[ec2attrs]\nec2_url=ftp://h\n', 'cannot be used'),
                (CONF + 'x = y\n' * 300000, 'too large')):
            self.assertIn(what, self.refused(conf))
        self.assertRaises(settings.Unusable, settings.read, self.base / 'nowhere.conf')

    def test_what_are_no_accounts(self) -> None:
        for accounts, what in (
                ('', 'no list'), ('{}', 'no list'), ('[]', 'no list'), ('[1]', 'is none'),
                ('[{username: a}]', 'no password'), ('[{', 'no YAML'),
                (ACCOUNT.replace('{', '[{').replace('}', '}]').replace('s3cret', '5'),
                 'no password'),
                ('!!python/object/apply:os.system ["false"]', 'no YAML'),
                ('#' * 2000000, 'too large')):
            said = self.refused(CONF, accounts)
            self.assertIn(what, said)
            self.assertNotIn('s3cret', said)
        (self.base / 'tempest.conf').write_text(CONF.format(accounts=self.base / 'nowhere'))
        error = self.assertRaises(settings.Unusable, settings.read, self.base / 'tempest.conf')
        self.assertIn('nowhere', str(error))
