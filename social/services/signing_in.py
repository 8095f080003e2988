"""Connecting accounts by the network's own sign-in page: there, back, and the code traded for tokens.

Of a sign-in under way only `state` travels, and the code comes back with it; all else stays in the person's session on the server.
`begin` and `finish` call networks: they are called outside of any transaction and open their own.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from django.utils.translation import gettext as _

from core.clock import now
from core.errors import Invalid
from core.failpoints import calling
from core.http import not_after
from core.tenancy import tenant
from social.models import Channel
from social.networks.base import NOTHING, Network
from social.networks.values import Access, Profile
from social.services import apps
from social.services.connecting import MAX_SECRET_LENGTH, connect_account, in_words, kept_for, network_named, typed
from social.services.leases import call_seconds

#: How long a person may take on the network's sign-in page.
SIGN_IN_SECONDS = 900.0


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
    #: What was asked before the browser was sent away (`Network.sign_in_fields`); nothing secret.
    asked: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {**{each.name: getattr(self, each.name) for each in fields(self)}, "asked": dict(self.asked)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)

    @property
    def is_open(self) -> bool:
        """Whether there is still time."""
        return 0 <= now().timestamp() - self.started_at <= SIGN_IN_SECONDS


def begin(
    *,
    network: str,
    slug: str,
    workspace_id: int,
    user_id: int,
    redirect_uri: str,
    channel_id: int | None = None,
    values: Mapping[str, str] = NOTHING,
) -> tuple[str, Ticket]:
    """Start a sign-in. Returns the address to send the browser to, and the ticket to keep in the session.

    `values` holds what the network asks for before. Raises NotFound for an unknown network, Invalid when it has no sign-in page, is
    not set up here, or `values` name no server of its kind; NetworkAway when that server does not answer.
    """
    adapter = network_named(network)
    if not adapter.signs_in:
        raise Invalid(_("{network} has no sign-in page. Paste its tokens.").format(network=adapter.label), field="network")
    asked = typed(adapter.sign_in_fields(), values)
    ticket = Ticket(
        state=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(64),
        network=network,
        slug=slug,
        workspace_id=workspace_id,
        user_id=user_id,
        started_at=now().timestamp(),
        channel_id=channel_id,
        asked=asked,
    )
    with in_words(field="network"):
        place = adapter.app_place(asked)
        app = apps.app_for(adapter, place, redirect_uri=redirect_uri) if place else NOTHING
        url = adapter.authorize_url(state=ticket.state, redirect_uri=redirect_uri, verifier=ticket.verifier, asked={**asked, **app})
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
    with in_words(field="code"):
        app = _app_of(adapter, ticket)
        with calling("connect.exchange"), not_after(call_seconds(adapter)):
            tokens = adapter.exchange(code=code, redirect_uri=redirect_uri, verifier=ticket.verifier, asked={**ticket.asked, **app})
        with calling("connect.accounts"), not_after(call_seconds(adapter)):
            found = adapter.accounts(Access(external_id="", secrets=tokens.secrets))
    profiles = tuple(replace(profile, tokens=kept_for(profile, tokens)) for profile in found)
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


def _app_of(adapter: Network, ticket: Ticket) -> Mapping[str, str]:
    """The app the sign-in was begun with. Raises Invalid when it is gone."""
    place = adapter.app_place(ticket.asked)
    app = apps.kept_at(adapter, place) if place else NOTHING
    if place and not app:
        raise Invalid(_("This sign-in was not started here, or was already finished. Start again."), field="state")
    return app


def _account_of(workspace_id: int, channel_id: int) -> str:
    with tenant(workspace_id, step="connect.wanted"):
        return Channel.objects.filter(id=channel_id).values_list("external_id", flat=True).first() or ""
