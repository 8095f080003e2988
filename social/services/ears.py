"""Who listens to which channel: leases of listeners, what they hold, and what their bells do to polls.

A bell stores nothing but that a poll is due, so a lost, doubled or late one loses and doubles nothing. While a channel's ear is
open its polls are rarer (`pulling.py` asks for `ALIVE`); when it closes, however that happens, one is due at once.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import connection

from core.jobs import ring
from core.tenancy import tenant
from social.networks import networks
from social.networks.errors import NetworkError, TryLater, Unauthorized, Unsupported
from social.networks.features import Capability

#: The ear that a listener's write is about: workspace, channel, listener, fence (`w`, `c`, `listener`, `fence`).
Key = Mapping[str, int]
Telling = Callable[[Key], bool]

#: Between two tries, doubled from the first to the last, half as much more or less at random: a network that comes back is not
#: called by everybody at once.
FIRST_SECONDS = 1.0
LONGEST_SECONDS = 300.0
#: Until a server is asked again that has no stream, or that refuses the tokens; a poll finds out about those, and says so.
ABSENT_SECONDS = 3600.0
REFUSED_SECONDS = 300.0

SIGN_IN = "INSERT INTO social_listener (leased_until) VALUES (clock_timestamp() + %s * interval '1 second') RETURNING id"
BEAT = """
UPDATE social_listener SET leased_until = clock_timestamp() + %s * interval '1 second'
WHERE id = %s AND leased_until > clock_timestamp()
"""
FORGET = "DELETE FROM social_listener WHERE id = %s OR leased_until < clock_timestamp() - interval '1 hour'"
#: A channel's ear that somebody holds, of `e`.
HELD = "EXISTS (SELECT 1 FROM social_listener l WHERE l.id = e.listener_id AND l.leased_until > clock_timestamp())"
#: A channel `p` that is listened to.
ALIVE = f"""EXISTS (SELECT 1 FROM social_ear e WHERE e.workspace_id = p.workspace_id AND e.channel_id = p.channel_id
                    AND e.opened_at IS NOT NULL AND {HELD})"""
CLAIM = f"""
INSERT INTO social_ear AS e (workspace_id, channel_id, listener_id, fence, bells_total, due_at, failures, error_code, error)
SELECT c.workspace_id, c.id, %(listener)s, 1, 0, clock_timestamp(), 0, '', '' FROM social_channel c
WHERE c.workspace_id = %(w)s AND c.id = %(c)s AND c.state = 'connected'
ON CONFLICT (workspace_id, channel_id) DO UPDATE SET listener_id = excluded.listener_id, fence = e.fence + 1, opened_at = NULL
WHERE e.due_at <= clock_timestamp() AND NOT {HELD}
RETURNING e.fence, (SELECT network FROM social_channel WHERE workspace_id = %(w)s AND id = %(c)s)
"""
MINE = "workspace_id = %(w)s AND channel_id = %(c)s AND listener_id = %(listener)s AND fence = %(fence)s"
OPENED = f"UPDATE social_ear SET opened_at = clock_timestamp(), error_code = '', error = '' WHERE {MINE}"
HEARD = f"UPDATE social_ear SET heard_at = clock_timestamp(), bells_total = bells_total + 1 WHERE {MINE}"
CLOSED = f"""
UPDATE social_ear SET listener_id = NULL, opened_at = NULL,
       failures = CASE WHEN %(lasted)s THEN 0 ELSE least(failures + 1, 1000) END,
       error_code = %(code)s, error = %(error)s, due_at = clock_timestamp() + interval '1 second' * greatest(%(least)s,
           least(%(first)s * power(2, CASE WHEN %(lasted)s THEN 0 ELSE least(failures, 20) END), %(longest)s) * %(chance)s)
WHERE {MINE}
"""
LOST = f"""
UPDATE social_ear e SET listener_id = NULL, opened_at = NULL
WHERE workspace_id = %s AND channel_id = %s AND opened_at IS NOT NULL AND NOT {HELD}
"""
LET_GO = """
UPDATE social_ear SET listener_id = NULL, fence = fence + 1, opened_at = NULL, failures = 0, due_at = clock_timestamp()
WHERE workspace_id = %s AND channel_id = %s
"""
#: Due at once, unless reading is in trouble or waits for a limit; a poll under way is followed by another one.
RING = """
UPDATE social_pull SET rung = true, due_at = CASE WHEN failures > 0 OR not_before > clock_timestamp() THEN due_at
       ELSE least(due_at, clock_timestamp()) END
