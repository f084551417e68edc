"""``ec2attrs cloud``: start, use and stop the reference cloud."""

import argparse
from collections.abc import Callable
from pathlib import Path
import shutil
import sys
import tempfile
import time
from typing import Any

from ec2attrs_tempest_plugin.reference_cloud import access
from ec2attrs_tempest_plugin.reference_cloud import check
from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud.cloud import CloudError
from ec2attrs_tempest_plugin.reference_cloud.cloud import default_root
from ec2attrs_tempest_plugin.reference_cloud.cloud import ReferenceCloud

EXIT_NOT_RUNNING = 1
EXIT_ERROR = 3

DESCRIPTION = """\
A real OpenStack with a real EC2 API on this machine, on 127.0.0.1 alone.
"""

EPILOG = """\
examples:
  ec2attrs cloud up
        start it; the first time builds what it needs, which takes minutes
  eval "$(ec2attrs cloud env)"; openstack server list
        use it as admin
  ec2attrs cloud env --format tempest.conf --output etc/tempest.conf
        run Tempest on it
  ec2attrs cloud up --root /tmp/second --port-offset 500
        a second one beside the first
  ec2attrs cloud down
        stop it

exit codes: 0 success; 1 from "status": not all services run; 3 wrong usage,
or what was asked for could not be done (one line on stderr says why).
"""

UP_EPILOG = """\
examples:
  ec2attrs cloud up
  ec2attrs cloud up --keep
        go on with the servers and volumes of the last time
  ec2attrs cloud up --ec2-option disable_ec2_classic
        with an EC2 API that gives each project a default VPC

If the cloud runs already, that is said and the exit code is 0.
"""

ENV_EPILOG = """\
examples:
  eval "$(ec2attrs cloud env)"
  eval "$(ec2attrs cloud env --format ec2 --user member)"
  ec2attrs cloud env --format clouds.yaml --output ~/.config/openstack/clouds.yaml
  ec2attrs cloud env --format tempest.conf --output etc/tempest.conf
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to the subparsers of ``ec2attrs``."""
    parser = subparsers.add_parser(
        'cloud', help='start, use and stop the reference cloud', description=DESCRIPTION,
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest='action', metavar='ACTION', required=True)

    def add(name: str, handler: Callable[[argparse.Namespace], int], text: str,
            epilog: str | None = None) -> Any:
        action = actions.add_parser(name, help=text, description=text, epilog=epilog,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
        action.add_argument('--root', type=Path, metavar='DIR', default=default_root(),
                            help='where the cloud keeps its state and logs (default: %(default)s)')
        action.set_defaults(handler=lambda args: _one_line(handler, args))
        return action

    up = add('up', _up, 'start the cloud and wait until every API answers', UP_EPILOG)
    _add_port_offset(up)
    up.add_argument('--keep', action='store_true',
                    help='keep the state that DIR holds instead of starting afresh')
    up.add_argument('--ec2-option', action='append', choices=layout.EC2_OPTIONS, default=None,
                    dest='ec2_options', metavar='NAME',
                    help='an option of ec2-api to set to true, may be given again: '
                         f'{", ".join(layout.EC2_OPTIONS)}')
    add('down', _down, 'end what "up" started, also after a crash')
    add('status', _status, 'tell which services run')
    checking = actions.add_parser(
        'check', help="run a selection of Tempest's own tests against a cloud of its own",
        description="Run a selection of Tempest's own compute, volume and network tests against "
                    'a cloud that is started for it and stopped afterwards. The exit code is '
                    "Tempest's, or 3 where the cloud failed.")
    _add_port_offset(checking)
    checking.add_argument('--concurrency', type=int, default=2, metavar='N',
                          help='tests to run at the same time (default: %(default)s)')
    checking.set_defaults(handler=lambda args: _one_line(_check, args))
    env = add('env', _env, 'print what is needed to use the cloud', ENV_EPILOG)
    env.add_argument('--format', choices=sorted(access.FORMATS), default='openrc',
                     help='what to print (default: %(default)s)')
    env.add_argument('--user', choices=access.USERS, default='admin',
                     help='for whom (default: %(default)s)')
    env.add_argument('--output', type=Path, metavar='FILE',
                     help='write to FILE, readable for you alone, instead of printing')


def _add_port_offset(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--port-offset', type=int, default=0, metavar='N',
                        help=f'add N to every port, {layout.PORTS["keystone"]} and others '
                             '(default: %(default)s)')


def _one_line(handler: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    try:
        return handler(args)
    except CloudError as error:
        reason = str(error)
    except BrokenPipeError:
        raise  # it is about our own output: main() knows what to do
    except OSError as error:
        reason = f'{error.strerror}: {error.filename}' if error.filename else str(error)
    print(f'ec2attrs cloud: {reason}', file=sys.stderr)
    return EXIT_ERROR


def _say(line: str) -> None:
    print(line, flush=True)


def _up(args: argparse.Namespace) -> int:
    cloud = ReferenceCloud(args.root, args.port_offset)
    if cloud.is_running():
        print(f'The cloud in {cloud.root} runs already')
        return 0
    began = time.monotonic()
    cloud.up(keep=args.keep, progress=_say, ec2_options=args.ec2_options)
    print(f'The cloud is ready ({time.monotonic() - began:.0f} s). To use it: '
          f'eval "$(ec2attrs cloud env --root {cloud.root})"')
    return 0


def _down(args: argparse.Namespace) -> int:
    ended = ReferenceCloud(args.root).down(progress=_say)
    print(f'{ended} processes ended' if ended else 'Nothing was running')
    return 0


def _status(args: argparse.Namespace) -> int:
    cloud = ReferenceCloud(args.root)
    services = cloud.status()
    print(f'{"SERVICE":<10} {"STATE":<8} {"PID":>8} {"MEMORY":>8}  PORTS')
    for service in services:
        ports = ', '.join(map(str, service.ports))
        print(f'{service.name:<10} {service.state:<8} {service.pid or "-":>8} '
              f'{service.memory // 2**20:>4} MiB  {ports}')
    print(f'{"total":<28} {sum(service.memory for service in services) // 2**20:>4} MiB')
    for name, log in cloud.dead_services():
        print(f'{name} died; see {log}')
    running = all(service.state == 'running' for service in services)
    return 0 if running else EXIT_NOT_RUNNING


def _env(args: argparse.Namespace) -> int:
    text = access.FORMATS[args.format](args.root, args.user)
    if args.output is None:
        print(text, end='')
        return 0
    access.write_private(args.output, text)
    print(f'{args.output} written', file=sys.stderr)
    return 0


def _check(args: argparse.Namespace) -> int:
    directory = Path(tempfile.mkdtemp(prefix='ec2attrs-check-')).resolve()
    code = EXIT_ERROR
    try:
        code = check.run(directory, args.port_offset, args.concurrency, _say)
    finally:
        if code:
            print(f'Logs and results are in {directory}', file=sys.stderr)
        else:
            shutil.rmtree(directory)
    return code
