"""What a network's headers say is left, and what follows: readers wait for the reset, and leave what senders need."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.clock import now
from social.networks.base import Network
from social.networks.values import Quota

#: Of a window that sending takes from as well, readers leave so much for it.
RESERVE = 0.1
#: What can wait (nightly and hourly looks) leaves so much of every window.
SPARE = 0.3
#: No window is longer; a header that says so is somebody's mistake.
LONGEST_SECONDS = 86_400.0


def wait_of_reader(network: Network, quota: Mapping[str, Quota]) -> float:
    """Seconds for which this channel must not be polled; 0 while enough is left."""
    waits = [
        _until_reset(left, network.poll_seconds)
        for name, left in quota.items()
        if network.polls_with(name) and _at_most(left, RESERVE if name in network.shared_quotas else 0.0)
    ]
    return max(waits, default=0.0)


def hold_of_sender(network: Network, quota: Mapping[str, Quota]) -> float:
    """Seconds for which this channel must not send, after a send whose answer said so; 0 while something is left."""
    return max((_until_reset(left, 0.0) for left in quota.values() if _at_most(left, 0.0)), default=0.0)


def nothing_to_spare(kept: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a channel's windows, as kept with its polls, are too empty for what can wait."""
    return any(_at_most(left, SPARE) and _until_reset(left, 0.0) > 0 for left in map(_quota, kept.values()))


def as_kept(left: Quota) -> dict[str, Any]:
    """A window as it is kept."""
    reset = left.resets_at.isoformat() if left.resets_at else None
    return {"limit": left.limit, "remaining": left.remaining, "resets_at": reset}


def _quota(row: Mapping[str, Any]) -> Quota:
    limit, remaining = (int(row[name]) if row.get(name) not in (None, "None") else None for name in ("limit", "remaining"))
    return Quota(limit, remaining, datetime.fromisoformat(row["resets_at"]) if row.get("resets_at") else None)


def _at_most(left: Quota, share: float) -> bool:
    return left.remaining is not None and left.remaining <= math.floor((left.limit or 0) * share)


def _until_reset(left: Quota, unknown: float) -> float:
    if left.resets_at is None:
        return unknown
    return min(max((left.resets_at - now()).total_seconds(), 0.0), LONGEST_SECONDS)
