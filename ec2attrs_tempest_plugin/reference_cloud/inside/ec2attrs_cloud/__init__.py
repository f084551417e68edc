"""The inside of the reference cloud: runs with the cloud's own python only.

The outside (the rest of ``reference_cloud``) hands its facts over in one file, ROOT/cloud.json,
and reads what happens from the standard output of :mod:`ec2attrs_cloud.boot`.
"""
