"""Line two, second half: what stands in the outbox leaves through its channel, once or in plain doubt.

Claim and commit, look at the lease once more, call, settle: the four steps of a send. The database's clock decides about leases,
and every write compares the generation. What the network did not plainly accept or refuse is `unknown`: `settling` reads it back.
Measured reasons: docs/adr/ and the fault tests.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from core.batches import read_json
from core.failpoints import calling
from core.http import not_after
from core.jobs import ring
from core.tenancy import tenant
from social.models import Delivery
from social.networks import network_of
from social.networks.base import Network
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, TryLater, Unauthorized, Unsupported
from social.networks.fates import Fate
from social.networks.values import Access, Outgoing, Receipt
from social.services import chat_files, chatting, credentials, outbox, resting, uploading
from social.services.budgets import hold_of_sender
from social.services.fairness import SENDING, comes_first, serving
from social.services.leases import begin_seconds, call_seconds, lease_seconds
from social.services.pulling import park

log = structlog.get_logger("rabta.delivering")

#: Absent on read-back so often, it is not sent again by itself.
MAX_ATTEMPTS = 6

#: One run sends, or reads back, at most about so long; then it is others' turn.
RUN_SECONDS = 20.0

CHANNEL = """
SELECT network, state, greatest(hold_until, rests_until) > clock_timestamp(), failures FROM social_channel
WHERE workspace_id = %s AND id = %s FOR NO KEY UPDATE SKIP LOCKED
"""
#: A sender that never came back: bytes may have left.
EXPIRE = """
UPDATE social_delivery SET state = 'unknown', generation = generation + 1, leased_until = NULL, error_code = 'interrupted',
       not_before = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND channel_id = %s AND state = 'sending' AND leased_until < clock_timestamp()
RETURNING id
"""
#: The oldest due one whose lane has nothing older that is still open; none while another of the channel is being sent. A part of a
#: thread comes when the part before it has arrived, and answers that.
CLAIM = """
UPDATE social_delivery SET state = 'sending', generation = generation + 1, attempts = attempts + 1,
       attempted_at = clock_timestamp(), first_attempted_at = coalesce(first_attempted_at, clock_timestamp()),
       leased_until = clock_timestamp() + %s * interval '1 second',
       outgoing = CASE WHEN after_id IS NULL THEN outgoing ELSE jsonb_set(outgoing, '{in_reply_to}', (
           SELECT to_jsonb(p.external_id) FROM social_delivery p
           WHERE p.workspace_id = social_delivery.workspace_id AND p.id = social_delivery.after_id)) END
WHERE workspace_id = %s AND id = (
    SELECT d.id FROM social_delivery d
    WHERE d.workspace_id = %s AND d.channel_id = %s AND d.state = 'queued' AND d.not_before <= clock_timestamp()
      AND NOT EXISTS (SELECT 1 FROM social_delivery s WHERE s.workspace_id = d.workspace_id
                      AND s.channel_id = d.channel_id AND s.state = 'sending')
      AND NOT EXISTS (SELECT 1 FROM social_delivery e WHERE e.workspace_id = d.workspace_id
                      AND e.channel_id = d.channel_id AND e.lane = d.lane AND e.id < d.id
                      AND e.state IN ('queued', 'waiting', 'unknown'))
      AND (d.after_id IS NULL OR EXISTS (SELECT 1 FROM social_delivery p WHERE p.workspace_id = d.workspace_id
                                         AND p.id = d.after_id AND p.state = 'sent' AND p.external_id IS NOT NULL))
    ORDER BY d.not_before, d.id LIMIT 1)
RETURNING id, generation, outgoing, attempts, first_attempted_at, error_code
"""
STILL_OURS = """
SELECT leased_until - clock_timestamp() > %s * interval '1 second' FROM social_delivery
WHERE workspace_id = %s AND id = %s AND generation = %s AND state = 'sending'
"""
WRITE = """
UPDATE social_delivery SET state = %s, generation = generation + 1, leased_until = NULL, external_id = %s, url = %s,
       error_code = %s, error = %s, not_before = clock_timestamp() + %s * interval '1 second',
       settled_at = CASE WHEN %s THEN clock_timestamp() END
