"""Time and the ids made from it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

# Start of the snowflake calendar, 2010-11-04T01:42:54.657Z in milliseconds (X's published id format).
SNOWFLAKE_EPOCH_MS = 1288834974657
LOW_BITS = 22
MAX_ID = 2**63 - 1


_ahead_ms = 0


def now_ms() -> int:
    """Milliseconds since 1970, UTC, moved by what the control API was told."""
    return time.time_ns() // 1_000_000 + _ahead_ms


def set_ahead(ms: int) -> None:
    """Live so many milliseconds ahead of real time from now on."""
    global _ahead_ms  # noqa: PLW0603 - one clock
    _ahead_ms = ms


def id_floor(ms: int) -> int:
    """The smallest snowflake of that millisecond."""
    return max(0, ms - SNOWFLAKE_EPOCH_MS) << LOW_BITS


def ms_of_id(snowflake: int) -> int:
    """The millisecond a snowflake was made in."""
    return (snowflake >> LOW_BITS) + SNOWFLAKE_EPOCH_MS


def parse_time(value: str) -> int:
    """Milliseconds of an ISO 8601 time with zone (`Z` or an offset). Raises `ValueError` otherwise."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("time has no zone")
    return round(moment.timestamp() * 1000)


def format_time(ms: int, *, fractions: bool = True) -> str:
    """X's time format; without `fractions` it is the shape that crashes tweepy's models (networks.md, pitfall 2)."""
    moment = datetime.fromtimestamp(ms / 1000, tz=UTC)
    if fractions:
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


class Snowflakes:
    """Hands out time-ordered ids, never one twice, also across restarts and backward steps of the clock."""

    def __init__(self, last_id: int) -> None:
        self._last = last_id
        self._imported = 0

    def next(self) -> int:
        """An id of this moment, greater than every id given before."""
        self._last = max(self._last + 1, id_floor(now_ms()))
        return self._last

    def at(self, ms: int) -> int:
        """An id for something that happened at `ms`; two calls for one millisecond differ."""
        self._imported = (self._imported + 1) % (1 << LOW_BITS)
        return id_floor(ms) | self._imported

    def seen(self, snowflake: int) -> None:
        """Keep later ids above an imported one, unless it lies in the future."""
        if snowflake < id_floor(now_ms()):
            self._last = max(self._last, snowflake)
