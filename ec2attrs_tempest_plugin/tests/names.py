"""What the suite calls the things that it makes, and what it adds to user data."""

from tempest import config
from tempest.lib.common.utils import data_utils

from ec2attrs_tempest_plugin.contract import challenge

CONF = config.CONF


def new() -> str:
    """Return a name, or a client token, that nothing else has; it answers the challenge if any.

    It begins as everything does that the run makes, so that nothing of another run is taken for
    its own.
    """
    prefix = CONF.resource_name_prefix
    if not CONF.ec2attrs.challenge:
        return data_utils.rand_name('ec2attrs', prefix=prefix)
    word = challenge.new_word(CONF.ec2attrs.challenge)
    return f'{prefix}-{word}' if prefix else word


def user_data(content: bytes) -> bytes:
    """Return content to be sent as user data, with an answer to the challenge if there is one."""
    if not CONF.ec2attrs.challenge:
        return content
    return content + b'\n' + challenge.new_word(CONF.ec2attrs.challenge).encode()
