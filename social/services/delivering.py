"""Line two, second half: what stands in the outbox leaves through its channel, once or in plain doubt.

Claim and commit, look at the lease once more, call, settle: the four steps of a send. The database's clock decides about leases,
and every write compares the generation. What the network did not plainly accept or refuse is `unknown`: after the settle time it
is read back there, and adopted, sent again, or shown to a person. Measured reasons: docs/adr/ and the fault tests.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from core.batches import read_json
from core.failpoints import calling
from core.http import not_after
from core.tenancy import tenant
from social.models import Delivery
from social.networks import network_of
from social.networks.base import Access, Fate, Found, Network, Outgoing, Receipt
from social.networks.errors import DUPLICATE, NetworkError, OutcomeUnknown, Rejected, TryLater, Unauthorized, Unsupported
from social.services import credentials, outbox
from social.services.leases import begin_seconds, call_seconds, lease_seconds
from social.services.pulling import park

log = structlog.get_logger("rabta.delivering")

#: Absent on read-back so often, it is not sent again by itself.
MAX_ATTEMPTS = 6
#: Reading back looks this far before our first attempt, since the network's clock is not ours.
CLOCK_SLACK = timedelta(minutes=5)
#: Between two looks at the network for something it would not show us.
LOOK_AGAIN_SECONDS = 15.0

CHANNEL = """
SELECT network, state, hold_until > clock_timestamp() FROM social_channel
WHERE workspace_id = %s AND id = %s FOR NO KEY UPDATE SKIP LOCKED
"""
#: A sender that never came back: bytes may have left.
EXPIRE = """
UPDATE social_delivery SET state = 'unknown', generation = generation + 1, leased_until = NULL, error_code = 'interrupted',
       not_before = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND channel_id = %s AND state = 'sending' AND leased_until < clock_timestamp()
RETURNING id
"""
#: The oldest due one whose lane has nothing older that is still open; none while another of the channel is being sent.
CLAIM = """
UPDATE social_delivery SET state = 'sending', generation = generation + 1, attempts = attempts + 1,
       attempted_at = clock_timestamp(), first_attempted_at = coalesce(first_attempted_at, clock_timestamp()),
       leased_until = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND id = (
    SELECT d.id FROM social_delivery d
    WHERE d.workspace_id = %s AND d.channel_id = %s AND d.state = 'queued' AND d.not_before <= clock_timestamp()
      AND NOT EXISTS (SELECT 1 FROM social_delivery s WHERE s.workspace_id = d.workspace_id
                      AND s.channel_id = d.channel_id AND s.state = 'sending')
      AND NOT EXISTS (SELECT 1 FROM social_delivery e WHERE e.workspace_id = d.workspace_id
                      AND e.channel_id = d.channel_id AND e.lane = d.lane AND e.id < d.id
                      AND e.state IN ('queued', 'waiting', 'unknown'))
    ORDER BY d.not_before, d.id LIMIT 1)
