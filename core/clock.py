"""The one clock. Everything in Rabta asks here, so that a test can shift time for all of it at once."""

import os
from datetime import UTC, datetime, timedelta

from django.db import connection

_shift = timedelta(seconds=float(os.environ.get("RABTA_CLOCK_SHIFT_SECONDS", "0") or 0))


def now() -> datetime:
    """The current moment in UTC, shifted by what a test asked for."""
    return datetime.now(UTC) + _shift


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
