"""Connecting accounts with pasted tokens, storing those that signed in (signing_in.py), and letting go of them.

Whose account it is, the network says, before anything is stored. The same account connected again keeps its row, and
with it all history. `connect_with_tokens` calls a network: it is called outside of any transaction and opens its own.
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission
from activity.services.log import record
from core.clock import now
from core.errors import Conflict, Invalid, NotFound, RabtaError
from core.failpoints import calling
from core.http import not_after
from core.jobs import ring
from core.tenancy import current_workspace_id, tenant
from social.models import Channel, ChannelState, Credential, Pull
from social.networks import networks
from social.networks.base import Network
from social.networks.errors import NetworkError, TryLater, Unauthorized
from social.networks.features import Capability, CredentialField
from social.networks.values import Access, Profile, Tokens
from social.services import backfilling, credentials, ears, outbox, watching
from social.services.leases import call_seconds
from social.services.pulling import make_due

MAX_SECRET_LENGTH = 4096

TAKE_PULL = """
UPDATE social_pull SET fence = fence + 1, leased_until = NULL, cursor = %s, failures = 0, error_code = '', error = '',
       error_at = NULL, due_at = clock_timestamp()
WHERE workspace_id = %s AND channel_id = %s
"""
RELEASE_PULL = """
UPDATE social_pull SET fence = fence + 1, leased_until = NULL WHERE workspace_id = %s AND channel_id = %s
"""


class NetworkAway(RabtaError):
    """The network cannot be asked just now; nothing was changed."""

    status = 503
    code = "network_away"


def network_named(slug: str) -> Network:
    """The network of that name. Raises NotFound."""
    network = networks().get(slug)
    if network is None:
        raise NotFound(_("Rabta does not know this network."), field="network")
    return network


def typed(fields: Iterable[CredentialField], values: Mapping[str, str]) -> dict[str, str]:
    """What somebody typed into these fields, without those left empty. Raises Invalid naming the field."""
    found: dict[str, str] = {}
    for field in fields:
        value = str(values.get(field.name, "")).strip()
        if not value and field.required:
            raise Invalid(_("This is needed."), field=field.name, code="required")
        if len(value) > MAX_SECRET_LENGTH:
            raise Invalid(_("This is too long."), field=field.name, code="too_long")
        # Tokens are plain ASCII; an address may be written in any letters.
        if not value.isprintable() or (" " in value and not field.words) or (field.secret and not value.isascii()):
            raise Invalid(_("This holds characters that cannot be in it."), field=field.name, code="bad_characters")
        if field.choices and value not in dict(field.choices):
            raise Invalid(_("This cannot be chosen."), field=field.name, code="bad_choice")
        if value:
            found[field.name] = value
    return found


# --- with pasted tokens -----------------------------------------------------------------------------------------------
def connect_with_tokens(
    *,
    network: str,
    values: Mapping[str, str],
    workspace_id: int,
    actor_id: int | None,
    channel_id: int | None = None,
) -> Channel:
    """Connect the account some tokens are for, once the network has said whose they are.

    Raises NotFound for an unknown network, Invalid naming the field, NetworkAway.
    """
    adapter = network_named(network)
    found = typed(adapter.credential_fields, values)
    if not found:
        raise Invalid(_("{network} takes no pasted tokens.").format(network=adapter.label), field="network")
    tokens = Tokens(secrets=found)
    with in_words(field=adapter.credential_fields[0].name), calling("connect.identify"), not_after(call_seconds(adapter)):
        profile = adapter.identify(Access(external_id="", secrets=tokens.secrets))
    return connect_account(
        adapter=adapter,
        profile=replace(profile, tokens=kept_for(profile, tokens)),
        workspace_id=workspace_id,
        actor_id=actor_id,
        expected_id=channel_id,
    )


def kept_for(profile: Profile, tokens: Tokens) -> Tokens:
    """What is kept of a sign-in for one account: its own secrets where it names some, for as long as the sign-in lasts."""
    if profile.tokens is None:
        return tokens
    return Tokens(secrets=profile.tokens.secrets, expires_at=profile.tokens.expires_at or tokens.expires_at)


@contextmanager
def in_words(*, field: str) -> Iterator[None]:
    """Turn what a network raises into what a person at the form can act on."""
    try:
        yield
    except TryLater as error:
        raise NetworkAway(error.reason, code=error.code, detail={"seconds": error.seconds}) from error
    except Unauthorized as error:
        raise Invalid(_("The network does not accept this sign-in."), field=field, code=error.code) from error
    except NetworkError as error:
        raise Invalid(error.reason, field=error.field or field, code=error.code) from error


def connect_account(
    *,
    adapter: Network,
    profile: Profile,
    workspace_id: int,
    actor_id: int | None,
    expected_id: int | None,
) -> Channel:
    """Store an account and its secrets in one transaction and start reading. The account's own row is found again.

    Called outside of any transaction. Raises Invalid when another account was expected, NotFound.
    """
    moment = now()
    facts = {
        "name": profile.name[:120],
        "handle": profile.handle[:120],
        "state": ChannelState.CONNECTED,
        "trouble": "",
        "failures": 0,
        "rests_until": None,
        "practice": profile.practice or adapter.is_practice(),
        "connected_by_id": actor_id,
        "connected_at": moment,
    }
    with tenant(workspace_id, step="connect.store"):
        if expected_id is not None:
            _refuse_another(expected_id, adapter, profile)
        has_door = adapter.hosted or Capability.WEBHOOKS in adapter.capabilities
        key = secrets.token_urlsafe(16) if has_door else ""
        channel, is_new = Channel.objects.select_for_update().get_or_create(
            network=adapter.slug, external_id=profile.external_id, defaults={**facts, "hook_key": key, "created_at": moment}
        )
        if not is_new:
            for name, value in facts.items():
                setattr(channel, name, value)
            # A renewal under way is about the old tokens.
            channel.renewing_until = None
            channel.hook_key = channel.hook_key or key
            channel.save(update_fields=[*facts, "renewing_until", "hook_key"])
        credentials.store_tokens(channel=channel, tokens=profile.tokens or Tokens(secrets={}))
        pull, _new = Pull.objects.get_or_create(channel=channel, defaults={"due_at": moment})
        with connection.cursor() as cursor:
            cursor.execute(TAKE_PULL, [json.dumps(adapter.reconnected(pull.cursor)), workspace_id, channel.id])
        ears.let_go(workspace_id=workspace_id, channel_id=channel.id)
        watching.forget(channel_id=channel.id)
        outbox.resume_channel(channel_id=channel.id)
        record(
            "channels.connected" if is_new else "channels.reconnected",
            actor_id=actor_id,
            subject=f"social.Channel:{channel.id}",
            data={"network": adapter.slug, "account": profile.external_id, "handle": profile.handle},
        )
        ring("social.tasks.pull", workspace_id, channel.id)
    return channel


def _refuse_another(channel_id: int, adapter: Network, profile: Profile) -> None:
    wanted = Channel.objects.filter(id=channel_id, network=adapter.slug).first()
    if wanted is None:
        raise NotFound(_("There is no such channel."), field="channel")
    if wanted.external_id != profile.external_id:
        raise Invalid(
            _("That sign-in is for {other}, but this channel is {wanted}.").format(
                other=profile.handle or profile.name, wanted=wanted.handle or wanted.name
            ),
            field="channel",
            code="another_account",
        )


# --- letting go -------------------------------------------------------------------------------------------------------
def _locked(channel_id: int) -> Channel:
    channel = Channel.objects.select_for_update().filter(id=channel_id).first()
    if channel is None:
        raise NotFound(_("There is no such channel."), field="channel")
    return channel


def _enter(channel: Channel, state: ChannelState, *, event: str, actor_id: int | None) -> None:
    channel.state, channel.trouble = state, ""
    channel.save(update_fields=["state", "trouble"])
    record(event, actor_id=actor_id, subject=f"social.Channel:{channel.id}", data={"network": channel.network})


def disconnect(*, channel_id: int, actor_id: int | None) -> Channel:
    """Forget the channel's secrets and stop reading and sending, in the caller's transaction. All history stays."""
    channel = _locked(channel_id)
    if channel.state == ChannelState.DISCONNECTED:
        return channel
    credentials.wipe(channel=channel)
    backfilling.end_with_channel(channel_id=channel.id)
    watching.forget(channel_id=channel.id)
    channel.renewing_until = None
    channel.save(update_fields=["renewing_until"])
    with connection.cursor() as cursor:
        # Whoever reads it just now finds the fence moved, and stores nothing more.
        cursor.execute(RELEASE_PULL, [current_workspace_id(), channel.id])
    _enter(channel, ChannelState.DISCONNECTED, event="channels.disconnected", actor_id=actor_id)
    return channel


def pause(*, channel_id: int, actor_id: int | None) -> Channel:
    """Stop reading and sending for a while, in the caller's transaction. Raises Conflict unless it is connected."""
    channel = _locked(channel_id)
    if channel.state == ChannelState.PAUSED:
        return channel
    if channel.state != ChannelState.CONNECTED:
        raise Conflict(_("Only a connected channel can be paused."), field="state")
    _enter(channel, ChannelState.PAUSED, event="channels.paused", actor_id=actor_id)
    return channel


