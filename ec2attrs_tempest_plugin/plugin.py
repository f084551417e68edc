"""What Tempest asks of a plugin."""

import os

from oslo_config import cfg
from tempest import config
from tempest.test_discover import plugins

from ec2attrs_tempest_plugin import config as plugin_config


class Ec2AttrsPlugin(plugins.TempestPlugin):
    """Registers the tests and the options with Tempest."""

    def load_tests(self) -> tuple[str, str]:
        """Return the directory of the tests and the one that imports start from."""
        here = os.path.dirname(os.path.abspath(__file__))
        return os.path.join(here, 'tests'), os.path.dirname(here)

    def register_opts(self, conf: cfg.ConfigOpts) -> None:
        """Make ``[ec2attrs]`` known."""
        config.register_opt_group(
            conf, plugin_config.ec2attrs_group, plugin_config.Ec2AttrsGroup)

    def get_opt_lists(self) -> list[tuple[str, list[cfg.Opt]]]:
        """Return the options for a sample configuration."""
        return plugin_config.list_opts()
