"""Run the EC2 half of the suite against moto's server, an EC2 API with no Nova behind it.

What passes there depends on nothing that one EC2 API alone does. Keystone, Nova and the rest
are those of the reference cloud. The verdict is printed, and the results stay in DIRECTORY::

    python tools/moto_run.py DIRECTORY [PORT_OFFSET]

The exit code is that of ``ec2attrs certify``, or 3 where moto's server did not start.
"""

import configparser
import io
from pathlib import Path
import subprocess
import sys
import time

import boto3
import botocore.config
import botocore.exceptions

from ec2attrs_tempest_plugin.reference_cloud import access
from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud.cloud import ReferenceCloud

#: Beside those of the reference cloud.
PORT = 18700
#: Seconds that moto's server has to answer.
PATIENCE = 60
#: A region and a kind of instance of Amazon's.
REGION = 'us-east-1'
INSTANCE_TYPE = 't3.micro'


def main() -> int:
    """Start both, run the tests, and end both."""
    directory = Path(sys.argv[1]).resolve()
    offset = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    url = f'http://{layout.HOST}:{PORT + offset}/'
    directory.mkdir(parents=True, exist_ok=True)
    cloud = ReferenceCloud(directory / 'cloud', offset)
    with (directory / 'moto.log').open('wb') as log, subprocess.Popen(
            [str(Path(sys.executable).with_name('moto_server')), '-H', layout.HOST,
             '-p', str(PORT + offset)], stdout=log, stderr=log) as moto:
        try:
            image_id = first_image(url, moto)
            if image_id is None:
                print(f'moto_run: moto_server did not answer; see {directory / "moto.log"}',
                      file=sys.stderr)
                return 3
            cloud.up(progress=print)
            conf = directory / 'tempest.conf'
            access.write_private(conf, with_moto(access.tempest_conf(cloud), url, image_id))
            return subprocess.run(
                [str(Path(sys.executable).with_name('ec2attrs')), 'certify', '--config-file',
                 str(conf), '--workspace', str(directory / 'workspace'), '--regex',
                 'ec2attrs_tempest_plugin.tests.scenario'], check=False).returncode
        finally:
            moto.terminate()
            cloud.down()


def first_image(url: str, moto: 'subprocess.Popen[bytes]') -> str | None:
    """Return the id of an image that moto has, None where its server does not come up."""
    ec2 = boto3.client('ec2', endpoint_url=url, region_name=REGION,
                       aws_access_key_id='nobody',
                       aws_secret_access_key='-',  # noqa: S106 - moto takes any
                       config=botocore.config.Config(retries={'total_max_attempts': 1}))
    deadline = time.monotonic() + PATIENCE
    while moto.poll() is None and time.monotonic() < deadline:
        try:
            found = ec2.describe_images(Filters=[{'Name': 'image-type', 'Values': ['machine']}])
        except botocore.exceptions.EndpointConnectionError:
            time.sleep(0.2)  # it has not begun to listen yet
            continue
        return str(found['Images'][0]['ImageId'])
    return None


def with_moto(tempest_conf: str, url: str, image_id: str) -> str:
    """Return a tempest.conf with moto's server as the EC2 API."""
    parser = configparser.ConfigParser(default_section='', interpolation=None)
    parser.read_string(tempest_conf)
    parser.read_dict({'ec2attrs': {
        'ec2_url': url, 'ec2_shows_servers': 'false', 'ec2_image_id': image_id,
        'ec2_instance_type': INSTANCE_TYPE, 'ec2_region': REGION}})
    parser.remove_option('ec2attrs', 'ec2_metadata_url')
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


if __name__ == '__main__':
    sys.exit(main())
