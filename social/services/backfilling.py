"""Reading a channel back to a day an admin chose: page after page, beside the normal poll and never in its way.

One page a claim, a pause between two, and a reserve of every window the network names stays for the poll. Where the poll is just
asking, or the inbox has enough to digest, this waits. The cursor stands where the stored items end, so whoever takes over after a
worker died goes on from there; the ids of the items keep each once, whoever read it first.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import structlog
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from activity.services.log import record
from core.batches import read_json
from core.clock import database_now, now
from core.errors import Conflict, Invalid, NotFound
from core.failpoints import calling
from core.http import not_after
from core.jobs import ring
from core.tenancy import current_workspace_id, tenant
from social.models import BackfillRun, BackfillState, Channel, ChannelState
from social.networks import network_of
from social.networks.base import Network
from social.networks.errors import NetworkError, Rejected, TryLater, Unauthorized, Unsupported
from social.networks.values import Access, Envelope, Page, Quota
from social.services import credentials
from social.services.leases import call_seconds, lease_seconds
from social.services.pulling import MAX_BACKOFF_SECONDS, insert_items, park

log = structlog.get_logger("rabta.backfilling")

MOST_DAYS = 365
#: So many failures in a row, with growing pauses, and it is given up: hours, in which a network comes back or never does.
MOST_FAILURES = 20
FIRST_BACKOFF_SECONDS = 15.0
#: More pages than this on the inbox's pile, and it is the inbox's turn.
MOST_WAITING_PAGES = 3
#: This part of a window's limit is never touched, whatever the poll needs by its own reckoning.
RESERVED_SHARE = 1 / 3
#: Kept in English and read in the reader's language (core/reasons.py).
STOPPED_WITH_CHANNEL = gettext_noop("The channel was disconnected.")

CLAIM = """
UPDATE social_backfillrun r SET fence = r.fence + 1, leased_until = clock_timestamp() + %(lease)s * interval '1 second'
FROM social_channel c
WHERE r.workspace_id = %(w)s AND r.id = %(run)s AND c.workspace_id = r.workspace_id AND c.id = r.channel_id
  AND r.state = 'running' AND r.due_at <= clock_timestamp() AND c.state = 'connected'
  AND (r.leased_until IS NULL OR r.leased_until < clock_timestamp())
  AND NOT EXISTS (SELECT 1 FROM social_pull p WHERE p.workspace_id = r.workspace_id AND p.channel_id = r.channel_id
                  AND p.leased_until > clock_timestamp())
  AND (SELECT count(*) FROM social_storedpage s WHERE s.workspace_id = r.workspace_id AND s.channel_id = r.channel_id) <= %(pile)s
RETURNING r.channel_id, r.fence, r.cursor, r.since, c.network, c.external_id
"""
STEP = """
UPDATE social_backfillrun SET cursor = %s, pages = pages + 1, items = items + %s, new_items = new_items + %s,
       oldest_at = least(oldest_at, %s), failures = 0, error = '', error_code = '', leased_until = NULL, state = %s,
       ended_at = CASE WHEN %s THEN clock_timestamp() END, due_at = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND id = %s AND fence = %s AND state = 'running'
"""
STUMBLE = """
UPDATE social_backfillrun SET leased_until = NULL, failures = failures + %s, error_code = %s, error = %s,
       due_at = clock_timestamp() + greatest(%s, least(%s * 2 ^ least(failures, 10), %s)) * interval '1 second',
       state = CASE WHEN %s OR failures + 1 >= %s THEN 'failed' ELSE 'running' END,
       ended_at = CASE WHEN %s OR failures + 1 >= %s THEN clock_timestamp() END
