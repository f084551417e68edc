"""Sphinx configuration of the release notes."""

project = 'ec2attrs-tempest-plugin release notes'
author = 'OpenStack contributors'
copyright = author  # noqa: A001
extensions = ['openstackdocstheme', 'reno.sphinxext']
html_theme = 'openstackdocs'
openstackdocs_auto_name = False
openstackdocs_use_storyboard = False
