"""The options of the plugin, all of them optional."""

from oslo_config import cfg

ec2attrs_group = cfg.OptGroup(
    name='ec2attrs', title='EC2 attributes of servers',
    help='What the suite cannot learn from the catalogue or from the options of Tempest itself.')

Ec2AttrsGroup = [
    cfg.URIOpt(
        'ec2_url', schemes=['http', 'https'],
        help='URL of the EC2 API. Unset: the endpoint of type "ec2" in the catalogue of '
             'Keystone. Where there is neither, the tests of EC2 are skipped and say so.'),
    cfg.StrOpt(
        'ec2_endpoint_type', choices=['public', 'internal', 'admin', 'publicURL', 'internalURL',
                                      'adminURL'],
        help='Interface of the endpoint of type "ec2" in the catalog. Unset: that of [compute] '
             'endpoint_type.'),
    cfg.StrOpt(
        'ec2_access_key',
        help='Access key of EC2 credentials that the operator issued for the project in which '
             'the tests run, where users may not create any. Unset: the suite creates EC2 '
             'credentials through Keystone and deletes them. With it, give one account alone.'),
    cfg.StrOpt(
        'ec2_secret_key', secret=True, help='Secret key that belongs to ec2_access_key.'),
    cfg.StrOpt(
        'ec2_region',
        help='Region that requests to the EC2 API are signed for. Unset: [identity] region.'),
    cfg.BoolOpt(
        'ec2_shows_servers', default=True,
        help='Whether the EC2 API shows servers that were booted through Nova. False for an EC2 '
             'API without a Nova behind it: what compares the two is skipped and says so, and '
             'what is about the form of EC2 alone is tested.'),
    cfg.StrOpt(
        'ec2_image_id',
        help='Id that the EC2 API has for an image from which it can launch instances. Unset: '
             'that of the image that has the name of [compute] image_ref.'),
    cfg.StrOpt(
        'ec2_instance_type',
        help='Name that the EC2 API has for the kind of instance to launch. Unset: the name of '
             '[compute] flavor_ref.'),
    cfg.URIOpt(
        'ec2_metadata_url', schemes=['http', 'https'],
        help='URL of the metadata service of the EC2 API, to which requests are sent as to that '
             'of Nova: http://host:8789. Unset: the tests that compare the two are skipped and '
             'say so.'),
    cfg.StrOpt(
        'kernel_ramdisk_image_ref',
        help='Id of an image with the properties kernel_id and ramdisk_id, from which a '
             'server can boot. Unset: the tests that need one are skipped and say so.'),
    cfg.StrOpt(
        'private_dns_name', default='hostname',
        choices=[('hostname', 'the hostname of the server, as in the specification'),
                 ('address', 'its private address, as ec2_private_dns_show_ip of ec2-api')],
        help='What the EC2 API of this cloud shows as PrivateDnsName.'),
    cfg.StrOpt(
        'challenge',
        help='What a certifier gave for this run: words made of it go into the names, the user '
             'data and the client tokens that the suite sends, and show in the evidence that it '
             'was made afterwards. "ec2attrs certify --challenge" sets it.'),
    cfg.URIOpt(
        'metadata_url', schemes=['http', 'https'],
        help='URL of the metadata service of Nova, where the metadata proxy of Neutron sends '
             'its requests: http://host:8775. Unset: the tests of the metadata service are '
             'skipped and say so.'),
    cfg.StrOpt(
        'metadata_proxy_shared_secret', secret=True,
        help='What such requests are signed with, the option of the same name in [neutron] of '
             'nova.conf. Unset: the tests of the metadata service are skipped and say so.'),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the options by group, for the generator of oslo.config."""
    return [(ec2attrs_group.name, list(Ec2AttrsGroup))]
