"""The one clock. Everything in Rabta asks here, so that a test can shift time for all of it at once."""

import ctypes
import mmap
import os
from datetime import UTC, datetime, timedelta

from django.db import connection

_shift = timedelta(seconds=float(os.environ.get("RABTA_CLOCK_SHIFT_SECONDS", "0") or 0))


def _shared(path: str) -> ctypes.c_int64 | None:
    """Milliseconds by which a whole trial installation is ahead of real time: eight bytes of a file that all its processes map.

    The soak moves them (tests/soak/), its database's clock with them. Nothing but a test may.
    """
    if not path:
        return None
    if os.environ.get("RABTA_TEST") != "1":
        raise RuntimeError("RABTA_CLOCK_FILE moves the time of a trial installation: unset it.")
    with open(path, "r+b") as file:
        return ctypes.c_int64.from_buffer(mmap.mmap(file.fileno(), ctypes.sizeof(ctypes.c_int64)))


_ahead = _shared(os.environ.get("RABTA_CLOCK_FILE", ""))


def now() -> datetime:
    """The current moment in UTC, shifted by what a test asked for."""
    moment = datetime.now(UTC) + _shift
    return moment if _ahead is None else moment + timedelta(milliseconds=_ahead.value)


def shift(delta: timedelta) -> None:
    """Move this process's clock by `delta` from real time. For tests only."""
    global _shift  # noqa: PLW0603 - one clock, one shift
    _shift = delta


def database_now() -> datetime:
    """The database's moment in UTC. Leases are compared with this one, since two machines never agree on time.

    Runs one query. Inside a transaction it still moves (clock_timestamp, not now()).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment + _shift