WHERE workspace_id = %s AND id = %s AND fence = %s AND state = 'running'
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to read one page back. Every write compares `fence`."""

    workspace_id: int
    run_id: int
    channel_id: int
    fence: int
    cursor: dict[str, Any]
    since: datetime
    network: Network
    account_id: str

    @property
    def key(self) -> tuple[int, int, int]:
        return self.workspace_id, self.run_id, self.fence


class LeaseLost(Exception):
    """Somebody else reads on, or it was stopped meanwhile; nothing of this page may stay."""


# --- asking for it, and stopping it: in the caller's transaction -----------------------------------------------------------
def start(*, channel_id: int, days: int, actor_id: int | None) -> BackfillRun:
    """Have the last `days` days read. Raises NotFound, Invalid for days or a network without it, Conflict for a channel that is
    not connected or is being read back already.
    """
    channel = _locked_channel(channel_id)
    network = network_of(channel.network)
    if not network.reads_back:
        raise Invalid(
            _("{network} gives Rabta nothing older on demand.").format(network=network.label), field="channel", code="unsupported"
        )
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(_("Read back between 1 and {most} days.").format(most=MOST_DAYS), field="days")
    _refuse_second(channel)
    moment = database_now()
    run = BackfillRun.objects.create(
        channel=channel, since=now() - timedelta(days=days), due_at=moment, started_at=moment, started_by_id=actor_id
    )
    record(
        "backfills.started", actor_id=actor_id, subject=f"social.Channel:{channel.id}", data={"run": run.id, "days": days}
    )
    ring("social.tasks.read_back", current_workspace_id(), run.id)
    return run


def stop(*, run_id: int, actor_id: int | None) -> BackfillRun:
    """Stop reading back; what was read stays. A run that has ended stays as it ended. Raises NotFound."""
    run = _locked(run_id)
    if run.state == BackfillState.RUNNING:
        _end(run, BackfillState.STOPPED)
        record("backfills.stopped", actor_id=actor_id, subject=f"social.Channel:{run.channel_id}", data={"run": run.id})
    return run


def go_on(*, run_id: int, actor_id: int | None) -> BackfillRun:
    """Go on from where a stopped or failed run stands. Raises NotFound, Conflict for one that is done or has a successor."""
    run = _locked(run_id)
    if run.state == BackfillState.RUNNING:
        return run
    if run.state == BackfillState.DONE:
        raise Conflict(_("This one has read everything there was."), field="state")
    _refuse_second(_locked_channel(run.channel_id))
    run.state, run.ended_at, run.due_at = BackfillState.RUNNING, None, database_now()
    run.failures, run.error, run.error_code = 0, "", ""
    run.save(update_fields=["state", "ended_at", "due_at", "failures", "error", "error_code"])
    record("backfills.resumed", actor_id=actor_id, subject=f"social.Channel:{run.channel_id}", data={"run": run.id})
    ring("social.tasks.read_back", current_workspace_id(), run.id)
    return run


def end_with_channel(*, channel_id: int) -> None:
    """The channel is let go of: stop what reads it back, and say why."""
    for run in BackfillRun.objects.select_for_update().filter(channel_id=channel_id, state=BackfillState.RUNNING):
        run.error, run.error_code = STOPPED_WITH_CHANNEL, "disconnected"
        _end(run, BackfillState.STOPPED)


def _locked_channel(channel_id: int) -> Channel:
    channel = Channel.objects.select_for_update().filter(id=channel_id).first()
    if channel is None:
        raise NotFound(_("There is no such channel."), field="channel")
    return channel


def _locked(run_id: int) -> BackfillRun:
    run = BackfillRun.objects.select_for_update().filter(id=run_id).first()
    if run is None:
        raise NotFound(_("There is no such reading back."))
    return run


def _refuse_second(channel: Channel) -> None:
    if channel.state != ChannelState.CONNECTED:
        raise Conflict(_("Only a connected channel can be read back."), field="state")
    if BackfillRun.objects.filter(channel=channel, state=BackfillState.RUNNING).exists():
        raise Conflict(_("This channel is being read back already. Stop that first."), field="state")


def _end(run: BackfillRun, state: BackfillState) -> None:
    run.state, run.ended_at, run.leased_until = state, database_now(), None
    # Whoever reads just now finds the fence moved, and stores nothing more.
    run.fence += 1
    run.save(update_fields=["state", "ended_at", "leased_until", "fence", "error", "error_code"])


# --- doing it ---------------------------------------------------------------------------------------------------------------
def read_back(*, workspace_id: int, run_id: int) -> int:
    """Read one page. Returns how many items of it were new; 0 at once when it is not this run's turn."""
    claim = _claim(workspace_id, run_id)
    if claim is None:
        return 0
    access = None
    try:
        access = credentials.open_access(workspace_id=workspace_id, channel_id=claim.channel_id)
        with calling("backfill.fetch"), not_after(call_seconds(claim.network)):
            page = claim.network.fetch_back(access, claim.cursor, since=claim.since)
        return _store(claim, page)
    except LeaseLost:
        log.info("lease_lost", channel=claim.channel_id, run=run_id)
    except Unauthorized as error:
        _unauthorized(claim, access, error)
    except TryLater as error:
        _stumble(claim, error, at_least=error.seconds)
    except (Rejected, Unsupported) as error:
        _stumble(claim, error, for_good=True)
    except NetworkError as error:
        _stumble(claim, error)
    except Exception as error:
        log.exception("backfill_failed", channel=claim.channel_id, run=run_id)
        reason = _("Rabta stumbled over an answer of the network ({error}). It tries again by itself.")
        _stumble(claim, NetworkError(reason.format(error=type(error).__name__), code="internal"))
    return 0


