"""How a channel writes whose answers are letters: signature, quotation, what answers by itself, its further addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from activity.services.log import record
from core import crypto
from core.clock import database_now
from core.errors import Conflict, Invalid
from core.tenancy import current_workspace_id
from social.models import Channel, ChannelState, Credential
from social.networks import network_of
from social.networks.base import Network
from social.networks.errors import NetworkError
from social.networks.features import CredentialField
from social.networks.values import Access
from social.selectors import get_channel

#: Longest texts, in characters.
TEXTS = {"signature": 2000, "auto_answer": 5000}
MAX_FIELD = 4096


@dataclass(frozen=True, slots=True)
class LetterSettings:
    """How a channel writes. `fields` are those of its connection that may be changed without connecting anew."""

    channel: Channel
    signature: str
    quotes_original: bool
    auto_answer: str
    fields: Mapping[str, str] = field(default_factory=dict)


def changeable(network: Network) -> tuple[CredentialField, ...]:
    """The fields of the connection that may be changed by themselves."""
    return tuple(row for row in network.credential_fields if row.name in network.changeable and not row.secret)


def settings_of(channel_id: int) -> LetterSettings:
    """How a channel writes, inside the caller's `tenant()`. Raises NotFound, Conflict for a channel that writes no letters."""
    channel = _with_letters(channel_id)
    names = [row.name for row in changeable(network_of(channel.network))]
    kept = {row.field: _opened(row) for row in Credential.objects.filter(channel=channel, field__in=names)}
    known = {name: kept.get(name, "") for name in names}
    return LetterSettings(channel, channel.signature, channel.quotes_original, channel.auto_answer, known)


def change(*, channel_id: int, values: Mapping[str, Any], actor_id: int | None) -> LetterSettings:
    """Set the named settings, in the caller's transaction; what is not named stays.

    Raises NotFound, Conflict for a channel that writes no letters or is disconnected, Invalid naming the field.
    """
    channel = _with_letters(channel_id)
    network = network_of(channel.network)
    fields = {row.name: _fit(values[row.name], MAX_FIELD, row.name) for row in changeable(network) if row.name in values}
    for name, limit in TEXTS.items():
        if name in values:
            setattr(channel, name, _fit(values[name], limit, name))
    channel.quotes_original = bool(values.get("quotes_original", channel.quotes_original))
    channel.save(update_fields=["signature", "quotes_original", "auto_answer"])
    if fields:
        _keep(channel, network, fields)
    record("letters.changed", actor_id=actor_id, subject=f"social.Channel:{channel.id}", data={"fields": sorted(values)})
    return settings_of(channel_id)


def _with_letters(channel_id: int) -> Channel:
    channel = get_channel(channel_id)
    if not network_of(channel.network).letters:
        raise Conflict(_("This channel writes no letters."), field="channel")
    return channel


def _fit(value: object, limit: int, name: str) -> str:
    if not isinstance(value, str):
        raise Invalid(_("This must be text."), field=name)
    text = value.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(text) > limit:
        raise Invalid(_("At most {limit} characters fit.").format(limit=limit), field=name, code="too_long")
    return text


def _keep(channel: Channel, network: Network, fields: dict[str, str]) -> None:
    """Seal the changed fields beside the others, once the network finds nothing wrong with them."""
    rows = list(Credential.objects.filter(channel=channel))
    if channel.state == ChannelState.DISCONNECTED or not rows:
        raise Conflict(_("This channel must be connected again."), field="state")
    known = {row.field: _opened(row) for row in rows}
    try:
        network.check(Access(channel.external_id, {name: value for name, value in (known | fields).items() if value}))
    except NetworkError as error:
        raise Invalid(error.reason, field=error.field or next(iter(fields)), code=error.code) from error
    for name, value in fields.items():
        if not value:
            Credential.objects.filter(channel=channel, field=name).delete()
        elif value != known.get(name):
            sealed = crypto.seal(value, workspace_id=current_workspace_id(), channel_id=channel.id, field=name)
            made = {"sealed": sealed, "updated_at": database_now(), "expires_at": rows[0].expires_at}
            Credential.objects.update_or_create(channel=channel, field=name, defaults=made)


def _opened(row: Credential) -> str:
    """Raises Conflict when this installation's keys do not open it."""
    try:
        return crypto.unseal(row.sealed, workspace_id=row.workspace_id, channel_id=row.channel_id, field=row.field)
    except crypto.Unreadable as error:
        raise Conflict(_("This channel must be connected again."), field="state") from error
