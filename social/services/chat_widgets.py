"""The settings of chat widgets: how one looks, which pages may show it, and the secret with which a site signs for its users."""

import re
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from activity.services.log import record
from core import crypto
from core.clock import database_now
from core.errors import Conflict, Invalid
from core.names import clean_name
from core.tenancy import current_workspace_id
from social.models import Channel, ChannelState, ChatWidget, Credential
from social.models.chat import MAX_ORIGINS, Asked, Side, WidgetTheme
from social.networks import network_of
from social.selectors import get_channel

#: The credential with which a host site signs for its users' ids.
SIGNING = "signing_secret"
TEXTS = {"title": 60, "greeting": 300, "away_words": 300}
CHOICES: dict[str, frozenset[str]] = {
    "side": frozenset(Side.values),
    "theme": frozenset(WidgetTheme.values),
    "ask_name": frozenset(Asked.values),
    "ask_email": frozenset(Asked.values),
}
_COLOR = re.compile(r"#[0-9a-f]{6}")
_HOST = re.compile(r"(?=.{1,190}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]{2,45}\]")
#: Pages on one's own machine need no certificate.
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def widget_of(channel: Channel) -> ChatWidget:
    """The channel's settings, or the defaults of one that has none yet. One query, inside the caller's `tenant()`."""
    return ChatWidget.objects.filter(channel=channel).first() or ChatWidget(channel=channel, workspace_id=channel.workspace_id)


def get_widget(channel_id: int) -> ChatWidget:
    """The settings of a channel's widget. Raises NotFound, Conflict for a channel that has no widget."""
    return widget_of(_with_widget(channel_id))


def change(*, channel_id: int, values: Mapping[str, object], actor_id: int | None) -> ChatWidget:
    """Set the named settings, in the caller's transaction; what is not named stays.

    Raises NotFound, Conflict for a channel that has no widget, Invalid naming the field.
    """
    channel = _with_widget(channel_id)
    widget = ChatWidget.objects.select_for_update().filter(channel=channel).first() or ChatWidget(channel=channel)
    for name, value in values.items():
        setattr(widget, name, _fit(name, value))
    widget.save()
    record("widgets.changed", actor_id=actor_id, subject=f"social.Channel:{channel.id}", data={"fields": sorted(values)})
    return widget


def renew_secret(*, channel_id: int, actor_id: int | None) -> str:
    """Make a new signing secret and return it, this one time; signatures made with the old one are refused from now on.

    In the caller's transaction. Raises NotFound, Conflict.
    """
    channel = _with_widget(channel_id)
    if channel.state == ChannelState.DISCONNECTED:
        raise Conflict(_("This channel must be connected again."), field="state")
    secret = secrets.token_urlsafe(32)
    sealed = crypto.seal(secret, workspace_id=current_workspace_id(), channel_id=channel.id, field=SIGNING)
    Credential.objects.update_or_create(
        channel=channel, field=SIGNING, defaults={"sealed": sealed, "updated_at": database_now()}
    )
    record("widgets.secret_renewed", actor_id=actor_id, subject=f"social.Channel:{channel.id}")
    return secret


def has_secret(channel: Channel) -> bool:
    """Whether the host site can sign for its users. One query."""
    return Credential.objects.filter(channel=channel, field=SIGNING).exists()


def _with_widget(channel_id: int) -> Channel:
    channel = get_channel(channel_id)
    if not network_of(channel.network).hosted:
        raise Conflict(_("This channel has no chat widget."), field="channel")
    return channel


def _fit(name: str, value: object) -> object:
    if name == "origins":
        return _origins(value)
    if name == "takes_files":
        if not isinstance(value, bool):
            raise Invalid(_("This must be yes or no."), field=name)
        return value
    if not isinstance(value, str):
        raise Invalid(_("This must be text."), field=name)
    if name in TEXTS:
        shown = clean_name(value, limit=TEXTS[name] + 1)
        if len(shown) > TEXTS[name]:
            raise Invalid(_("At most {limit} characters fit.").format(limit=TEXTS[name]), field=name, code="too_long")
        return shown
    if name == "color":
        if not _COLOR.fullmatch(value.lower()):
            raise Invalid(_("Write the colour like this: #0f766e"), field=name)
        return value.lower()
    allowed = {"", *(code for code, _label in settings.LANGUAGES)} if name == "language" else CHOICES.get(name, frozenset())
    if value not in allowed:
        raise Invalid(_("Choose one of the values offered."), field=name)
    return value


def _origins(value: object) -> list[str]:
    if not isinstance(value, list | tuple):
        raise Invalid(_("This must be a list of addresses."), field="origins")
    found = list(dict.fromkeys(origin_of(str(entry)) for entry in value if str(entry).strip()))
    if len(found) > MAX_ORIGINS:
        raise Invalid(_("At most {limit} addresses fit.").format(limit=MAX_ORIGINS), field="origins", code="too_many")
    return found


def origin_of(address: str) -> str:
    """The origin of a page as browsers write it, from what a person types: the address of any page of the site.

    Raises Invalid for what is none, and for http beyond one's own machine: who can listen there can also write.
    """
    shown = clean_name(address)[:80]
    try:
        parts = urlsplit(address.strip())
        host, port = (parts.hostname or "").encode("idna").decode("ascii").lower(), parts.port
    except ValueError:  # UnicodeError is one
        host, port, parts = "", None, urlsplit("")
    if ":" in host:
        host = f"[{host}]"
    if parts.scheme not in ("https", "http") or parts.username is not None or not _HOST.fullmatch(host):
        message = _("This is no address of a site: {address}. Write https://shop.example").format(address=shown)
        raise Invalid(message, field="origins")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise Invalid(_("Only https can be trusted: {address}").format(address=shown), field="origins", code="not_secure")
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")
