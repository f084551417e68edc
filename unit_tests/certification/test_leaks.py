from pathlib import Path
import tempfile

import testtools

from ec2attrs_tempest_plugin.certification import leaks

CONFIG = """
[auth]
admin_password = %(correct-horse
admin_username = administrator
test_accounts_file = {accounts}
[ec2attrs]
aws_secret = battery-staple
aws_secret_key = another-battery
short_password = seven77
[identity]
password_hint = not-a-secret-of-ours
"""
ACCOUNTS = """
- username: 'one'
  password: 'accounts-one'
- {"username": "two", "password": "accounts-two"}
- username: three
  password: short
- {password: eight888}
"""


class LeaksTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.config = Path(directory.name, 'tempest.conf')
        self.accounts = Path(directory.name, 'accounts.yaml')
        self.config.write_text(CONFIG.format(accounts=self.accounts))

    def test_secrets_of_the_configuration(self) -> None:
        self.assertEqual({
            '[auth] admin_password': b'%(correct-horse',
            '[ec2attrs] aws_secret': b'battery-staple',
            '[ec2attrs] aws_secret_key': b'another-battery'}, leaks.known(self.config))

    def test_secrets_of_the_accounts(self) -> None:
        self.accounts.write_text(ACCOUNTS)
        found = leaks.known(self.config)
        self.assertEqual({'password 1 of the accounts': b'accounts-one',
                          'password 2 of the accounts': b'accounts-two',
                          'password 4 of the accounts': b'eight888'},
                         {key: value for key, value in found.items() if 'accounts' in key})

    def test_no_configuration(self) -> None:
        self.assertEqual({}, leaks.known(self.config / 'none'))

    def test_length_that_counts(self) -> None:
        self.config.write_text('[auth]\npassword = 12345678\nother_password = 1234567\n')
        self.assertEqual({'[auth] password': b'12345678'}, leaks.known(self.config))

    def test_options_that_are_there_twice(self) -> None:
        self.config.write_text('[auth]\npassword = first-one\npassword = second-one\n[auth]\n')
        self.assertEqual({'[auth] password': b'second-one'}, leaks.known(self.config))

    def test_found(self) -> None:
        files = {'b': b'x battery-staple y', 'a': b'battery-staple', 'c': b'battery staple'}
        found = list(leaks.found(files, {'[ec2attrs] aws_secret': b'battery-staple'}))
        self.assertEqual(['a holds [ec2attrs] aws_secret', 'b holds [ec2attrs] aws_secret'], found)

    def test_what_looks_like_a_secret(self) -> None:
        token = b'gAAAAABm' + b'aZ09_-' * 12 + b'='
        key = b'-----BEGIN OPENSSH PRIVATE KEY-----'
        self.assertEqual(
            ['a holds a token of Keystone', 'b holds a private key', 'c holds a private key'],
            list(leaks.found({'a': b'"' + token + b'"', 'b': key,
                              'c': b'-----BEGIN PRIVATE KEY-----', 'd': token[:40],
                              'e': b'-----BEGIN PUBLIC KEY-----'}, {})))