WHERE workspace_id = %s AND channel_id = %s
RETURNING due_at <= clock_timestamp()
"""


def streaming() -> list[str]:
    """The networks that can be listened to."""
    return [slug for slug, network in networks().items() if Capability.STREAMING in network.capabilities]


# --- the process ------------------------------------------------------------------------------------------------------
def sign_in() -> int:
    """A new listener, under a lease of its own. Returns its number."""
    with connection.cursor() as cursor:
        cursor.execute(SIGN_IN, [settings.LISTENER_LEASE_SECONDS])
        return int(cursor.fetchone()[0])


def beat(listener: int) -> bool:
    """Go on being there. False when that comes too late: whatever it held may be somebody else's."""
    with connection.cursor() as cursor:
        cursor.execute(BEAT, [settings.LISTENER_LEASE_SECONDS, listener])
        return bool(cursor.rowcount == 1)


def leave(listener: int) -> None:
    """What it held is free for others at once. Rows of listeners that died are swept up with it."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [listener])


def held(listener: int) -> dict[tuple[int, int], int]:
    """(workspace, channel) → fence of what this listener holds and still should. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, channel_id, fence FROM social_held_ears(%s)", [listener])
        return {(row[0], row[1]): row[2] for row in cursor.fetchall()}


def waiting(*, limit: int) -> list[tuple[int, int]]:
    """(workspace, channel) of what nobody listens to and somebody should, in fair turns. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, channel_id FROM social_waiting_ears(%s, %s)", [streaming(), limit])
        return [(row[0], row[1]) for row in cursor.fetchall()]


# --- one ear ----------------------------------------------------------------------------------------------------------
def claim(listener: int, *, workspace_id: int, channel_id: int) -> tuple[int, str] | None:
    """The right to listen to one channel: its fence and its network; None when somebody else has it, or nobody should."""
    with tenant(workspace_id), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"listener": listener, "w": workspace_id, "c": channel_id})
        row: tuple[int, str] | None = cursor.fetchone()
    return row


def opened(key: Key) -> bool:
    """The connection is open: from now on polls are rarer, and what came before it is read. False when it is no longer ours."""
    return _told(key, OPENED)


def rang(key: Key) -> bool:
    """The network said something: a poll is due. False when the ear is no longer ours."""
    return _told(key, HEARD)


def _told(key: Key, sql: str) -> bool:
    with tenant(key["w"]), connection.cursor() as cursor:
        cursor.execute(sql, key)
        if cursor.rowcount != 1:
            return False
        _ring(cursor, key["w"], key["c"])
    return True


def closed(key: Key, error: NetworkError | None, *, was_open: bool, lasted: bool) -> None:
    """It is over, for the reason given or because we want it so; somebody may try again later, after `lasted` at once.

    When it was open, a poll is due at once, and polls are as frequent again as without it. So it is after a refusal of the tokens:
    the poll finds that out too, and says so where people look.
    """
    code, words = (error.code[:40], str(error.reason)) if error is not None else ("", "")
    chance = random.uniform(0.5, 1.5)  # noqa: S311 - it spreads tries and hides nothing
    facts = {"first": FIRST_SECONDS, "longest": LONGEST_SECONDS, "chance": chance, "least": _least(error)}
    with tenant(key["w"]), connection.cursor() as cursor:
        cursor.execute(CLOSED, {**key, **facts, "lasted": lasted, "code": code, "error": words})
        if cursor.rowcount == 1 and (was_open or isinstance(error, Unauthorized)):
            _ring(cursor, key["w"], key["c"])


def _least(error: NetworkError | None) -> float:
    """After how many seconds it may be tried again at the earliest."""
    if isinstance(error, Unsupported):
        return ABSENT_SECONDS
    if isinstance(error, TryLater):
        return error.seconds
    return 0.0 if error is None else REFUSED_SECONDS


def let_go(*, workspace_id: int, channel_id: int) -> None:
    """Whoever listens stops, and begins anew with the secrets there are now. In the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(LET_GO, [workspace_id, channel_id])


def sweep() -> int:
    """Channels whose listener died and that nobody took over are polled as ever, from now on. Returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, channel_id FROM social_lost_ears(%s)", [1000])
        lost = cursor.fetchall()
    for workspace_id, channel_id in lost:
        with tenant(workspace_id), connection.cursor() as cursor:
            cursor.execute(LOST, [workspace_id, channel_id])
            if cursor.rowcount == 1:
                _ring(cursor, workspace_id, channel_id)
    return len(lost)


def _ring(cursor: Any, workspace_id: int, channel_id: int) -> None:
    cursor.execute(RING, [workspace_id, channel_id])
    row = cursor.fetchone()
    if row and row[0]:
        ring("social.tasks.pull", workspace_id, channel_id)
