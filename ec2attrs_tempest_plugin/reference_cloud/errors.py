"""The one error of the reference cloud."""


class CloudError(Exception):
    """One clear line: what happened, and what to do or where the log is."""
