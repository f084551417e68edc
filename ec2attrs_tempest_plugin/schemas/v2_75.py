"""Nova's answers from microversion 2.75: updates and rebuilds answer the attributes."""

from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.schemas import overlay

SINCE = visibility.Microversion(2, 75)

#: The schema of the answer to each call, for each role.
ANSWERS = overlay.answers(SINCE)
