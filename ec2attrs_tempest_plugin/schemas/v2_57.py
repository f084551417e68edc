"""Nova's answers from microversion 2.57: a rebuild answers ``user_data``."""

from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.schemas import overlay

SINCE = visibility.Microversion(2, 57)

#: The schema of the answer to each call, for each role.
ANSWERS = overlay.answers(SINCE)
