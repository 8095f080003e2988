"""Deeds on messages that exist: asked for with the click, done by a worker, done again where nobody knows whether they were.

Networks do them once however often they are asked. So nothing is read back, and a claim that ran out is open again: killed
anywhere, a deed is done in the end. Only its turn matters (an old “like” must not follow a newer “unlike”): deeds on one message
are done in order, and a worker that was frozen past its claim begins no call. The clock of claims is the database's.
"""

import time
from dataclasses import dataclass

import structlog
from django.db import connection
from django.utils.translation import gettext as _

from activity.services.log import record
from core.batches import read_json
from core.clock import now
from core.errors import Conflict, Invalid
from core.failpoints import calling
from core.http import not_after
from core.jobs import ring
from core.tenancy import current_workspace_id, tenant
from social.models import Channel, ChannelState, DeedRow, DeedState
from social.networks import network_of
from social.networks.base import Network
from social.networks.errors import NetworkError, Rejected, TryLater, Unauthorized, Unsupported
from social.networks.values import Access, Deed, DeedKind
from social.services import credentials, resting
from social.services.leases import begin_seconds, call_seconds, lease_seconds
from social.services.pulling import park

log = structlog.get_logger("rabta.deeds")

#: So often it is tried without a clear answer; with the pauses below that is a good hour. Then a person is told.
MAX_ATTEMPTS = 12
FIRST_WAIT_SECONDS = 3.0
LONGEST_WAIT_SECONDS = 900.0
#: One run works at most about so long; then it is others' turn.
RUN_SECONDS = 20.0
OPEN = (DeedState.QUEUED, DeedState.DOING)
#: Kinds that leave things as they are when they are asked for twice.
LASTING = (DeedKind.LIKE, DeedKind.UNLIKE, DeedKind.HIDE, DeedKind.UNHIDE)

CHANNEL = """
SELECT network, state, coalesce(greatest(hold_until, rests_until) > clock_timestamp(), false), failures FROM social_channel
WHERE workspace_id = %s AND id = %s FOR NO KEY UPDATE SKIP LOCKED
"""
REOPEN = """
UPDATE social_deed SET state = 'queued', generation = generation + 1, leased_until = NULL
WHERE workspace_id = %s AND channel_id = %s AND state = 'doing' AND leased_until < clock_timestamp()
"""
#: The oldest due one whose message has nothing older that is still open; none while another of the channel is being done.
CLAIM = """
UPDATE social_deed SET state = 'doing', generation = generation + 1, attempts = attempts + 1,
       leased_until = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND id = (
    SELECT d.id FROM social_deed d
    WHERE d.workspace_id = %s AND d.channel_id = %s AND d.state = 'queued' AND d.not_before <= clock_timestamp()
      AND NOT EXISTS (SELECT 1 FROM social_deed o WHERE o.workspace_id = d.workspace_id AND o.channel_id = d.channel_id
                      AND o.state = 'doing')
      AND NOT EXISTS (SELECT 1 FROM social_deed e WHERE e.workspace_id = d.workspace_id AND e.channel_id = d.channel_id
                      AND e.external_id = d.external_id AND e.id < d.id AND e.state IN ('queued', 'doing'))
    ORDER BY d.not_before, d.id LIMIT 1)
RETURNING id, generation, deed, attempts
"""
STILL_OURS = """
SELECT leased_until - clock_timestamp() > %s * interval '1 second' FROM social_deed
WHERE workspace_id = %s AND id = %s AND generation = %s AND state = 'doing'
"""
SETTLE = """
UPDATE social_deed SET state = %s, generation = generation + 1, leased_until = NULL, error_code = %s, error = %s,
       not_before = clock_timestamp() + %s * interval '1 second', settled_at = CASE WHEN %s THEN clock_timestamp() END
WHERE workspace_id = %s AND id = %s AND generation = %s
"""
DROP = """
UPDATE social_deed SET state = 'dropped', generation = generation + 1, settled_at = clock_timestamp()
WHERE workspace_id = %s AND channel_id = %s AND external_id = %s AND state = 'queued' AND (family = %s OR %s) RETURNING id
"""


