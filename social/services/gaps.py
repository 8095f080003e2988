"""The nightly look for gaps: the last days are read again by the network's own paging, and what polls missed is stored, once.

The cursor of the polls is not touched. A check goes on from night to night where a network has much or allows little; it takes its
turn page by page, under a lease and a fence of its own.
"""

import contextlib
import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db import connection

from activity.services.log import record
from core.batches import read_json
from core.failpoints import calling
from core.http import not_after
from core.tenancy import tenant
from social.networks import network_of
from social.networks.base import Network
from social.networks.errors import NetworkError, TryLater
from social.networks.features import Capability
from social.networks.values import Access, Cursor, Page
from social.services import credentials, files, resting
from social.services.budgets import as_kept, nothing_to_spare
from social.services.leases import call_seconds, lease_seconds
from social.services.pulling import KNOWN, LeaseLost, insert_items

log = structlog.get_logger("rabta.gaps")

#: How far back is read: the last night's check, and one that failed before it.
DEPTH = timedelta(hours=48)
#: From the end of a check to the next: less than a day, so that it is due again the next night.
AGAIN_SECONDS = 20 * 3600.0
LATER_SECONDS = 3600.0
RUN_SECONDS = 20.0
MAX_PAGES = 200
#: What is younger than the last poll by less than this may be on its way, whatever the network's own overlap.
OVERLAP_SECONDS = 300.0

CLAIM = """
INSERT INTO social_gapcheck AS g
       (workspace_id, channel_id, due_at, leased_until, fence, since, cursor, pages, found, found_total, error)
SELECT %(w)s, c.id, clock_timestamp(), clock_timestamp() + %(lease)s * interval '1 second', 1,
       clock_timestamp() - %(depth)s * interval '1 second', %(fresh)s, 0, 0, 0, ''
FROM social_channel c WHERE c.workspace_id = %(w)s AND c.id = %(c)s AND c.state = 'connected'
  AND (c.rests_until IS NULL OR c.rests_until <= clock_timestamp())
ON CONFLICT (workspace_id, channel_id) DO UPDATE SET fence = g.fence + 1, leased_until = excluded.leased_until,
       cursor = CASE WHEN g.since IS NULL THEN excluded.cursor ELSE g.cursor END,
       pages = CASE WHEN g.since IS NULL THEN 0 ELSE g.pages END, found = CASE WHEN g.since IS NULL THEN 0 ELSE g.found END,
       since = coalesce(g.since, excluded.since)
WHERE g.due_at <= clock_timestamp() AND (g.leased_until IS NULL OR g.leased_until < clock_timestamp())
RETURNING fence, cursor, since, pages
"""
FACTS = """
SELECT c.network, c.failures, p.quota, clock_timestamp(), p.last_finished_at FROM social_channel c
JOIN social_pull p ON p.workspace_id = c.workspace_id AND p.channel_id = c.id WHERE c.workspace_id = %s AND c.id = %s
"""
STEP = """
UPDATE social_gapcheck SET cursor = %s, pages = pages + 1, found = found + %s, found_total = found_total + %s,
       leased_until = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND channel_id = %s AND fence = %s
"""
FINISH = """
UPDATE social_gapcheck SET leased_until = NULL, due_at = clock_timestamp() + %(wait)s * interval '1 second', error = %(error)s,
       since = CASE WHEN %(done)s THEN NULL ELSE since END, cursor = CASE WHEN %(done)s THEN '{}' ELSE cursor END,
       finished_at = CASE WHEN %(done)s THEN clock_timestamp() ELSE finished_at END
WHERE workspace_id = %(w)s AND channel_id = %(c)s AND fence = %(fence)s RETURNING found
"""


@dataclass(slots=True)
class Check:
    """The right to look for gaps in one channel for a while, and how the pages so far were ordered."""

    workspace_id: int
    channel_id: int
    fence: int
    cursor: Cursor
    since: datetime
    pages: int
    failures: int
    network: Network
    #: What was said before is the polls' to have found by now; anything newer they may still bring.
    polled_until: datetime
    newest: list[datetime] = field(default_factory=list)