RETURNING id, generation, outgoing, attempts, first_attempted_at, error_code
"""
CLAIM_UNKNOWN = """
UPDATE social_delivery SET generation = generation + 1, leased_until = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND id = (
    SELECT id FROM social_delivery WHERE workspace_id = %s AND channel_id = %s AND state = 'unknown'
      AND not_before <= clock_timestamp() AND (leased_until IS NULL OR leased_until < clock_timestamp())
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
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
HOLD = """
UPDATE social_channel SET hold_until = greatest(hold_until, clock_timestamp() + %s * interval '1 second')
WHERE workspace_id = %s AND id = %s
"""
PAST_DECISION = """
SELECT clock_timestamp() - attempted_at > %s * interval '1 second' FROM social_delivery WHERE workspace_id = %s AND id = %s
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


def deliver(*, workspace_id: int, channel_id: int) -> int:
    """Send what is due on one channel, one after the other. Returns how many were tried."""
    tried = 0
    while (claim := _claim(workspace_id, channel_id)) is not None:
        _send(claim)
        tried += 1
    return tried


def _claim(workspace_id: int, channel_id: int) -> Claim | None:
    """Take the next due delivery, unless another sender has this channel or the channel must be quiet."""
    with tenant(workspace_id, step="send.claim"), connection.cursor() as cursor:
        cursor.execute(CHANNEL, [workspace_id, channel_id])
        channel = cursor.fetchone()
        if channel is None:
            return None
        slug, state, held = channel
        network = network_of(slug)
        cursor.execute(EXPIRE, [settle_seconds(network), workspace_id, channel_id])
        expired = [row[0] for row in cursor.fetchall()]
        if expired:
            outbox.announce(expired)
        if state != "connected" or held:
            return None
        cursor.execute(CLAIM, [lease_seconds(), workspace_id, workspace_id, channel_id])
        row = cursor.fetchone()
    return _claimed(workspace_id, channel_id, network, row) if row else None


def _claimed(workspace_id: int, channel_id: int, network: Network, row: tuple[Any, ...]) -> Claim:
    delivery_id, generation, outgoing, attempts, first, doubt = row
    content = replace(Outgoing.from_json(read_json(outgoing)), key=f"{workspace_id}-{delivery_id}")
    return Claim(workspace_id, channel_id, delivery_id, generation, content, attempts, first, doubt, network)


def settle_seconds(network: Network) -> float:
    """Seconds to wait before reading back: what the installation says, else what the network file knows."""
    return max(float(settings.SETTLE_SECONDS), 0.0) or network.settle_seconds


def _send(claim: Claim) -> None:
    network = claim.network
    access = None
    try:
        access = credentials.open_access(workspace_id=claim.workspace_id, channel_id=claim.channel_id)
        # The clock starts before the look, so that no moment between look and call is without it: a frozen sender sends nothing.
        with not_after(begin_seconds()):
            if not _still_ours(claim):
                log.info("lease_too_short", delivery=claim.delivery_id)
                return
            with calling("send.post"):
                receipt = network.send(access, claim.outgoing)
    except Rejected as error:
        _write(claim, "failed", error=error)
    except Unsupported as error:
        _write(claim, "failed", error=error)
    except TryLater as error:
        _write(claim, "queued", error=error, wait=error.seconds)
    except Unauthorized as error:
        _unauthorized(claim, access, error)
    except OutcomeUnknown as error:
        _write(claim, "unknown", error=error, wait=settle_seconds(network), hold=error.hold_seconds)
    except Exception as error:
        log.exception("send_failed", delivery=claim.delivery_id)
        doubt = OutcomeUnknown(_("Rabta stumbled while sending ({error}).").format(error=type(error).__name__), code="internal")
        _write(claim, "unknown", error=doubt, wait=settle_seconds(network))
    else:
        _accept(claim, receipt)


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
        renewed = _renew(claim, access)
    except TryLater as trouble:
        _write(claim, "queued", error=trouble, wait=trouble.seconds)
        return
    if renewed and claim.attempts < MAX_ATTEMPTS:
        _write(claim, "queued")
        return
    park(workspace_id=claim.workspace_id, channel_id=claim.channel_id, reason=str(error.reason))
    _write(claim, "waiting", error=error)


def _write(
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
        if hold:
            cursor.execute(HOLD, [hold, claim.workspace_id, claim.channel_id])
    return ours


def _accept(claim: Claim, receipt: Receipt) -> None:
    """The network gave an id: the only proof there is."""
    try:
        if _write(claim, "sent", receipt=receipt):
            return
        with tenant(claim.workspace_id, step="send.adopt_late"), connection.cursor() as cursor:
            cursor.execute(ADOPT_LATE, [receipt.external_id, receipt.url, claim.workspace_id, claim.delivery_id])
            if cursor.rowcount:
                outbox.announce([claim.delivery_id])
    except IntegrityError:
        # The network answered with the id of another message of ours: somebody must look.
        doubt = OutcomeUnknown(_("The network answered with the number of another message."), code="duplicate_receipt")
        _write(claim, "needs_decision", error=doubt)


def learn(*, workspace_id: int, channel_id: int, fates: Iterable[Fate]) -> None:
    """Take a network's later word on what we sent: proof for what was in doubt, failure for what did not arrive. Idempotent."""
    with tenant(workspace_id, step="send.learn"), connection.cursor() as cursor:
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


def _delivery_of(key: str, workspace_id: int) -> int:
    """The delivery that `_claimed` made a key for; 0 for a key that is none of this workspace's."""
    workspace, _dash, delivery = key.partition("-")
    ours = workspace == str(workspace_id) and delivery.isascii() and delivery.isdigit() and len(delivery) < 19
    return int(delivery) if ours else 0


def settle(*, workspace_id: int, channel_id: int) -> int:
    """Read back what nobody knows about on one channel, and decide. Returns how many were looked at."""
    looked = 0
    while (claim := _claim_unknown(workspace_id, channel_id)) is not None:
        _settle(claim)
        looked += 1
    return looked


def _claim_unknown(workspace_id: int, channel_id: int) -> Claim | None:
    with tenant(workspace_id, step="settle.claim"), connection.cursor() as cursor:
        cursor.execute("SELECT network, state FROM social_channel WHERE workspace_id = %s AND id = %s", [workspace_id, channel_id])
        channel = cursor.fetchone()
        if channel is None or channel[1] not in ("connected", "paused"):
            return None
        network = network_of(channel[0])
        cursor.execute(CLAIM_UNKNOWN, [lease_seconds(), workspace_id, workspace_id, channel_id])
        row = cursor.fetchone()
    return _claimed(workspace_id, channel_id, network, row) if row else None


def _renew(claim: Claim, refused: Access | None) -> bool:
    return credentials.refresh(workspace_id=claim.workspace_id, channel_id=claim.channel_id, refused=refused)


def _settle(claim: Claim) -> None:
    access = None
    try:
        access = credentials.open_access(workspace_id=claim.workspace_id, channel_id=claim.channel_id)
        # Reading late harms nobody, and a slow network needs its time for several pages.
        with calling("settle.read_back"), not_after(call_seconds(claim.network)):
            found = claim.network.find_sent(access, claim.outgoing, since=claim.first_attempted_at - CLOCK_SLACK)
    except Unauthorized as error:
        _settle_unauthorized(claim, access, error)
        return
    except TryLater as error:
        _look_again(claim, error, wait=max(error.seconds, LOOK_AGAIN_SECONDS))
        return
    except Exception as error:  # noqa: BLE001 - a reading that failed decides nothing; the look is repeated, then a person asked
        log.warning("read_back_failed", delivery=claim.delivery_id, error=repr(error))
        _look_again(claim, OutcomeUnknown(_("The network could not be read back."), code="unreadable"), wait=LOOK_AGAIN_SECONDS)
        return
    _judge(claim, found)


def _judge(claim: Claim, found: Found) -> None:
    unclaimed = _unclaimed(claim, found)
    if len(unclaimed) == 1:
        _accept(claim, unclaimed[0])
    elif len(unclaimed) > 1:
        doubt = OutcomeUnknown(_("Several posts on the network look like this one."), code="ambiguous")
        _look_again(claim, doubt, wait=LOOK_AGAIN_SECONDS)
    elif not found.complete:
        doubt = OutcomeUnknown(_("The network did not show everything we sent."), code="incomplete")
        _look_again(claim, doubt, wait=LOOK_AGAIN_SECONDS)
    elif claim.doubt == DUPLICATE and claim.attempts == 1:
        # The network has these words from this account, and not from this message: an earlier one, which is someone else's.
        reason = _("You have already sent these same words, and the network takes them only once. Change something and send again.")
        _write(claim, "failed", error=Rejected(reason, code=DUPLICATE))
    elif claim.doubt == DUPLICATE:
        # After a resend they may be our own first attempt, late to show: sending again cannot help, a person can.
        doubt = OutcomeUnknown(_("The network says that it has this message, and does not show it."), code=DUPLICATE)
        _look_again(claim, doubt, wait=LOOK_AGAIN_SECONDS)
    elif claim.attempts >= MAX_ATTEMPTS:
        _write(claim, "failed", error=Rejected(_("The network did not take this after several attempts."), code="never_appeared"))
    else:
        _write(claim, "queued")


def _unclaimed(claim: Claim, found: Found) -> list[Receipt]:
    """Matches on the network that are no other delivery's."""
    ids = [receipt.external_id for receipt in found.receipts]
    with tenant(claim.workspace_id, step="settle.compare"):
        taken = set(
            Delivery.objects.filter(channel_id=claim.channel_id, external_id__in=ids)
            .exclude(id=claim.delivery_id)
            .values_list("external_id", flat=True)
        )
    return [receipt for receipt in found.receipts if receipt.external_id not in taken]


def _settle_unauthorized(claim: Claim, access: Access | None, error: Unauthorized) -> None:
    try:
        if _renew(claim, access):
            _look_again(claim, error, wait=0.0)
            return
    except TryLater as trouble:
        _look_again(claim, trouble, wait=max(trouble.seconds, LOOK_AGAIN_SECONDS))
        return
    park(workspace_id=claim.workspace_id, channel_id=claim.channel_id, reason=str(error.reason))
    _look_again(claim, error, wait=LOOK_AGAIN_SECONDS)


def _look_again(claim: Claim, error: NetworkError, *, wait: float) -> None:
    """Not settled this time. Past the patience of the installation a person decides."""
    with tenant(claim.workspace_id, step="settle.patience"), connection.cursor() as cursor:
        cursor.execute(PAST_DECISION, [settings.DECISION_SECONDS, claim.workspace_id, claim.delivery_id])
        row = cursor.fetchone()
    _write(claim, "needs_decision" if row and row[0] else "unknown", error=error, wait=wait)


def due_deliveries(*, limit: int = 200) -> list[tuple[int, int, str]]:
    """(workspace, channel, 'deliver' or 'settle') of what is due. Asks a named door (docs/doors.md)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, channel_id, work FROM social_due_deliveries(%s)", [limit])
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]
