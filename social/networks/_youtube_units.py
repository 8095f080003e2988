"""What is left of YouTube's units, counted by ourselves: no answer's headers say it.

developers.google.com/youtube/v3/getting-started#quota and …/determine_quota_cost, read 2026-11: 10,000 units a day for the whole
project, which is this installation with all its channels; reading costs 1, writing a comment 50; the day ends at midnight Pacific
time. The count lies in Valkey. When that forgets, the meter shows too much until YouTube itself says that nothing is left.
"""

import hashlib

from django.conf import settings
from django.core.cache import cache

from core.clock import now
from social.networks._google_wire import day_of, next_day
from social.networks.values import Quota

UNITS = "units"
READ_COST = 1
WRITE_COST = 50
_KEPT_SECONDS = 2 * 86_400


def _key() -> str:
    project = hashlib.sha256(settings.GOOGLE_CLIENT_ID.encode()).hexdigest()[:12]
    return f"youtube-units:{project}:{day_of(now())}"


def spend(units: int) -> None:
    """Count a question that is about to be put."""
    key = _key()
    cache.add(key, 0, _KEPT_SECONDS)
    try:
        cache.incr(key, units)
    except ValueError:  # forgotten between the two lines
        cache.set(key, units, _KEPT_SECONDS)


def use_up() -> None:
    """YouTube says that nothing is left, whatever was counted."""
    cache.set(_key(), settings.YOUTUBE_DAILY_UNITS, _KEPT_SECONDS)


def left() -> int:
    """So many units are left today."""
    used = cache.get(_key())
    return max(0, settings.YOUTUBE_DAILY_UNITS - (used if isinstance(used, int) else 0))


def quota() -> Quota:
    """The meter."""
    return Quota(limit=settings.YOUTUBE_DAILY_UNITS, remaining=left(), resets_at=next_day(now()))