WHERE workspace_id = %s AND id = %s AND generation = %s
"""
#: A receipt is proof, whoever holds the row by now, unless it already stands as settled.
ADOPT_LATE = """
UPDATE social_delivery SET state = 'sent', generation = generation + 1, leased_until = NULL, external_id = %s, url = %s,
       error_code = '', error = '', settled_at = clock_timestamp()
WHERE workspace_id = %s AND id = %s AND state IN ('sending', 'unknown', 'needs_decision')
"""
#: A later word of the network outweighs a receipt: it was accepted, and did not arrive.
NEVER_ARRIVED = """
UPDATE social_delivery SET state = 'failed', generation = generation + 1, leased_until = NULL, external_id = %s,
       error_code = %s, error = %s, settled_at = clock_timestamp()
WHERE workspace_id = %s AND channel_id = %s AND (external_id = %s OR (id = %s AND external_id IS NULL))
  AND state IN ('sending', 'unknown', 'needs_decision', 'sent')
RETURNING id
"""
#: Later words only: what was read does not become merely delivered again.
REACHED = """
UPDATE social_delivery SET reached = %s WHERE workspace_id = %s AND channel_id = %s AND (external_id = %s OR id = %s)
  AND state = 'sent' AND reached <> %s AND reached <> 'read' RETURNING id
"""
#: All that has arrived in one thread. A row's own moment lies before the network's, which says how far a person has read.
READ_UNTIL = """
UPDATE social_delivery SET reached = %s WHERE workspace_id = %s AND channel_id = %s AND reached = 'delivered'
  AND outgoing->>'thread_key' = %s AND attempted_at <= %s RETURNING id
"""
HOLD = """
UPDATE social_channel SET hold_until = greatest(hold_until, clock_timestamp() + %s * interval '1 second')
WHERE workspace_id = %s AND id = %s
"""
SETTLED = frozenset({"sent", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send, or to settle, one delivery for a while."""

    workspace_id: int
    channel_id: int
    delivery_id: int
    generation: int
    outgoing: Outgoing
    attempts: int
    first_attempted_at: datetime
    #: Why the last attempt ended in doubt.
    doubt: str
    network: Network
    #: Calls in a row that the network did not answer.
    failures: int

    def heard(self, error: BaseException | None) -> None:
        """Count how the call ended."""
        resting.heard(workspace_id=self.workspace_id, channel_id=self.channel_id, failures=self.failures, error=error)


def deliver(*, workspace_id: int, channel_id: int) -> int:
    """Send what is due on one channel, one after the other, for a while. Returns how many were tried.

    What is left then is for the next run, so that a long queue, or a slow network, does not keep the worker from other channels.
    When another workspace comes first, that one's channel is served instead.
    """
    if other := _turn(workspace_id):
        with serving(other[0]):
            return deliver(workspace_id=other[0], channel_id=other[1])
    tried = 0
    until = time.monotonic() + RUN_SECONDS
    while (claim := _claim(workspace_id, channel_id)) is not None:
        _send(claim)
        tried += 1
        if time.monotonic() > until:
            ring("social.tasks.deliver", workspace_id, channel_id)
            break
    return tried


def _turn(workspace_id: int) -> tuple[int, int] | None:
    """Who comes first instead of this workspace, if anybody. Asked once a run."""
    with tenant(workspace_id, step="send.turn"), connection.cursor() as cursor:
        return comes_first(cursor, SENDING, workspace_id)


def _claim(workspace_id: int, channel_id: int) -> Claim | None:
    """Take the next due delivery, unless another sender has this channel or the channel must be quiet."""
    with tenant(workspace_id, step="send.claim"), connection.cursor() as cursor:
        cursor.execute(CHANNEL, [workspace_id, channel_id])
        channel = cursor.fetchone()
        if channel is None:
            return None
        slug, state, held, failures = channel
        network = network_of(slug)
        cursor.execute(EXPIRE, [settle_seconds(network), workspace_id, channel_id])
        expired = [row[0] for row in cursor.fetchall()]
        if expired:
            outbox.announce(expired)
        if state != "connected" or held:
            return None
        cursor.execute(CLAIM, [lease_seconds(), workspace_id, workspace_id, channel_id])
        row = cursor.fetchone()
        if row:
            # The row of the channel is ours, so nobody else can have begun the one try after a rest.
            resting.try_once(cursor, workspace_id=workspace_id, channel_id=channel_id, failures=failures)
    return claimed(workspace_id, channel_id, network, failures, row) if row else None


