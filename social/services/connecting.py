"""Connecting accounts: by the network's own sign-in page, or with pasted tokens; and letting go of them.

Whose account it is, the network says, before anything is stored. The same account connected again keeps its row, and
with it all history. Functions that call a network (`finish`, `connect_with_tokens`) are called outside of any
transaction and open their own.
"""

import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, Self

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
from social.networks.errors import NetworkError, TryLater, Unauthorized, Unsupported
from social.networks.features import Capability
from social.networks.values import Access, Profile, Tokens
from social.services import backfilling, credentials, ears, outbox, subscribing, watching
from social.services.leases import call_seconds
from social.services.pulling import make_due

#: How long a person may take on the network's sign-in page.
SIGN_IN_SECONDS = 900.0
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


@dataclass(frozen=True, slots=True)
class Ticket:
    """A sign-in under way. It stays in the person's session on the server; only `state` travels."""

    state: str
    verifier: str
    network: str
    slug: str
    workspace_id: int
    user_id: int
    started_at: float
    #: Set when a certain channel is to be connected anew: another account is then refused.
    channel_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)

    @property
    def is_open(self) -> bool:
        """Whether there is still time."""
        return 0 <= now().timestamp() - self.started_at <= SIGN_IN_SECONDS


def network_named(slug: str) -> Network:
    """The network of that name. Raises NotFound."""
    network = networks().get(slug)
    if network is None:
        raise NotFound(_("Rabta does not know this network."), field="network")
    return network


# --- by the network's sign-in page ------------------------------------------------------------------------------------
def begin(
    *, network: str, slug: str, workspace_id: int, user_id: int, redirect_uri: str, channel_id: int | None = None
) -> tuple[str, Ticket]:
    """Start a sign-in. Returns the address to send the browser to, and the ticket to keep in the session.

    Raises NotFound for an unknown network, Invalid when it has no sign-in page or is not set up here.
    """
    adapter = network_named(network)
    if not adapter.signs_in:
        raise Invalid(_("{network} has no sign-in page. Paste its tokens.").format(network=adapter.label), field="network")
    ticket = Ticket(
        state=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(64),
        network=network,
        slug=slug,
        workspace_id=workspace_id,
        user_id=user_id,
        started_at=now().timestamp(),
        channel_id=channel_id,
    )
    try:
        url = adapter.authorize_url(state=ticket.state, redirect_uri=redirect_uri, verifier=ticket.verifier)
    except Unsupported as error:
        raise Invalid(error.reason, field="network", code=error.code) from error
    return url, ticket


def finish(
    *, ticket: Ticket, state: str, code: str, redirect_uri: str, workspace_id: int, user_id: int, actor_id: int | None
) -> Channel | tuple[Profile, ...]:
    """End a sign-in: trade the code for tokens, ask whose they are, connect that account.

    Where it opens several accounts and is for none in particular, nothing is connected: they are returned, each with its tokens,
    for somebody to choose (choosing.py). Raises Invalid naming what is wrong with the answer that came back, NetworkAway.
    """
    fits = hmac.compare_digest(ticket.state.encode(), state.encode())
    if not fits or ticket.workspace_id != workspace_id or ticket.user_id != user_id:
        raise Invalid(_("This sign-in was not started here. Start again."), field="state", code="wrong_state")
    if not ticket.is_open:
        raise Invalid(_("This sign-in took too long. Start again."), field="state", code="expired_state")
    if not code or len(code) > MAX_SECRET_LENGTH:
        raise Invalid(_("The network sent no usable code. Start again."), field="code")
    adapter = network_named(ticket.network)
    with _in_words(field="code"):
        with calling("connect.exchange"), not_after(call_seconds(adapter)):
            tokens = adapter.exchange(code=code, redirect_uri=redirect_uri, verifier=ticket.verifier)
        with calling("connect.accounts"), not_after(call_seconds(adapter)):
            found = adapter.accounts(Access(external_id="", secrets=tokens.secrets))
    profiles = tuple(replace(profile, tokens=_kept(profile, tokens)) for profile in found)
    if ticket.channel_id is not None:
        wanted = _account_of(workspace_id, ticket.channel_id)
        # When it is not among them, the first one is refused in words.
        profiles = tuple(profile for profile in profiles if profile.external_id == wanted) or profiles[:1]
    if len(profiles) > 1:
        return profiles
    return connect_account(
        adapter=adapter,
        profile=profiles[0],
        workspace_id=workspace_id,
        actor_id=actor_id,
        expected_id=ticket.channel_id,
    )


def _kept(profile: Profile, tokens: Tokens) -> Tokens:
    """What is kept of a sign-in for one account: its own secrets where it names some, for as long as the sign-in lasts."""
    if profile.tokens is None:
        return tokens
    return Tokens(secrets=profile.tokens.secrets, expires_at=profile.tokens.expires_at or tokens.expires_at)


def _account_of(workspace_id: int, channel_id: int) -> str:
    with tenant(workspace_id, step="connect.wanted"):
        return Channel.objects.filter(id=channel_id).values_list("external_id", flat=True).first() or ""


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
    found: dict[str, str] = {}
    for field in adapter.credential_fields:
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
    if not found:
        raise Invalid(_("{network} takes no pasted tokens.").format(network=adapter.label), field="network")
    tokens = Tokens(secrets=found)
    with _in_words(field=adapter.credential_fields[0].name), calling("connect.identify"), not_after(call_seconds(adapter)):
        profile = adapter.identify(Access(external_id="", secrets=tokens.secrets))
    return connect_account(
        adapter=adapter,
        profile=replace(profile, tokens=_kept(profile, tokens)),
        workspace_id=workspace_id,
        actor_id=actor_id,
        expected_id=channel_id,
    )


@contextmanager
def _in_words(*, field: str) -> Iterator[None]:
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
    subscribing.end(channel=channel)
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
