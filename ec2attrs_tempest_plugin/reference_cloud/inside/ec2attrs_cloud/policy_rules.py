"""Load a project's policy rules before its first request.

A project loads them in its first request, unlocked: a second request at the same moment finds an
enforcer without rules and is refused with 403.
"""

import sys


def load() -> None:
    """Load the rules of the project that this process holds."""
    if 'neutron.server' in sys.modules:
        from neutron import policy as neutron_policy
        neutron_policy.init()
    elif 'cinder.wsgi' in sys.modules:
        from cinder import policy as cinder_policy
        cinder_policy.init()
    elif 'keystone.server' in sys.modules:
        from keystone.common.rbac_enforcer import enforcer
        enforcer.RBACEnforcer()._enforcer.load_rules()
