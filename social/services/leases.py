"""How long one call may take, and how long the claim lasts under which it is made.

A claim outlives the longest call by a margin, and the call begins within half of that margin or not at all: so whoever takes over
after a claim has run out finds the network quiet.
"""

from django.conf import settings

from social.networks.base import Network


def call_seconds(network: Network) -> float:
    """The longest that one call to `network` takes, in seconds: its own figure, capped by the installation's."""
    return min(network.call_seconds, float(settings.CALL_SECONDS))


def lease_seconds() -> float:
    """How long a claim lasts, in seconds, whatever the network."""
    return float(settings.CALL_SECONDS) + float(settings.LEASE_MARGIN_SECONDS)


def begin_seconds() -> float:
    """Within how many seconds a call that changes something must begin, once its claim was looked at."""
    return float(settings.LEASE_MARGIN_SECONDS) / 2