# --- asking for it ----------------------------------------------------------------------------------------------------
def ask(*, channel: Channel, deed: Deed, before: str, actor_id: int | None) -> DeedRow:
    """Have something done to a message, in the caller's transaction, which holds the message's row.

    What is asked for already, or is so already, is not asked for again. `before` are the words that an edit replaces. What has not
    begun and is overtaken by this is dropped. Raises Invalid (field `kind`, or `text` of an edit) for what the network does not
    offer, Conflict for a disconnected channel.
    """
    reason = network_of(channel.network).deed_refusal(deed)
    if reason is not None:
        raise Invalid(reason, field="text" if deed.kind == DeedKind.EDIT else "kind", code="not_offered")
    if channel.state == ChannelState.DISCONNECTED:
        raise Conflict(_("This channel is disconnected. Connect it again to answer through it."), field="channel")
    rows = DeedRow.objects.filter(channel=channel, external_id=deed.external_id)
    newest = rows.filter(family=deed.family).exclude(state=DeedState.DROPPED).order_by("-id").first()
    if newest is not None and _stands(newest, deed):
        return newest
    with connection.cursor() as cursor:
        cursor.execute(
            DROP, [current_workspace_id(), channel.id, deed.external_id, deed.family.value, deed.kind == DeedKind.DELETE]
        )
        dropped = [row[0] for row in cursor.fetchall()]
    moment = now()
    row = DeedRow.objects.create(
        channel=channel,
        external_id=deed.external_id,
        family=deed.family.value,
        kind=deed.kind.value,
        deed=deed.as_json(),
        before=before if deed.kind == DeedKind.EDIT else "",
        not_before=moment,
        created_at=moment,
        created_by_id=actor_id,
    )
    announce([*dropped, row.id])
    ring("social.tasks.act", current_workspace_id(), channel.id)
    return row


def _stands(newest: DeedRow, deed: Deed) -> bool:
    """Whether the newest of its family is the same and on its way, or done for good."""
    same = newest.kind == deed.kind and newest.deed.get("text", "") == deed.text
    return same and (newest.state in OPEN or (newest.state == DeedState.DONE and deed.kind in LASTING))


def announce(deed_ids: list[int]) -> None:
    """Tell the log that these deeds changed; who mirrors their state reads it from here."""
    record("deeds.changed", actor_id=None, data={"ids": deed_ids})


# --- doing it ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do one deed for a while."""

    workspace_id: int
    channel_id: int
    deed_id: int
    generation: int
    deed: Deed
    attempts: int
    network: Network
    #: Calls in a row that the network did not answer.
    failures: int


def act(*, workspace_id: int, channel_id: int) -> int:
    """Do what is due on one channel, one after the other, for a while. Returns how many were tried."""
    tried = 0
    until = time.monotonic() + RUN_SECONDS
    while (claim := _claim(workspace_id, channel_id)) is not None:
        _do(claim)
        tried += 1
        if time.monotonic() > until:
            ring("social.tasks.act", workspace_id, channel_id)
            break
    return tried


def _claim(workspace_id: int, channel_id: int) -> Claim | None:
    with tenant(workspace_id, step="deed.claim"), connection.cursor() as cursor:
        cursor.execute(CHANNEL, [workspace_id, channel_id])
        channel = cursor.fetchone()
        if channel is None:
            return None
        slug, state, held, failures = channel
        cursor.execute(REOPEN, [workspace_id, channel_id])
        if state != ChannelState.CONNECTED or held:
            return None
        cursor.execute(CLAIM, [lease_seconds(), workspace_id, workspace_id, channel_id])
        row = cursor.fetchone()
        if row is None:
            return None
        # The row of the channel is ours, so nobody else can have begun the one try after a rest.
        resting.try_once(cursor, workspace_id=workspace_id, channel_id=channel_id, failures=failures)
    deed_id, generation, deed, attempts = row
    return Claim(
        workspace_id, channel_id, deed_id, generation, Deed.from_json(read_json(deed)), attempts, network_of(slug), failures
    )


