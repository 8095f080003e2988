"""Looking again at what is stored, to notice what was deleted on the network.

Each look asks about the newest public items, and about as many older ones as the network has room for, each further down
and then from above again: what is young is looked at each time, what is old in its turn.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import connection
from django.utils.translation import gettext as _

from activity.services.log import record
from core.batches import read_json
from core.failpoints import calling
from core.http import not_after
from core.tenancy import tenant
from social.networks import network_of, networks
from social.networks.base import Network
from social.networks.errors import NetworkError, TryLater, Unauthorized
from social.networks.reactions import Reaction
from social.networks.values import Access, Recheck
from social.services import credentials, outbox, resting
from social.services.budgets import as_kept, nothing_to_spare
from social.services.leases import call_seconds
from social.services.pulling import READ, park, tell_reactions

log = structlog.get_logger("rabta.rechecking")

#: One question to a network file asks for so many ids, of which so many are our own answers.
BATCH = 100
OURS = 25
#: So many stored items are gone through for one question: private ones are among them, which nobody asks about.
LOOKED_THROUGH = 500

CLAIM = """
UPDATE social_pull p SET rechecked_at = clock_timestamp() FROM social_channel c
WHERE p.workspace_id = %s AND p.channel_id = %s AND c.workspace_id = p.workspace_id AND c.id = p.channel_id
  AND c.state = 'connected' AND (c.rests_until IS NULL OR c.rests_until <= clock_timestamp())
  AND (p.rechecked_at IS NULL OR p.rechecked_at < clock_timestamp() - %s * interval '1 second')
RETURNING c.failures, p.looked
"""
#: What we read, newest first, and whether it was today (UTC): where looking takes money, that is paid for.
ITEMS = """
SELECT id, external_id, stored_at >= date_trunc('day', clock_timestamp(), 'UTC') FROM social_rawitem
WHERE workspace_id = %(w)s AND channel_id = %(c)s AND state = 'stored' AND (%(below)s = 0 OR id < %(below)s)
  AND stored_at > clock_timestamp() - %(age)s * interval '1 second' ORDER BY id DESC LIMIT %(n)s
"""
SENT = """
SELECT external_id FROM social_delivery WHERE workspace_id = %(w)s AND channel_id = %(c)s AND state = 'sent'
   AND external_id IS NOT NULL AND settled_at > clock_timestamp() - %(age)s * interval '1 second' ORDER BY id DESC LIMIT %(n)s
