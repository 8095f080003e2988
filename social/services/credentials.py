"""Secrets of channels: sealed in the table, opened for a call, renewed by one worker at a time.

`open_access` and `refresh` open their own short transactions and are called outside of any; the others run in the
caller's.
"""

from dataclasses import replace
from datetime import datetime

import structlog
from django.db import connection
from django.utils.translation import gettext as _

from activity.services.log import record
from core import crypto
from core.clock import database_now
from core.failpoints import calling
from core.http import not_after
from core.tenancy import current_workspace_id, tenant
from social.models import Channel, Credential, Stream
from social.networks import network_of
from social.networks.base import Network
from social.networks.errors import NetworkError, TryLater, Unauthorized
from social.networks.heard import Listened
from social.networks.values import Access, Tokens
from social.services import addresses
from social.services.leases import begin_seconds, lease_seconds

log = structlog.get_logger("rabta.credentials")

CLAIM = """
UPDATE social_channel SET renewing_until = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND id = %s AND (renewing_until IS NULL OR renewing_until < clock_timestamp())
RETURNING renewing_until
"""
#: Compared with the claim itself: one that ran out may be somebody else's by now.
RELEASE = """
UPDATE social_channel SET renewing_until = NULL WHERE workspace_id = %s AND id = %s AND renewing_until = %s
"""


def open_access(*, workspace_id: int, channel_id: int, reading: bool = False) -> Access:
    """The channel's account and opened secrets, for one call. One short transaction. With `reading`, also what else to look for.

    Raises Unauthorized when there are none (disconnected), or when the key that sealed them is missing here.
    """
    with tenant(workspace_id, step="access.open"):
        access = _open(channel_id)
        return replace(access, streams=_streams(channel_id)) if reading else access


def _streams(channel_id: int) -> tuple[Listened, ...]:
    rows = Stream.objects.filter(channel_id=channel_id).order_by("id")
    return tuple(Listened(str(row.id), row.words, row.created_at.isoformat()) for row in rows)


def _open(channel_id: int) -> Access:
    rows = list(Credential.objects.filter(channel_id=channel_id).select_related("channel"))
    if not rows:
        raise Unauthorized(_("This channel has no sign-in. Connect it again."), code="no_credentials")
    try:
        secrets = {row.field: _unsealed(row) for row in rows}
    except crypto.Unreadable as error:
        reason = _("The stored sign-in cannot be opened with this installation's keys. Connect the channel again.")
        raise Unauthorized(reason, code="sealed") from error
    channel = rows[0].channel
    return Access(external_id=channel.external_id, secrets=secrets, handle=channel.handle, hook_url=hook_url_of(channel))


def hook_url_of(channel: Channel) -> str:
    """Where the network can call about the channel; empty where nobody outside reaches this installation."""
    # The practice network runs beside us and reaches what nobody else does.
    return addresses.hook_url(channel.hook_key) if channel.practice else addresses.callable_at(channel.hook_key)


def _unsealed(row: Credential) -> str:
    return crypto.unseal(row.sealed, workspace_id=row.workspace_id, channel_id=row.channel_id, field=row.field)


def store_tokens(*, channel: Channel, tokens: Tokens) -> None:
    """Seal `tokens` as the channel's secrets and drop all others, in the caller's transaction."""
    moment = database_now()
    Credential.objects.filter(channel=channel).exclude(field__in=tokens.secrets).delete()
    Credential.objects.bulk_create(
        [
            Credential(
                channel=channel,
                field=field,
                sealed=crypto.seal(secret, workspace_id=current_workspace_id(), channel_id=channel.id, field=field),
                expires_at=tokens.expires_at,
                updated_at=moment,
            )
            for field, secret in tokens.secrets.items()
        ],
        update_conflicts=True,
        unique_fields=["workspace_id", "channel", "field"],
        update_fields=["sealed", "expires_at", "updated_at"],
    )


def add_secret(*, channel: Channel, field: str, secret: str) -> None:
    """Seal one more secret beside the channel's others, or in place of the one of that name; in the caller's transaction."""
    sealed = crypto.seal(secret, workspace_id=current_workspace_id(), channel_id=channel.id, field=field)
    Credential.objects.update_or_create(
        channel=channel, field=field, defaults={"sealed": sealed, "updated_at": database_now()}
    )


def wipe(*, channel: Channel) -> int:
    """Forget the channel's secrets, in the caller's transaction. Returns how many there were."""
    return Credential.objects.filter(channel=channel).delete()[0]


def refresh(*, workspace_id: int, channel_id: int, refused: Access | None) -> bool:
    """Renew the channel's tokens, once however many ask. Returns whether there are other ones now than those `refused`.

    Whoever was refused with tokens that somebody has replaced meanwhile goes on with the new ones.
    False when only the owner can mend it. Raises TryLater while somebody else is at it, or when the network is in
    trouble. The call is made under a lease in the channel's row, never in a transaction.
    """
    if refused is None:
        return False
    # From before the claim: one who was frozen in between must not use up the tokens that others renew by now.
    with not_after(begin_seconds()):
        return _refresh(workspace_id, channel_id, refused)


def _refresh(workspace_id: int, channel_id: int, refused: Access) -> bool:
    try:
        found = _claim(workspace_id, channel_id, refused)
    except Unauthorized as error:
        log.info("nothing_to_refresh", channel=channel_id, code=error.code)
        return False
    if found is None:
        return True
    network, access, claimed_until = found
    try:
        with calling("refresh.call"):
            tokens = network.refresh(access)
    except Unauthorized as error:
        log.info("refresh_refused", channel=channel_id, code=error.code)
        _release(workspace_id, channel_id, claimed_until)
        return False
    except NetworkError as error:
        _release(workspace_id, channel_id, claimed_until)
        if isinstance(error, TryLater):
            raise
        raise TryLater(error.reason, seconds=60.0, code=error.code) from error
    with tenant(workspace_id, step="refresh.store"):
        channel = Channel.objects.select_for_update().get(id=channel_id)
        # Wiped meanwhile means disconnected meanwhile: then these must not come back to life.
        if channel.renewing_until != claimed_until or not channel.credentials.exists():
            raise TryLater(_("The channel changed while its sign-in was renewed."), seconds=1.0, code="renewed_late")
        store_tokens(channel=channel, tokens=tokens)
        channel.renewing_until = None
        channel.save(update_fields=["renewing_until"])
        record("channels.renewed", actor_id=None, subject=f"social.Channel:{channel_id}")
    return True


def _claim(workspace_id: int, channel_id: int, refused: Access) -> tuple[Network, Access, datetime] | None:
    """The right to renew; None when that was done since. Raises TryLater, or Unauthorized from opening."""
    with tenant(workspace_id, step="refresh.claim"), connection.cursor() as cursor:
        # Locked before the tokens are read: whoever stores new ones holds this row until they can be seen. Read first, they could
        # be the old ones under a fresh claim, and a used-up refresh token would take the channel down.
        channel = Channel.objects.select_for_update().get(id=channel_id)
        access = _open(channel_id)
        if dict(access.secrets) != dict(refused.secrets):
            return None
        network = network_of(channel.network)
        cursor.execute(CLAIM, [lease_seconds(), workspace_id, channel_id])
        row = cursor.fetchone()
        if row is None:
            raise TryLater(_("The sign-in is just being renewed."), seconds=2.0, code="renewing")
        return network, access, row[0]


def _release(workspace_id: int, channel_id: int, claimed_until: datetime) -> None:
    with tenant(workspace_id, step="refresh.release"), connection.cursor() as cursor:
        cursor.execute(RELEASE, [workspace_id, channel_id, claimed_until])
