"""Line one, first half: reading a channel. Claim, fetch page after page, store each page with its cursor, ring for ingest.

No transaction is open while the network is asked; each commit and each call is a named failpoint. A worker that dies anywhere
leaves a lease that runs out, and a cursor that stands exactly where the stored items end.
"""

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from activity.services.log import record
from core.batches import clean_json, execute_rows, read_json
from core.failpoints import calling
from core.http import not_after
from core.jobs import ring
from core.tenancy import tenant
from social.models import Channel, ChannelState, RawState
from social.networks import network_of
from social.networks.base import Network
from social.networks.errors import NetworkError, TryLater, Unauthorized
from social.networks.features import Capability
from social.networks.hubs import Hub
from social.networks.reactions import Reaction
from social.networks.values import Access, Page
from social.services import credentials, files, resting, spending, subscribing
from social.services.budgets import wait_of_reader
from social.services.ears import ALIVE
from social.services.fairness import READING, comes_first, serving
from social.services.leases import call_seconds, lease_seconds

log = structlog.get_logger("rabta.pulling")

#: One run reads at most so long, then lets other channels have the worker; the rest follows at once in the next run.
RUN_SECONDS = 20.0
MAX_BACKOFF_SECONDS = 900.0
#: So much of what webhooks named is asked for in one poll.
LOOK_UPS = 20

CLAIM = """
UPDATE social_pull p SET fence = p.fence + 1, last_started_at = clock_timestamp(), rung = false,
       leased_until = clock_timestamp() + %s * interval '1 second'
FROM social_channel c, social_pull old
WHERE p.workspace_id = %s AND p.channel_id = %s AND c.workspace_id = p.workspace_id AND c.id = p.channel_id
  AND old.workspace_id = p.workspace_id AND old.channel_id = p.channel_id
  AND c.state = 'connected' AND p.due_at <= clock_timestamp()
  AND (p.leased_until IS NULL OR p.leased_until < clock_timestamp())
  AND (c.rests_until IS NULL OR c.rests_until <= clock_timestamp())
RETURNING p.fence, p.cursor, c.network, c.failures, old.rung, p.wanted
"""
GIVE_BACK = "UPDATE social_pull SET leased_until = NULL WHERE workspace_id = %s AND channel_id = %s AND fence = %s"
STEP = """
UPDATE social_pull SET cursor = %s, quota = quota || %s, pages_total = pages_total + 1, items_total = items_total + %s,
       wanted = wanted - %s::text[],
       leased_until = clock_timestamp() + %s * interval '1 second',
       newest_item_at = CASE WHEN %s THEN clock_timestamp() ELSE newest_item_at END
WHERE workspace_id = %s AND channel_id = %s AND fence = %s
"""
#: What was read for the first time, by the network's day: what it takes money for.
READ = """
INSERT INTO social_readcount AS r (workspace_id, channel_id, feed, day, items)
VALUES (%s, %s, %s, (clock_timestamp() AT TIME ZONE 'UTC')::date, %s)
ON CONFLICT (workspace_id, channel_id, feed, day) DO UPDATE SET items = r.items + excluded.items
"""
#: While its network tells when something happens, a channel is polled more rarely; a bell that rang meanwhile wants a poll at once.
FINISH = f"""
UPDATE social_pull p SET leased_until = NULL, last_finished_at = clock_timestamp(), failures = 0, error_code = '', error = '',
       not_before = CASE WHEN %(wait)s > 0 THEN clock_timestamp() + %(wait)s * interval '1 second' END,
       due_at = clock_timestamp() + interval '1 second' * greatest(%(wait)s, CASE WHEN rung THEN 0 WHEN {ALIVE}
                THEN greatest(%(pause)s, %(rare)s) ELSE %(pause)s END)
WHERE workspace_id = %(w)s AND channel_id = %(c)s AND fence = %(fence)s
"""
STUMBLE = """
UPDATE social_pull SET leased_until = NULL, failures = failures + 1, error_code = %s, error = %s, error_at = clock_timestamp(),
       rung = rung OR %s,
       due_at = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND channel_id = %s AND fence = %s
RETURNING failures
"""
FAILURES = "SELECT failures FROM social_pull WHERE workspace_id = %s AND channel_id = %s"
KNOWN = "SELECT external_id FROM social_rawitem WHERE workspace_id = %s AND channel_id = %s AND external_id = ANY(%s)"
ROW = "external_id text, payload jsonb, state text, error_code text, error text"
#: The items, the page of those that the inbox has to digest, and the hour's count of what was heard (social/services/watching.py).
INSERT = """
WITH made AS (
    INSERT INTO social_rawitem (workspace_id, channel_id, external_id, payload, state, error_code, error, attempts, stored_at)
    SELECT {workspace:d}, {channel:d}, external_id, coalesce(payload, 'null'), state, error_code, error, 0, clock_timestamp()
    FROM {{rows}}
    ON CONFLICT (workspace_id, channel_id, external_id) DO NOTHING RETURNING id, state
), heard AS (
    INSERT INTO social_heardhour AS h (workspace_id, channel_id, hour, items)
    SELECT {workspace:d}, {channel:d}, date_trunc('hour', clock_timestamp(), 'UTC'), count(*) FROM made
    WHERE {live} HAVING count(*) > 0
    ON CONFLICT (workspace_id, channel_id, hour) DO UPDATE SET items = h.items + excluded.items
)
INSERT INTO social_storedpage (workspace_id, channel_id, item_ids, stored_at)
SELECT {workspace:d}, {channel:d}, array_agg(id ORDER BY id), clock_timestamp() FROM made WHERE state = 'stored' HAVING count(*) > 0
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to read one channel for a while. Every write compares `fence`."""

    workspace_id: int
    channel_id: int
    fence: int
    cursor: dict[str, Any]
    network: Network
    #: Calls in a row that the network did not answer.
    failures: int = 0
    #: The network rang for this poll.
    rung: bool = False
    #: What webhooks named and nobody has asked for yet.
    wanted: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[int, int, int]:
        return self.workspace_id, self.channel_id, self.fence


