"""Sphinx configuration of the documentation."""

from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).parents[1] / 'ext'))

project = 'ec2attrs-tempest-plugin'
author = 'OpenStack contributors'
copyright = author  # noqa: A001
extensions = ['openstackdocstheme', 'oslo_config.sphinxext', 'contract_tables']
html_theme = 'openstackdocs'
openstackdocs_auto_name = False
openstackdocs_use_storyboard = False
nitpicky = True