def check(*, workspace_id: int, channel_id: int) -> int:
    """Read on in what is read again of one channel. Returns how many items were found that polls had missed."""
    claim = _claim(workspace_id, channel_id)
    if claim is None:
        return 0
    found, error = 0, None
    try:
        access = credentials.open_access(workspace_id=workspace_id, channel_id=channel_id)
        until = time.monotonic() + RUN_SECONDS
        while True:
            with calling("gaps.fetch"), not_after(call_seconds(claim.network)):
                page = claim.network.fetch(access, claim.cursor)
            found += _store(claim, access, page)
            if not page.more or claim.pages >= MAX_PAGES or _behind(claim, access, page):
                _finish(claim, done=True, wait=AGAIN_SECONDS)
                break
            if nothing_to_spare({name: as_kept(left) for name, left in page.quota.items()}):
                _finish(claim, done=False, wait=LATER_SECONDS)
                break
            if time.monotonic() > until:
                _finish(claim, done=False, wait=0.0)
                break
    except LeaseLost:
        log.info("lease_lost", channel=channel_id)
    except NetworkError as trouble:
        # Signing in anew and telling people is the polls' business; here it is only tried later.
        error = trouble
        seconds = trouble.seconds if isinstance(trouble, TryLater) else 0.0
        _finish(claim, done=not isinstance(trouble, TryLater), wait=max(LATER_SECONDS, seconds), error=str(trouble.reason))
    resting.heard(workspace_id=workspace_id, channel_id=channel_id, failures=claim.failures, error=error)
    return found


def _claim(workspace_id: int, channel_id: int) -> Check | None:
    with tenant(workspace_id, step="gaps.claim"), connection.cursor() as cursor:
        cursor.execute(FACTS, [workspace_id, channel_id])
        row = cursor.fetchone()
        if row is None:
            return None
        slug, failures, quota, moment, polled_at = row
        network = network_of(slug)
        if Capability.BACKFILL not in network.capabilities or nothing_to_spare(read_json(quota)):
            return None
        place = {"w": workspace_id, "c": channel_id, "lease": lease_seconds(), "depth": DEPTH.total_seconds()}
        cursor.execute(CLAIM, {**place, "fresh": json.dumps(network.cursor_at(moment - DEPTH))})
        row = cursor.fetchone()
        if row is None or not resting.try_once(cursor, workspace_id=workspace_id, channel_id=channel_id, failures=failures):
            return None
    fence, position, since, pages = row
    overlap = timedelta(seconds=max(network.limits.overlap_seconds, OVERLAP_SECONDS))
    polled_until = (polled_at or since) - overlap
    return Check(workspace_id, channel_id, fence, read_json(position), since, pages, failures, network, polled_until)


def _store(claim: Check, access: Access, page: Page) -> int:
    """Store what is new of a page, and how far we are, in one transaction. Returns how many of them polls had missed."""
    old = {name for name, moment in _moments(claim, access, page).items() if moment < claim.polled_until}
    files.keep_enclosed(workspace_id=claim.workspace_id, channel_id=claim.channel_id, enclosed=page.files)
    with tenant(claim.workspace_id, step="gaps.store"), connection.cursor() as cursor:
        key = [claim.workspace_id, claim.channel_id]
        cursor.execute(KNOWN, [*key, sorted(old)])
        missed = len(old - {row[0] for row in cursor.fetchall()})
        insert_items(cursor, workspace_id=claim.workspace_id, channel_id=claim.channel_id, page=page)
        cursor.execute(STEP, [json.dumps(page.cursor), missed, missed, lease_seconds(), *key, claim.fence])
        if cursor.rowcount != 1:
            raise LeaseLost
    claim.cursor, claim.pages = page.cursor, claim.pages + 1
    return missed


def _moments(claim: Check, access: Access, page: Page) -> dict[str, datetime]:
    """When the items of a page were said, as far as they can be read."""
    found = {}
    for envelope in page.items:
        with contextlib.suppress(NetworkError):
            found[envelope.external_id] = claim.network.read(envelope.payload, account_id=access.external_id).occurred_at
    return found


def _behind(claim: Check, access: Access, page: Page) -> bool:
    """Whether this network answers newest first and has come behind the moment up to which is read again."""
    moments = _moments(claim, access, page).values()
    if not moments:
        return False
    downwards = bool(claim.newest) and max(moments) <= claim.newest[-1]
    claim.newest = [max(moments)]
    return downwards and max(moments) < claim.since


def _finish(claim: Check, *, done: bool, wait: float, error: str = "") -> None:
    with tenant(claim.workspace_id, step="gaps.finish"), connection.cursor() as cursor:
        place = {"w": claim.workspace_id, "c": claim.channel_id, "fence": claim.fence}
        cursor.execute(FINISH, {**place, "done": done, "wait": wait, "error": error})
        row = cursor.fetchone()
        if done and row and row[0]:
            record("channels.gap_found", actor_id=None, subject=f"social.Channel:{claim.channel_id}", data={"items": row[0]})


def due_checks(*, limit: int = 50) -> list[tuple[int, int]]:
    """(workspace, channel) of what is due, one of each workspace in turn. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, channel_id FROM social_due_gap_checks(%s)", [limit])
        return [(row[0], row[1]) for row in cursor.fetchall()]