def _claim(workspace_id: int, run_id: int) -> Claim | None:
    with tenant(workspace_id, step="backfill.claim"), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"w": workspace_id, "run": run_id, "lease": lease_seconds(), "pile": MOST_WAITING_PAGES})
        row = cursor.fetchone()
    if row is None:
        return None
    channel_id, fence, position, since, slug, account_id = row
    return Claim(workspace_id, run_id, channel_id, fence, read_json(position), since, network_of(slug), account_id)


def _store(claim: Claim, page: Page) -> int:
    kept, oldest = _within(claim, page.items)
    # A network that goes in a circle has come to its end.
    more = page.more and page.cursor != claim.cursor
    state = BackfillState.RUNNING if more else BackfillState.DONE
    wanted = Page(items=tuple(kept), cursor=page.cursor, broken=page.broken, feed=page.feed)
    with tenant(claim.workspace_id, step="backfill.store"), connection.cursor() as cursor:
        new = insert_items(
            cursor, workspace_id=claim.workspace_id, channel_id=claim.channel_id, page=wanted, live=False
        )
        wait = pause_seconds(claim.network, page.quota)
        cursor.execute(STEP, [json.dumps(page.cursor), len(kept), new, oldest, state, not more, wait, *claim.key])
        if cursor.rowcount != 1:
            raise LeaseLost
        if not more:
            record("backfills.done", actor_id=None, subject=f"social.Channel:{claim.channel_id}", data={"run": claim.run_id})
    return new


def _within(claim: Claim, items: tuple[Envelope, ...]) -> tuple[list[Envelope], datetime | None]:
    """The items not older than what was asked for, and the time of the oldest. What cannot be read is kept: ingest says why."""
    kept: list[Envelope] = []
    oldest = None
    for envelope in items:
        try:
            at = claim.network.read(envelope.payload, account_id=claim.account_id).occurred_at
        except Exception as error:  # noqa: BLE001 - ingest meets the same one and sets it aside with its reason
            log.info("item_unreadable", channel=claim.channel_id, error=type(error).__name__)
            kept.append(envelope)
            continue
        if at >= claim.since:
            kept.append(envelope)
            oldest = min(oldest or at, at)
    return kept, oldest


def pause_seconds(network: Network, quotas: Mapping[str, Quota]) -> float:
    """How long to leave the network to the poll after a page: a little, or until the window ends whose rest the poll may need."""
    waits = [float(settings.BACKFILL_PAUSE_SECONDS)]
    for quota in quotas.values():
        if quota.remaining is None or quota.resets_at is None:
            continue
        left = (quota.resets_at - now()).total_seconds()
        reserve = max(ceil(left / network.poll_seconds) + 1, ceil((quota.limit or 0) * RESERVED_SHARE))
        if left > 0 and quota.remaining <= reserve:
            waits.append(left + 1.0)
    return max(waits)


def _stumble(claim: Claim, error: NetworkError, *, at_least: float = 0.0, counts: bool = True, for_good: bool = False) -> None:
    """Keep the reason for the page; come back later, doubling, or give up after too many in a row."""
    most = MOST_FAILURES if counts else MOST_FAILURES * 1000
    values: list[Any] = [int(counts), error.code[:40], str(error.reason), at_least, FIRST_BACKOFF_SECONDS if counts else 0.0]
    with tenant(claim.workspace_id, step="backfill.stumble"), connection.cursor() as cursor:
        cursor.execute(STUMBLE, [*values, MAX_BACKOFF_SECONDS, for_good, most, for_good, most, *claim.key])
    log.warning("backfill_stumbled", channel=claim.channel_id, run=claim.run_id, code=error.code)


def _unauthorized(claim: Claim, access: Access | None, error: Unauthorized) -> None:
    """Renew the sign-in; where that needs its owner, the channel says so and this waits until it is connected again."""
    place = {"workspace_id": claim.workspace_id, "channel_id": claim.channel_id}
    try:
        refreshed = credentials.refresh(**place, refused=access)
    except TryLater as trouble:
        _stumble(claim, trouble, at_least=trouble.seconds)
        return
    if not refreshed:
        park(**place, reason=str(error.reason))
    _stumble(claim, error, counts=False)


def due_backfills(*, limit: int | None = None) -> list[tuple[int, int]]:
    """(workspace, run) of what is due, one of each workspace in turn, as many as the installation lets begin at once. Asks a named
    door (docs/doors.md).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, run_id FROM social_due_backfills(%s)", [limit or settings.BACKFILLS_AT_ONCE])
        return [(row[0], row[1]) for row in cursor.fetchall()]