"""
TODAY = "SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date::text"
KEEP = "UPDATE social_pull SET looked = %s WHERE workspace_id = %s AND channel_id = %s"
SIGNS = "SELECT signs FROM social_pull WHERE workspace_id = %s AND channel_id = %s FOR NO KEY UPDATE"
KEEP_SIGNS = "UPDATE social_pull SET signs = %s WHERE workspace_id = %s AND channel_id = %s"
#: Also of what never came, or comes after the word of its deletion.
BURY = """
INSERT INTO social_rawitem (workspace_id, channel_id, external_id, payload, state, error_code, error, attempts, stored_at)
SELECT %s, %s, gone.id, 'null', 'gone', '', '', 0, clock_timestamp() FROM unnest(%s::text[]) AS gone (id)
ON CONFLICT (workspace_id, channel_id, external_id) DO UPDATE SET state = 'gone'
"""


@dataclass(slots=True)
class Look:
    """What one look asks about, and what is kept for the next."""

    failures: int
    young: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    #: The next look's older items lie below this id of ours; 0 begins again below the young ones.
    below: int = 0
    #: The day (UTC), the lowest id asked about on it, and how many of those asked about now are to be paid for.
    day: str = ""
    lowest: int = 0
    priced: int = 0
    quota: dict[str, Any] = field(default_factory=dict)

    def kept(self) -> str:
        return json.dumps({"below": self.below, "day": self.day, "lowest": self.lowest, "quota": self.quota})


def recheck(*, workspace_id: int, channel_id: int, slug: str) -> int:
    """Ask the network which posts of a channel still exist. Returns how many are gone.

    A tombstone stays on the stored item, so that a late copy does not bring the post back.
    """
    network = network_of(slug)
    if not network.rechecks:
        return 0
    with tenant(workspace_id, step="recheck.claim"), connection.cursor() as cursor:
        cursor.execute(CLAIM, [workspace_id, channel_id, recheck_seconds(slug)])
        row = cursor.fetchone()
        if row is None:
            return 0
        look = Look(row[0])
        _choose(cursor, network, look, read_json(row[1]), workspace_id=workspace_id, channel_id=channel_id)
    gone = 0
    access = None
    try:
        for ids in filter(None, (look.young, look.older)):
            access = access or credentials.open_access(workspace_id=workspace_id, channel_id=channel_id)
            with calling("recheck.lookup"), not_after(call_seconds(network)):
                seen: Recheck = network.recheck(access, ids)
            look.quota |= {name: as_kept(left) for name, left in seen.quota.items()}
            if seen.gone:
                bury(workspace_id=workspace_id, channel_id=channel_id, external_ids=sorted(seen.gone))
                gone += len(seen.gone)
            # How older ones are liked is told by nobody; what was told last is kept for the young ones alone.
            if seen.reactions and ids is look.young:
                _tell_signs(workspace_id, channel_id, seen.reactions)
    except Unauthorized as error:
        _unauthorized(workspace_id, channel_id, access, error)
        return gone
    except NetworkError as error:
        # No answer proves no deletion. The next round asks the same again; the claim above already waits its turn.
        log.info("not_rechecked", channel=channel_id, code=error.code)
        resting.heard(workspace_id=workspace_id, channel_id=channel_id, failures=look.failures, error=error)
        return gone
    if access is not None:
        _keep(network, look, workspace_id=workspace_id, channel_id=channel_id)
    return gone


def _choose(cursor: Any, network: Network, look: Look, kept: dict[str, Any], *, workspace_id: int, channel_id: int) -> None:
    """Which items this look asks about: our newest answers and the newest items, then older ones from where the last look ended."""
    place = {"w": workspace_id, "c": channel_id, "age": network.recheck_age.total_seconds()}
    cursor.execute(TODAY)
    look.day = cursor.fetchone()[0]
    same_day = kept.get("day") == look.day
    look.lowest = kept.get("lowest", 0) if same_day else 0
    look.quota = kept.get("quota", {})
    cursor.execute(SENT, {**place, "n": OURS})
    look.young = [row[0] for row in cursor.fetchall() if network.looks_at(row[0])]
    taken, bottom = _items(cursor, network, place, below=0, most=BATCH - len(look.young))
    look.young += [name for _id, name, _today in taken]
    if network.recheck_feed:
        look.priced = sum(not today and (not look.lowest or number < look.lowest) for number, _name, today in taken)
        numbers = [number for number, _name, _today in taken]
        look.lowest = min([*numbers, *([look.lowest] if look.lowest else [])], default=0)
    if not bottom or not network.older_items or nothing_to_spare(look.quota):
        look.below = kept.get("below", 0)
        return
    below = min(kept.get("below", 0) or bottom, bottom)
    older, look.below = _items(cursor, network, place, below=below, most=network.older_items)
    # Where looking takes money, what was read today is paid for already, and the older rest is left alone.
    look.older = [name for _id, name, today in older if today or not network.recheck_feed]
    if len(look.older) < len(older):
        look.below = 0


def _items(
    cursor: Any, network: Network, place: dict[str, Any], *, below: int, most: int
) -> tuple[list[tuple[int, str, bool]], int]:
    """Up to so many items below an id that the network can be asked about, newest first; and below which id others may lie, 0 when
    none do.
    """
    cursor.execute(ITEMS, {**place, "below": below, "n": LOOKED_THROUGH})
    rows = cursor.fetchall()
    fit = [row for row in rows if network.looks_at(row[1])]
    if len(fit) > most:
        return fit[:most], fit[most - 1][0] if most else below
    return fit, rows[-1][0] if len(rows) == LOOKED_THROUGH else 0


def _keep(network: Network, look: Look, *, workspace_id: int, channel_id: int) -> None:
    """Keep where the next look goes on, and count what this one cost."""
    with tenant(workspace_id, step="recheck.keep"), connection.cursor() as cursor:
        cursor.execute(KEEP, [look.kept(), workspace_id, channel_id])
        if look.priced:
            cursor.execute(READ, [workspace_id, channel_id, network.recheck_feed, look.priced])


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
    """(workspace, channel, network) of what is due, one of each workspace in turn. Asks a named door (docs/doors.md).

    Channels of networks that cannot be asked are none of it: they are never looked at, and would always come first.
    """
    slugs = [slug for slug, network in networks().items() if network.rechecks]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT workspace_id, channel_id, network FROM social_due_rechecks(%s, %s, %s)",
            [slugs, [recheck_seconds(slug) for slug in slugs], limit],
        )
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]
