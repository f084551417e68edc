"""Nova's answers from microversion 2.3, which brought the EC2 attributes."""

from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.schemas import overlay

SINCE = visibility.Microversion(2, 3)

#: The schema of the answer to each call, for each role.
ANSWERS = overlay.answers(SINCE)
