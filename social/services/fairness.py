"""Fair turns: a workspace that has a reader, or a sender, at work makes way while another waits and has none.

So a workspace with two hundred due channels takes every free hand when it is alone, and one hand when it is not. Whoever makes way
serves the one that waits, however many bells lie before that one's: it waits until a hand is free, one call's time at the longest.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of work of which each workspace gets its share."""

    #: Told apart from other advisory locks by this number.
    number: int
    under_way: str
    waiting: str


READING = Line(
    71,
    "SELECT count(*) FROM social_pull WHERE workspace_id = %s AND leased_until > clock_timestamp()",
    "SELECT workspace_id, channel_id FROM social_waiting_readers(%s)",
)
SENDING = Line(
    72,
    "SELECT count(*) FROM social_delivery WHERE workspace_id = %s AND state = 'sending' AND leased_until > clock_timestamp()",
    "SELECT workspace_id, channel_id FROM social_waiting_senders(%s)",
)


def comes_first(cursor: Any, line: Line, workspace_id: int) -> tuple[int, int] | None:
    """(workspace, channel) of another workspace to which this one must leave its turn, in the transaction of its claim; or None.

    Two or three queries. Claims of one workspace stand in line here, so that two at once do not both count as its first.
    """
    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s::integer)", [line.number, workspace_id % 2**31])
    cursor.execute(line.under_way, [workspace_id])
    if not cursor.fetchone()[0]:
        return None
    cursor.execute(line.waiting, [workspace_id])
    row = cursor.fetchone()
    return (row[0], row[1]) if row else None


@contextmanager
def serving(workspace_id: int) -> Iterator[None]:
    """The log's lines inside are about this workspace, whichever one the job was rung for."""
    with structlog.contextvars.bound_contextvars(workspace=workspace_id):
        yield
