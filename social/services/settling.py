"""Line two, its end: what nobody knows about is read back on the network, and adopted, sent again, or shown to a person."""

import time
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from core.failpoints import calling
from core.http import not_after
from core.tenancy import tenant
from social.models import Delivery
from social.networks import network_of
from social.networks.errors import DUPLICATE, NetworkError, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.values import Access, Found, Receipt
from social.services import credentials, resting
from social.services.delivering import MAX_ATTEMPTS, RUN_SECONDS, Claim, accept, claimed, renew, write
from social.services.leases import call_seconds, lease_seconds
from social.services.pulling import park

log = structlog.get_logger("rabta.settling")

#: Reading back looks this far before our first attempt, since the network's clock is not ours.
CLOCK_SLACK = timedelta(minutes=5)
#: Between two looks at the network for something it would not show us.
LOOK_AGAIN_SECONDS = 15.0

CLAIM_UNKNOWN = """
UPDATE social_delivery SET generation = generation + 1, leased_until = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND id = (
    SELECT id FROM social_delivery WHERE workspace_id = %s AND channel_id = %s AND state = 'unknown'
      AND not_before <= clock_timestamp() AND (leased_until IS NULL OR leased_until < clock_timestamp())
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, generation, outgoing, attempts, first_attempted_at, error_code
"""
DOUBTED = """
SELECT network, state, coalesce(rests_until > clock_timestamp(), false), failures FROM social_channel
WHERE workspace_id = %s AND id = %s
"""
GIVE_BACK = "UPDATE social_delivery SET leased_until = NULL WHERE workspace_id = %s AND id = %s AND generation = %s"
PAST_DECISION = """
SELECT clock_timestamp() - attempted_at > %s * interval '1 second' FROM social_delivery WHERE workspace_id = %s AND id = %s
"""


def settle(*, workspace_id: int, channel_id: int) -> int:
    """Read back what nobody knows about on one channel, for a while, and decide. Returns how many were looked at."""
    looked = 0
    until = time.monotonic() + RUN_SECONDS
    while time.monotonic() < until and (claim := _claim_unknown(workspace_id, channel_id)) is not None:
        _settle(claim)
        looked += 1
    return looked


def _claim_unknown(workspace_id: int, channel_id: int) -> Claim | None:
    with tenant(workspace_id, step="settle.claim"), connection.cursor() as cursor:
        cursor.execute(DOUBTED, [workspace_id, channel_id])
        channel = cursor.fetchone()
        if channel is None or channel[1] not in ("connected", "paused") or channel[2]:
            return None
        network, failures = network_of(channel[0]), channel[3]
        cursor.execute(CLAIM_UNKNOWN, [lease_seconds(), workspace_id, workspace_id, channel_id])
        row = cursor.fetchone()
        if row and not resting.try_once(cursor, workspace_id=workspace_id, channel_id=channel_id, failures=failures):
            cursor.execute(GIVE_BACK, [workspace_id, row[0], row[1]])
            return None
    return claimed(workspace_id, channel_id, network, failures, row) if row else None


def _settle(claim: Claim) -> None:
    if not claim.network.shows_sent:
        reason = _("{network} shows nobody what was sent. Look into the chat, then decide.").format(network=claim.network.label)
        write(claim, "needs_decision", error=OutcomeUnknown(reason, code="not_shown"))
        return
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
        claim.heard(error)
        return
    except Exception as error:  # noqa: BLE001 - a reading that failed decides nothing; the look is repeated, then a person asked
        log.warning("read_back_failed", delivery=claim.delivery_id, error=repr(error))
        _look_again(claim, OutcomeUnknown(_("The network could not be read back."), code="unreadable"), wait=LOOK_AGAIN_SECONDS)
        return
    _judge(claim, found)
    claim.heard(None)


def _judge(claim: Claim, found: Found) -> None:
    unclaimed = _unclaimed(claim, found)
    if len(unclaimed) == 1:
        accept(claim, unclaimed[0])
    elif len(unclaimed) > 1:
        doubt = OutcomeUnknown(_("Several posts on the network look like this one."), code="ambiguous")
        _look_again(claim, doubt, wait=LOOK_AGAIN_SECONDS)
    elif not found.complete:
        doubt = OutcomeUnknown(_("The network did not show everything we sent."), code="incomplete")
        _look_again(claim, doubt, wait=LOOK_AGAIN_SECONDS)
    elif claim.doubt == DUPLICATE and claim.attempts == 1:
        # The network has these words from this account, and not from this message: an earlier one, which is someone else's.
        reason = _("You have already sent these same words, and the network takes them only once. Change something and send again.")
        write(claim, "failed", error=Rejected(reason, code=DUPLICATE))
    elif claim.doubt == DUPLICATE:
        # After a resend they may be our own first attempt, late to show: sending again cannot help, a person can.
        doubt = OutcomeUnknown(_("The network says that it has this message, and does not show it."), code=DUPLICATE)
        _look_again(claim, doubt, wait=LOOK_AGAIN_SECONDS)
    elif claim.attempts >= MAX_ATTEMPTS:
        write(claim, "failed", error=Rejected(_("The network did not take this after several attempts."), code="never_appeared"))
    else:
        write(claim, "queued")


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
        if renew(claim, access):
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
    write(claim, "needs_decision" if row and row[0] else "unknown", error=error, wait=wait)