class LeaseLost(Exception):
    """Another worker reads this channel now; ours must stop without a trace."""


def pull(*, workspace_id: int, channel_id: int) -> int:
    """Read one channel until it is caught up, out of quota or out of time. Returns how many new items were stored.

    Returns 0 at once when the channel is not due, not connected, resting or being read by somebody else. When another workspace
    comes first, that one's channel is read instead.
    """
    claim = _claim(workspace_id, channel_id)
    if isinstance(claim, tuple):
        with serving(claim[0]):
            return pull(workspace_id=claim[0], channel_id=claim[1])
    if claim is None:
        return 0
    stored = 0
    access = None
    trouble: NetworkError | None = None
    try:
        access = credentials.open_access(
            workspace_id=workspace_id, channel_id=channel_id, reading=Capability.SEARCH in claim.network.capabilities
        )
        stored = _read_on(claim, access)
    except LeaseLost:
        log.info("lease_lost", channel=channel_id)
    except Unauthorized as error:
        _unauthorized(claim, access, error)
    except TryLater as error:
        trouble = error
        _stumble(claim, error, at_least=error.seconds)
    except NetworkError as error:
        _stumble(claim, error)
    except Exception as error:
        log.exception("pull_failed", channel=channel_id)
        reason = _("Rabta stumbled over an answer of the network ({error}). It tries again by itself.")
        _stumble(claim, NetworkError(reason.format(error=type(error).__name__), code="internal"))
    resting.heard(workspace_id=workspace_id, channel_id=channel_id, failures=claim.failures, error=trouble)
    return stored


def _claim(workspace_id: int, channel_id: int) -> Claim | tuple[int, int] | None:
    """The right to read the channel; or the workspace and channel that come first; or nothing."""
    with tenant(workspace_id, step="pull.claim"), connection.cursor() as cursor:
        if other := comes_first(cursor, READING, workspace_id):
            return other
        cursor.execute(CLAIM, [lease_seconds(), workspace_id, channel_id])
        row = cursor.fetchone()
        if row is None:
            return None
        fence, position, slug, failures, rung, wanted = row
        if not resting.try_once(cursor, workspace_id=workspace_id, channel_id=channel_id, failures=failures):
            cursor.execute(GIVE_BACK, [workspace_id, channel_id, fence])
            return None
    network, cursor_then = network_of(slug), read_json(position)
    position_now = network.rung(cursor_then) if rung else cursor_then
    return Claim(workspace_id, channel_id, fence, position_now, network, failures, rung, tuple(read_json(wanted)))


