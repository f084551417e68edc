"""The default VPC that an EC2 API may give a project by itself, and its removal."""

from ec2attrs_tempest_plugin.clients.ec2 import Ec2
from ec2attrs_tempest_plugin.clients.ec2 import Refused
from ec2attrs_tempest_plugin.contract.views import objects


def remove_default(ec2: Ec2) -> None:
    """Remove the default VPC of a project that nobody else uses, if it has one.

    Its network would outlive the project. An EC2 API without VPCs has none.

    :raises BadAnswer: when it stays.
    """
    described = ec2.attempt('DescribeVpcs')
    if isinstance(described, Refused):
        return
    for vpc in objects(described.body.get('Vpcs')):
        if not vpc.get('IsDefault'):
            continue
        vpc_id = str(vpc.get('VpcId'))
        subnets = ec2.ask('DescribeSubnets', Filters=[{'Name': 'vpc-id', 'Values': [vpc_id]}])
        for subnet in objects(subnets.body.get('Subnets')):
            ec2.ask('DeleteSubnet', SubnetId=subnet.get('SubnetId'))
        gateways = ec2.ask('DescribeInternetGateways', Filters=[
            {'Name': 'attachment.vpc-id', 'Values': [vpc_id]}])
        for gateway in objects(gateways.body.get('InternetGateways')):
            gateway_id = gateway.get('InternetGatewayId')
            ec2.ask('DetachInternetGateway', InternetGatewayId=gateway_id, VpcId=vpc_id)
            ec2.ask('DeleteInternetGateway', InternetGatewayId=gateway_id)
        ec2.ask('DeleteVpc', VpcId=vpc_id)