def claimed(workspace_id: int, channel_id: int, network: Network, failures: int, row: tuple[Any, ...]) -> Claim:
    """The claim that a claiming query's row stands for."""
    delivery_id, generation, outgoing, attempts, first, doubt = row
    content = replace(Outgoing.from_json(read_json(outgoing)), key=f"{workspace_id}-{delivery_id}")
    return Claim(workspace_id, channel_id, delivery_id, generation, content, attempts, first, doubt, network, failures)


def settle_seconds(network: Network) -> float:
    """Seconds to wait before reading back: what the installation says, else what the network file knows."""
    return max(float(settings.SETTLE_SECONDS), 0.0) or network.settle_seconds


def _send(claim: Claim) -> None:
    network = claim.network
    access = None
    trouble: NetworkError | None = None
    try:
        access = credentials.open_access(workspace_id=claim.workspace_id, channel_id=claim.channel_id)
        outgoing = _opened(claim, access)
        if outgoing is None:
            log.info("lease_lost_while_uploading", delivery=claim.delivery_id)
            return
        # The clock starts before the look, so that no moment between look and call is without it: a frozen sender sends nothing.
        with not_after(begin_seconds()):
            if not _still_ours(claim):
                log.info("lease_too_short", delivery=claim.delivery_id)
                return
            with calling("send.post"):
                receipt = network.send(access, outgoing)
    except Rejected as error:
        write(claim, "failed", error=error)
    except Unsupported as error:
        write(claim, "failed", error=error)
    except TryLater as error:
        trouble = error
        write(claim, "queued", error=error, wait=error.seconds)
    except Unauthorized as error:
        _unauthorized(claim, access, error)
    except OutcomeUnknown as error:
        trouble = error
        write(claim, "unknown", error=error, wait=settle_seconds(network), hold=error.hold_seconds)
    except Exception as error:
        log.exception("send_failed", delivery=claim.delivery_id)
        doubt = OutcomeUnknown(_("Rabta stumbled while sending ({error}).").format(error=type(error).__name__), code="internal")
        write(claim, "unknown", error=doubt, wait=settle_seconds(network))
    else:
        accept(claim, receipt)
    claim.heard(trouble)


def _opened(claim: Claim, access: Access) -> Outgoing | None:
    """What to send with its files at hand. None when the claim was lost while they were handed over."""
    # Where we are the network ourselves, whoever reads the message fetches its files from us.
    if not claim.outgoing.media or claim.network.hosted:
        return claim.outgoing
    return uploading.with_files(
        workspace_id=claim.workspace_id,
        delivery_id=claim.delivery_id,
        generation=claim.generation,
        network=claim.network,
        access=access,
        outgoing=claim.outgoing,
    )


def _still_ours(claim: Claim) -> bool:
    """The last look before the network: does the lease still cover a whole call?"""
    with tenant(claim.workspace_id, step="send.check"), connection.cursor() as cursor:
        cursor.execute(
            STILL_OURS,
            [call_seconds(claim.network), claim.workspace_id, claim.delivery_id, claim.generation],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def _unauthorized(claim: Claim, access: Access | None, error: Unauthorized) -> None:
    """A plain 401 means nothing was taken. Renew the sign-in once, else the channel and its queue wait for the admin."""
    try:
        renewed = renew(claim, access)
    except TryLater as trouble:
        write(claim, "queued", error=trouble, wait=trouble.seconds)
        return
    if renewed and claim.attempts < MAX_ATTEMPTS:
        write(claim, "queued")
        return
    park(workspace_id=claim.workspace_id, channel_id=claim.channel_id, reason=str(error.reason))
    write(claim, "waiting", error=error)


def write(
    claim: Claim,
    state: str,
    *,
    error: NetworkError | None = None,
    wait: float = 0.0,
    hold: float = 0.0,
    receipt: Receipt | None = None,
) -> bool:
    """Write an outcome if the delivery is still this claim's. Returns whether it was."""
    with tenant(claim.workspace_id, step="send.settle"), connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            [
                state,
                receipt.external_id if receipt else None,
                receipt.url if receipt else "",
                error.code[:40] if error else "",
                str(error.reason) if error else "",
                wait,
                state in SETTLED,
                claim.workspace_id,
                claim.delivery_id,
                claim.generation,
            ],
        )
        ours: bool = cursor.rowcount == 1
        if ours:
            outbox.announce([claim.delivery_id])
            if receipt:
                _hand_over(claim, receipt)
        if hold:
            cursor.execute(HOLD, [hold, claim.workspace_id, claim.channel_id])
    return ours