def _read_on(claim: Claim, access: Access) -> int:
    """Page after page. Returns how many new items were stored."""
    stored = 0
    position = claim.cursor
    until = time.monotonic() + RUN_SECONDS
    while True:
        with calling("pull.fetch"), not_after(call_seconds(claim.network)):
            page = claim.network.fetch(access, position)
        stored += store_page(claim, page)
        position = page.cursor
        wait = wait_of_reader(claim.network, page.quota)
        if wait or not page.more:
            stored += 0 if wait else _look_up(claim, access, position)
            hub = claim.network.hub(position) if access.hook_url else None
            pause, rare = poll_seconds(claim.network), float(settings.LISTENING_POLL_SECONDS)
            _finish(claim, wait=wait, pause=pause, rare=rare, hub=hub, hook_url=access.hook_url)
            return stored
        if time.monotonic() > until:
            _finish(claim, wait=0.0, pause=0.0, rare=0.0)
            return stored


def _look_up(claim: Claim, access: Access, position: dict[str, Any]) -> int:
    """Ask for what webhooks only named, after the lists, so that nothing named keeps them waiting. Returns how many were new."""
    names = list(claim.wanted[:LOOK_UPS])
    if not names:
        return 0
    with calling("pull.fetch"), not_after(call_seconds(claim.network)):
        page = claim.network.look_up(access, names)
    return store_page(claim, replace(page, cursor=position), known=[name for name in names if name not in page.wanted])


def poll_seconds(network: Network) -> float:
    """Seconds between two polls: what the installation says, else what the network file knows of its costs."""
    return float(settings.POLL_SECONDS or network.poll_seconds)


def store_page(claim: Claim, page: Page, *, known: list[str] | None = None) -> int:
    """Store a page's items and its cursor in one transaction; ring for ingest. Returns how many were new. `known` are names that
    need not be asked for any more.

    Raises LeaseLost, and stores nothing, when another worker has claimed the channel meanwhile.
    """
    quota = {name: {k: str(v) if v is not None else None for k, v in asdict(q).items()} for name, q in page.quota.items()}
    files.keep_enclosed(workspace_id=claim.workspace_id, channel_id=claim.channel_id, enclosed=page.files)
    with tenant(claim.workspace_id, step="pull.store"), connection.cursor() as cursor:
        new = insert_items(cursor, workspace_id=claim.workspace_id, channel_id=claim.channel_id, page=page)
        cursor.execute(STEP, [json.dumps(page.cursor), json.dumps(quota), new, known or [], lease_seconds(), bool(new), *claim.key])
        if cursor.rowcount != 1:
            raise LeaseLost
    return new


def insert_items(cursor: Any, *, workspace_id: int, channel_id: int, page: Page, live: bool = True) -> int:
    """Store a page's items and what is broken in it, ring for ingest after the commit. Returns how many were new.

    In the caller's transaction, inside `tenant()`. What is known is looked up first: an old page costs one query. Only what is
    `live` counts as heard within this hour.
    """
    ids = [item.external_id for item in page.items]
    known: set[str] = set()
    if ids:
        cursor.execute(KNOWN, [workspace_id, channel_id, ids])
        known = {row[0] for row in cursor.fetchall()}
    rows = [
        (item.external_id, item.payload, RawState.STORED.value, "", "")
        for item in page.items
        if item.external_id not in known
    ]
    rows += [_set_aside(reason, payload) for reason, payload in page.broken]
    tell_reactions(channel_id, page.reactions)
    if rows:
        sql = INSERT.format(workspace=workspace_id, channel=channel_id, live="true" if live else "false")
        execute_rows(cursor, sql, ROW, rows)
        ring("inbox.tasks.ingest", workspace_id, channel_id)
        if page.feed:
            cursor.execute(READ, [workspace_id, channel_id, page.feed[:40], len(rows)])
    spending.charge(cursor, workspace_id=workspace_id, channel_id=channel_id, costs=page.costs)
    return len(rows)


