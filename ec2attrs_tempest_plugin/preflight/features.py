"""The features that options of Tempest rule out; tests that need one skip then."""

from ec2attrs_tempest_plugin.preflight.report import Learned
from ec2attrs_tempest_plugin.preflight.settings import Settings

#: The needs of tests, with the option that rules each out and the value that does so.
FEATURES = {
    **{name: ('compute-feature-enabled', name, False)
       for name in ('pause', 'suspend', 'shelve', 'rescue', 'snapshot', 'resize')},
    'multiattach': ('compute-feature-enabled', 'volume_multiattach', False),
    'nova-quotas': ('compute-feature-enabled', 'unified_limits', True),
    'volume-snapshots': ('volume-feature-enabled', 'snapshot', False)}


def features(settings: Settings) -> Learned:
    """Return which features no option rules out."""
    learned = Learned()
    for need, (group, option, value) in FEATURES.items():
        if settings.rules_out(group, option, value):
            learned.warn(need, f'[{group}] {option} is {str(value).lower()}', need)
        else:
            learned.have.add(need)
    return learned
