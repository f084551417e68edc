"""Run a selection of Tempest's own tests against a cloud of its own: can it be believed?"""

import os
from pathlib import Path
import subprocess
import sys

from ec2attrs_tempest_plugin.reference_cloud import access
from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud.artifact import Say
from ec2attrs_tempest_plugin.reference_cloud.cloud import ReferenceCloud
from ec2attrs_tempest_plugin.reference_cloud.errors import CloudError

SELECTION = layout.PACKAGE / 'cloud_check.txt'


def _tempest(*arguments: str, directory: Path) -> int:
    variables = {name: value for name, value in os.environ.items()
                 if not name.startswith(('TEMPEST_', 'OS_'))}
    return subprocess.run([sys.executable, '-m', 'tempest.cmd.main', *arguments], cwd=directory,
                          env=variables).returncode


def run(directory: Path, port_offset: int, concurrency: int, say: Say) -> int:
    """Run the selection with a cloud and a workspace in *directory*; return Tempest's exit code.

    Raises CloudError where the cloud does not start or one of its services dies.
    """
    cloud = ReferenceCloud(directory / 'cloud', port_offset)
    cloud.up(progress=say)
    try:
        workspace = directory / 'workspace'
        # Registered here, not in the user's list of workspaces.
        if _tempest('init', '--workspace-path', str(directory / 'workspaces.yaml'),
                    str(workspace), directory=directory):
            raise CloudError(f'"tempest init {workspace}" failed')
        access.write_private(workspace / 'etc' / 'tempest.conf',
                             access.tempest_conf(cloud, for_tempest=True))
        code = _tempest('run', '--include-list', str(SELECTION), '--concurrency',
                        str(concurrency), directory=workspace)
        for name, log in cloud.dead_services():
            raise CloudError(f'{name} died during the tests; see {log}')
        return code
    finally:
        cloud.down()