def tell_reactions(channel_id: int, reactions: Iterable[Reaction]) -> None:
    """Let the log say how signs below messages stand; who shows them reads it from here. In the caller's transaction."""
    told = [reaction.as_json() for reaction in reactions]
    if told:
        subject = f"social.Channel:{channel_id}"
        record("items.reacted", actor_id=None, subject=subject, data={"channel": channel_id, "reactions": told})


def _set_aside(reason: str, payload: Any) -> tuple[str, Any, str, str, str]:
    """A row for something without an id: its key is made from its content, so that it stands once as well."""
    key = "broken-" + hashlib.sha256(clean_json(payload).encode()).hexdigest()[:40]
    return key, payload, RawState.SET_ASIDE.value, "unreadable", reason


def _finish(
    claim: Claim, *, wait: float, pause: float, rare: float, hub: Hub | None = None, hook_url: str = ""
) -> None:
    """Give the channel back: due after `pause` seconds, `rare` ones while it is listened to, never before `wait` is over.

    A `hub` that it was found to have shall call at `hook_url`.
    """
    place = {"w": claim.workspace_id, "c": claim.channel_id, "fence": claim.fence}
    with tenant(claim.workspace_id, step="pull.finish"), connection.cursor() as cursor:
        cursor.execute(FINISH, {**place, "wait": wait, "pause": pause, "rare": rare})
        if hub is not None and cursor.rowcount == 1:
            subscribing.note(cursor, workspace_id=claim.workspace_id, channel_id=claim.channel_id, hub=hub, address=hook_url)


def _stumble(claim: Claim, error: NetworkError, *, at_least: float = 0.0, first_at_once: bool = False) -> None:
    """Keep the reason for the channel page and come back later: doubling, capped, never before the network allows.

    With `first_at_once` the first failure in a row costs no time.
    """
    with tenant(claim.workspace_id, step="pull.stumble"), connection.cursor() as cursor:
        cursor.execute(FAILURES, claim.key[:2])
        row = cursor.fetchone()
        failures = row[0] if row else 0
        backoff = min(poll_seconds(claim.network) * 2 ** min(failures, 10), MAX_BACKOFF_SECONDS)
        if first_at_once and not failures:
            backoff = 0.0
        cursor.execute(STUMBLE, [error.code[:40], str(error.reason), claim.rung, max(backoff, at_least), *claim.key])
    log.warning("pull_stumbled", channel=claim.channel_id, code=error.code)


def _unauthorized(claim: Claim, access: Access | None, error: Unauthorized) -> None:
    """Try one refresh of the tokens; without it the channel waits for the admin, and says so."""
    try:
        refreshed = credentials.refresh(
            workspace_id=claim.workspace_id, channel_id=claim.channel_id, refused=access
        )
    except TryLater as trouble:
        _stumble(claim, trouble, at_least=trouble.seconds)
        return
    if refreshed:
        # Tokens of two hours would otherwise make a channel late twelve times a day, by a whole poll each time.
        renewed = TryLater(_("The sign-in was renewed; reading goes on."), seconds=0.0, code="refreshed")
        _stumble(claim, renewed, first_at_once=True)
        return
    park(workspace_id=claim.workspace_id, channel_id=claim.channel_id, reason=str(error.reason))
    _stumble(claim, error)


def park(*, workspace_id: int, channel_id: int, reason: str) -> None:
    """Mark a channel as needing its owner's sign-in. Nothing of it is dropped; the log tells who listens."""
    with tenant(workspace_id, step="channel.park"):
        changed = Channel.objects.filter(id=channel_id, state=ChannelState.CONNECTED).update(
            state=ChannelState.NEEDS_RECONNECT, trouble=reason
        )
        if changed:
            record("channels.needs_reconnect", actor_id=None, subject=f"social.Channel:{channel_id}", data={"reason": reason})


def due_channels(*, limit: int = 100) -> list[tuple[int, int]]:
    """(workspace, channel) of what is due, one of each workspace in turn. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, channel_id FROM social_due_channels(%s)", [limit])
        return [(row[0], row[1]) for row in cursor.fetchall()]


def make_due(*, channel_id: int, after: timedelta = timedelta()) -> None:
    """Let a channel of the selected workspace be read soon. Runs in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE social_pull SET due_at = clock_timestamp() + %s * interval '1 second' WHERE channel_id = %s",
            [after.total_seconds(), channel_id],
        )
