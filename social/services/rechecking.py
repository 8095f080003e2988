"""Looking again at recent posts, to notice what was deleted on the network."""

import json

import structlog
from django.db import connection
from django.utils.translation import gettext as _

from activity.services.log import record
from core.batches import read_json
from core.failpoints import calling
from core.http import not_after
from core.tenancy import tenant
from social.networks import network_of
from social.networks.errors import NetworkError, TryLater, Unauthorized
from social.networks.features import Capability
from social.networks.reactions import Reaction
from social.networks.values import Access, Recheck
from social.services import credentials, outbox, resting
from social.services.leases import call_seconds
from social.services.pulling import park, tell_reactions

log = structlog.get_logger("rabta.rechecking")

#: One call asks for so many ids.
BATCH = 100

CLAIM = """
UPDATE social_pull p SET rechecked_at = clock_timestamp() FROM social_channel c
WHERE p.workspace_id = %s AND p.channel_id = %s AND c.workspace_id = p.workspace_id AND c.id = p.channel_id
  AND c.state = 'connected' AND (c.rests_until IS NULL OR c.rests_until <= clock_timestamp())
  AND (p.rechecked_at IS NULL OR p.rechecked_at < clock_timestamp() - %s * interval '1 second')
RETURNING c.failures
"""
#: Newest first, what we read and what we sent alike.
RECENT = """
(SELECT external_id FROM social_rawitem WHERE workspace_id = %(w)s AND channel_id = %(c)s AND state = 'stored'
   AND stored_at > clock_timestamp() - %(age)s * interval '1 second' ORDER BY id DESC LIMIT %(n)s)
UNION
(SELECT external_id FROM social_delivery WHERE workspace_id = %(w)s AND channel_id = %(c)s AND state = 'sent'
   AND external_id IS NOT NULL AND settled_at > clock_timestamp() - %(age)s * interval '1 second' ORDER BY id DESC LIMIT 25)
LIMIT %(n)s
"""
SIGNS = "SELECT signs FROM social_pull WHERE workspace_id = %s AND channel_id = %s FOR NO KEY UPDATE"
KEEP_SIGNS = "UPDATE social_pull SET signs = %s WHERE workspace_id = %s AND channel_id = %s"
#: Also of what never came, or comes after the word of its deletion.
BURY = """
INSERT INTO social_rawitem (workspace_id, channel_id, external_id, payload, state, error_code, error, attempts, stored_at)
SELECT %s, %s, gone.id, 'null', 'gone', '', '', 0, clock_timestamp() FROM unnest(%s::text[]) AS gone (id)
ON CONFLICT (workspace_id, channel_id, external_id) DO UPDATE SET state = 'gone'
"""


def recheck(*, workspace_id: int, channel_id: int, slug: str) -> int:
    """Ask the network which recent posts of a channel still exist. Returns how many are gone.

    A tombstone stays on the stored item, so that a late copy does not bring the post back.
    """
    network = network_of(slug)
    if Capability.SEES_DELETIONS not in network.capabilities:
        return 0
    with tenant(workspace_id, step="recheck.claim"), connection.cursor() as cursor:
        cursor.execute(CLAIM, [workspace_id, channel_id, recheck_seconds(slug)])
        row = cursor.fetchone()
        if row is None:
            return 0
        cursor.execute(RECENT, {"w": workspace_id, "c": channel_id, "age": network.recheck_age.total_seconds(), "n": BATCH})
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return 0
    access = None
    try:
        access = credentials.open_access(workspace_id=workspace_id, channel_id=channel_id)
        with calling("recheck.lookup"), not_after(call_seconds(network)):
            seen: Recheck = network.recheck(access, ids)
    except Unauthorized as error:
        _unauthorized(workspace_id, channel_id, access, error)
        return 0
    except NetworkError as error:
        # No answer proves no deletion. The next round asks again; the claim above already waits its turn.
        log.info("not_rechecked", channel=channel_id, code=error.code)
        resting.heard(workspace_id=workspace_id, channel_id=channel_id, failures=row[0], error=error)
        return 0
    if seen.gone:
        bury(workspace_id=workspace_id, channel_id=channel_id, external_ids=sorted(seen.gone))
    if seen.reactions:
        _tell_signs(workspace_id, channel_id, seen.reactions)
    return len(seen.gone)


def _tell_signs(workspace_id: int, channel_id: int, reactions: tuple[Reaction, ...]) -> None:
    """Pass on the counts that differ from the last look's, and keep this one's: the log does not grow with every look."""
    with tenant(workspace_id, step="recheck.signs"), connection.cursor() as cursor:
        cursor.execute(SIGNS, [workspace_id, channel_id])
        row = cursor.fetchone()
        if row is None:
            return
        known = read_json(row[0])
        changed = [r for r in reactions if known.get(r.message_id, {}) != dict(r.signs)]
        if not changed:
            return
        tell_reactions(channel_id, changed)
        cursor.execute(KEEP_SIGNS, [json.dumps({r.message_id: dict(r.signs) for r in reactions}), workspace_id, channel_id])


def _unauthorized(workspace_id: int, channel_id: int, access: Access | None, error: Unauthorized) -> None:
    """Renew the sign-in, unless somebody is at it or the network cannot say now; without it the channel waits for its owner."""
    try:
        renewed = credentials.refresh(workspace_id=workspace_id, channel_id=channel_id, refused=access)
    except TryLater as trouble:
        log.info("not_rechecked", channel=channel_id, code=trouble.code)
        return
    if not renewed:
        park(workspace_id=workspace_id, channel_id=channel_id, reason=str(error.reason))


def bury(*, workspace_id: int, channel_id: int, external_ids: list[str]) -> None:
    """Keep tombstones for items that are gone on the network, and tell the log. What was ours is a person's business besides."""
    with tenant(workspace_id, step="recheck.bury"), connection.cursor() as cursor:
        cursor.execute(BURY, [workspace_id, channel_id, external_ids])
        outbox.miss(channel_id=channel_id, external_ids=external_ids)
        record(
            "items.gone",
            actor_id=None,
            subject=f"social.Channel:{channel_id}",
            data={"channel": channel_id, "ids": external_ids, "reason": _("deleted on the network")},
        )


def recheck_seconds(slug: str) -> float:
    """Seconds between two looks: the network's own figure, or a quick one where looking costs nothing."""
    network = network_of(slug)
    return min(network.recheck_seconds, 10.0) if network.is_practice() else network.recheck_seconds


def due_rechecks(*, limit: int = 50) -> list[tuple[int, int, str]]:
    """(workspace, channel, network) of what may be due. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, channel_id, network FROM social_due_rechecks(%s)", [limit])
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]