def accept(claim: Claim, receipt: Receipt) -> None:
    """The network gave an id: the only proof there is."""
    try:
        if write(claim, "sent", receipt=receipt, hold=hold_of_sender(claim.network, receipt.quota)):
            return
        with tenant(claim.workspace_id, step="send.adopt_late"), connection.cursor() as cursor:
            cursor.execute(ADOPT_LATE, [receipt.external_id, receipt.url, claim.workspace_id, claim.delivery_id])
            if cursor.rowcount:
                outbox.announce([claim.delivery_id])
                _hand_over(claim, receipt)
    except IntegrityError:
        # The network answered with the id of another message of ours: somebody must look.
        doubt = OutcomeUnknown(_("The network answered with the number of another message."), code="duplicate_receipt")
        write(claim, "needs_decision", error=doubt)


def _hand_over(claim: Claim, receipt: Receipt) -> None:
    """Where we are the network ourselves, the words reach their reader in the same commit that says so (docs/adr/webchat.md)."""
    if claim.network.hosted:
        person = claim.outgoing.thread_key or claim.outgoing.to
        files = chat_files.numbers_of(channel_id=claim.channel_id, media=claim.outgoing.media)
        chatting.hand_over(
            channel_id=claim.channel_id, person=person, key=receipt.external_id, text=claim.outgoing.text, files=files
        )


def learn(*, workspace_id: int, channel_id: int, fates: Iterable[Fate]) -> None:
    """Take a network's later word on what we sent: proof for what was in doubt, failure for what did not arrive. Idempotent."""
    with tenant(workspace_id, step="send.learn"):
        take_word(workspace_id=workspace_id, channel_id=channel_id, fates=fates)


def take_word(*, workspace_id: int, channel_id: int, fates: Iterable[Fate]) -> None:
    """The same in the caller's transaction."""
    with connection.cursor() as cursor:
        for fate in fates:
            delivery_id = _delivery_of(fate.key, workspace_id)
            if fate.reason:
                said = [fate.external_id, fate.code[:40], str(fate.reason)]
                cursor.execute(NEVER_ARRIVED, [*said, workspace_id, channel_id, fate.external_id, delivery_id])
                outbox.announce([row[0] for row in cursor.fetchall()])
            elif Delivery.objects.filter(id=delivery_id, channel_id=channel_id).exists():
                cursor.execute(ADOPT_LATE, [fate.external_id, "", workspace_id, delivery_id])
                if cursor.rowcount:
                    outbox.announce([delivery_id])
            if fate.until and fate.thread_key:
                cursor.execute(READ_UNTIL, [fate.reached, workspace_id, channel_id, fate.thread_key, fate.until])
                outbox.announce([row[0] for row in cursor.fetchall()])
            elif fate.reached and not fate.reason:
                cursor.execute(
                    REACHED, [fate.reached, workspace_id, channel_id, fate.external_id, delivery_id, fate.reached]
                )
                outbox.announce([row[0] for row in cursor.fetchall()])


def _delivery_of(key: str, workspace_id: int) -> int:
    """The delivery that `claimed` made a key for; 0 for a key that is none of this workspace's."""
    workspace, _dash, delivery = key.partition("-")
    ours = workspace == str(workspace_id) and delivery.isascii() and delivery.isdigit() and len(delivery) < 19
    return int(delivery) if ours else 0


def renew(claim: Claim, refused: Access | None) -> bool:
    """Renew the sign-in that was refused under this claim. Returns whether there are other tokens now."""
    return credentials.refresh(workspace_id=claim.workspace_id, channel_id=claim.channel_id, refused=refused)


def due_deliveries(*, limit: int = 200) -> list[tuple[int, int, str]]:
    """(workspace, channel, 'deliver' or 'settle') of what is due. Asks a named door (docs/doors.md)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, channel_id, work FROM social_due_deliveries(%s)", [limit])
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]