def _do(claim: Claim) -> None:
    access = None
    trouble: NetworkError | None = None
    try:
        access = credentials.open_access(workspace_id=claim.workspace_id, channel_id=claim.channel_id)
        # The clock starts before the look, so that no moment between look and call is without it.
        with not_after(begin_seconds()):
            if not _still_ours(claim):
                log.info("lease_too_short", deed=claim.deed_id)
                return
            with calling("deed.act"):
                claim.network.act(access, claim.deed)
    except Rejected as error:
        settle(claim, "done" if _was_done_before(claim, error) else "failed", error=error)
    except Unsupported as error:
        settle(claim, "failed", error=error)
    except TryLater as error:
        trouble = error
        _again(claim, error, at_least=error.seconds)
    except Unauthorized as error:
        _unauthorized(claim, access, error)
    except Exception as error:
        log.exception("deed_failed", deed=claim.deed_id)
        reason = _("Rabta stumbled over an answer of the network ({error}). It tries again by itself.")
        _again(claim, NetworkError(reason.format(error=type(error).__name__), code="internal"))
    else:
        settle(claim, "done")
    resting.heard(workspace_id=claim.workspace_id, channel_id=claim.channel_id, failures=claim.failures, error=trouble)


def _was_done_before(claim: Claim, error: Rejected) -> bool:
    """Whether a message that is gone is so by an earlier try of ours, whose answer nobody heard."""
    return claim.deed.kind == DeedKind.DELETE and error.code == "gone" and claim.attempts > 1


def _still_ours(claim: Claim) -> bool:
    """The last look before the network: does the lease still cover a whole call?"""
    with tenant(claim.workspace_id, step="deed.check"), connection.cursor() as cursor:
        cursor.execute(STILL_OURS, [call_seconds(claim.network), claim.workspace_id, claim.deed_id, claim.generation])
        row = cursor.fetchone()
    return bool(row and row[0])


def _unauthorized(claim: Claim, access: Access | None, error: Unauthorized) -> None:
    """Renew the sign-in once, else the channel and what is to be done on it wait for the admin."""
    try:
        renewed = credentials.refresh(workspace_id=claim.workspace_id, channel_id=claim.channel_id, refused=access)
    except TryLater as trouble:
        _again(claim, trouble, at_least=trouble.seconds)
        return
    if renewed and claim.attempts < MAX_ATTEMPTS:
        settle(claim, "queued")
        return
    park(workspace_id=claim.workspace_id, channel_id=claim.channel_id, reason=str(error.reason))
    settle(claim, "queued", error=error)


def _again(claim: Claim, error: NetworkError, *, at_least: float = 0.0) -> None:
    """Come back later: doubling, capped, never before the network allows; after many tries a person is told."""
    if claim.attempts >= MAX_ATTEMPTS:
        settle(claim, "failed", error=error)
        return
    backoff = min(FIRST_WAIT_SECONDS * 2 ** (claim.attempts - 1), LONGEST_WAIT_SECONDS)
    settle(claim, "queued", error=error, wait=max(backoff, at_least))


def settle(claim: Claim, state: str, *, error: NetworkError | None = None, wait: float = 0.0) -> None:
    """Write how it ended, if the deed is still this claim's."""
    said = ("", "") if state == "done" or error is None else (error.code[:40], str(error.reason))
    with tenant(claim.workspace_id, step="deed.settle"), connection.cursor() as cursor:
        cursor.execute(
            SETTLE, [state, *said, wait, state in ("done", "failed"), claim.workspace_id, claim.deed_id, claim.generation]
        )
        if cursor.rowcount:
            announce([claim.deed_id])


def due_deeds(*, limit: int = 200) -> list[tuple[int, int]]:
    """(workspace, channel) of what is due. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, channel_id FROM social_due_deeds(%s)", [limit])
        return [(row[0], row[1]) for row in cursor.fetchall()]