def resume(*, channel_id: int, actor_id: int | None) -> Channel:
    """Go on after a pause, at once and from where it stopped. Raises Conflict for a channel that must be connected
    anew.
    """
    channel = _locked(channel_id)
    if channel.state == ChannelState.CONNECTED:
        return channel
    if channel.state != ChannelState.PAUSED or not Credential.objects.filter(channel=channel).exists():
        raise Conflict(_("This channel must be connected again."), field="state")
    _enter(channel, ChannelState.CONNECTED, event="channels.resumed", actor_id=actor_id)
    make_due(channel_id=channel.id)
    workspace_id = current_workspace_id()
    ring("social.tasks.pull", workspace_id, channel.id)
    ring("social.tasks.deliver", workspace_id, channel.id)
    return channel


def transfer(*, channel_id: int, membership_id: int, actor_id: int | None) -> Channel:
    """Let another member answer for the channel, in the caller's transaction. Its sign-in and its history stay as they are.

    Raises Invalid for somebody who is not here, or who may not connect channels.
    """
    channel = _locked(channel_id)
    heir = Membership.objects.filter(id=membership_id, is_active=True).first()
    if heir is None:
        raise Invalid(_("This person is not in this workspace."), field="member")
    if not heir.may(Permission.CHANNELS_CONNECT):
        raise Invalid(_("Only somebody who may connect channels can answer for one."), field="member")
    if channel.connected_by_id == heir.id:
        return channel
    before, channel.connected_by_id = channel.connected_by_id, heir.id
    channel.save(update_fields=["connected_by_id"])
    record(
        "channels.transferred",
        actor_id=actor_id,
        subject=f"social.Channel:{channel.id}",
        data={"from": before, "to": heir.id},
    )
    return channel


def rotate_hook_key(*, channel_id: int, actor_id: int | None) -> Channel:
    """Give the channel a new webhook address, in the caller's transaction. The old one leads nowhere from the commit on.

    Raises Conflict for a channel whose network does not call us.
    """
    channel = _locked(channel_id)
    if not channel.hook_key:
        raise Conflict(_("Nobody calls this channel: it has no webhook."), field="channel")
    channel.hook_key = secrets.token_urlsafe(16)
    channel.save(update_fields=["hook_key"])
    record("channels.hook_renewed", actor_id=actor_id, subject=f"social.Channel:{channel.id}")
    return channel


def expires_in(channel_id: int) -> timedelta | None:
    """How long the channel's access token still lasts; None when it does not end or nobody knows."""
    row = Credential.objects.filter(channel_id=channel_id, expires_at__isnull=False).order_by("expires_at").first()
    return row.expires_at - now() if row and row.expires_at else None
