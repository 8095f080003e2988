"""Choosing among the accounts that one sign-in opened, such as the locations of a business.

Between the sign-in and the choice the tokens lie sealed in the person's session on the server, for as long as a sign-in may take;
sealed for this workspace and this sign-in, they open nowhere else.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import crypto
from core.errors import Invalid
from social.models import Channel
from social.networks.values import Profile, Tokens
from social.services import connecting
from social.services.signing_in import Ticket

#: What the sealed accounts are bound to in the place of a channel, which none of them is yet.
NO_CHANNEL = 0


def _field(ticket: Ticket) -> str:
    return f"choice-{ticket.state}"


def sealed(ticket: Ticket, profiles: Sequence[Profile]) -> str:
    """The accounts with their tokens, for the session."""
    rows = [
        {
            "external_id": profile.external_id,
            "name": profile.name,
            "handle": profile.handle,
            "practice": profile.practice,
            "secrets": dict(profile.tokens.secrets) if profile.tokens else {},
            "expires_at": profile.tokens.expires_at.isoformat() if profile.tokens and profile.tokens.expires_at else "",
        }
        for profile in profiles
    ]
    return crypto.seal(json.dumps(rows), workspace_id=ticket.workspace_id, channel_id=NO_CHANNEL, field=_field(ticket))


def opened(kept: Mapping[str, Any], *, network: str, workspace_id: int, user_id: int) -> tuple[Profile, ...]:
    """The accounts that wait in the session for a choice. Raises Invalid when there are none for this person, here and now."""
    started = Invalid(_("This sign-in was not started here, or was already finished. Start again."), field="state")
    if not kept:
        raise started
    ticket = Ticket.from_json(kept["ticket"])
    if (ticket.network, ticket.workspace_id, ticket.user_id) != (network, workspace_id, user_id):
        raise started
    if not ticket.is_open:
        raise Invalid(_("This sign-in took too long. Start again."), field="state", code="expired_state")
    try:
        text = crypto.unseal(kept["sealed"], workspace_id=workspace_id, channel_id=NO_CHANNEL, field=_field(ticket))
    except crypto.Unreadable as error:
        raise started from error
    return tuple(_profile(row) for row in json.loads(text))


def _profile(row: Mapping[str, Any]) -> Profile:
    expires_at = datetime.fromisoformat(row["expires_at"]) if row["expires_at"] else None
    tokens = Tokens(secrets=row["secrets"], expires_at=expires_at)
    return Profile(row["external_id"], row["name"], row["handle"], practice=row["practice"], tokens=tokens)


def connect(
    *, network: str, profiles: Sequence[Profile], chosen: Collection[str], workspace_id: int, actor_id: int | None
) -> list[Channel]:
    """Make channels of the chosen accounts, each in a transaction of its own. Raises Invalid when none of them was chosen."""
    adapter = connecting.network_named(network)
    wanted = [profile for profile in profiles if profile.external_id in chosen]
    if not wanted:
        raise Invalid(_("Choose at least one."), field="account", code="required")
    return [
        connecting.connect_account(
            adapter=adapter,
            profile=profile,
            workspace_id=workspace_id,
            actor_id=actor_id,
            expected_id=None,
        )
        for profile in wanted
    ]
