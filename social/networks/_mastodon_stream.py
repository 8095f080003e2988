"""Listening to an instance: its stream of notifications, which only tells that the next poll is worth while.

docs.joinmastodon.org/methods/streaming, read 2026-11: `GET /api/v1/streaming/user/notification` answers with server-sent events and
a comment `:thump` every 15 seconds, on a host of its own that the instance names. There is also `/streaming/health`; opening the
stream says the same and more. GoToSocial and others speak it over WebSocket only: they go on being polled.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from social.networks import _stream
from social.networks._mastodon_wire import Answer, Line, client, is_host, unreadable
from social.networks._shapes import mapping, string
from social.networks._wire import Patience, Unanswered
from social.networks.errors import TryLater, Unauthorized, Unsupported
from social.networks.receiver import Receiver
from social.networks.values import Access

PATH = "/api/v1/streaming/user/notification"
#: Three thumps.
SILENCE_SECONDS = 45.0
#: What a server says that has no such stream, or none for this token.
ABSENT = frozenset({301, 302, 307, 308, 400, 403, 404, 405, 406, 410, 426, 501})


def listen(access: Access, receiver: Receiver, patience: Patience, *, silence_seconds: float) -> Iterator[bool]:
    """As `Network.listen`."""
    with client(access, patience) as line:
        host, token = _streaming_host(line), line.token
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "Rabta"}
    with _stream.event_stream(
        settings.MASTODON_API_BASE, f"https://{host}{PATH}", headers, receiver, silence_seconds=silence_seconds, whose="Mastodon"
    ) as response:
        if not _stream.is_event_stream(response):
            if response.status_code in ABSENT:
                raise Unsupported(_("{network} gives no stream here.").format(network="Mastodon"), code="no_stream")
            raise unreadable(Answer(response.status_code, response.headers, None))
        yield False
        yield from _stream.bells(response, receiver, "Mastodon")
    raise TryLater(_("{network} ended the connection.").format(network="Mastodon"), seconds=0.0, code="ended")


def _streaming_host(line: Line) -> str:
    """Where the instance says that its streams are: a name, never an address; else its own."""
    try:
        answer = line.ask(lambda mastodon: mastodon.instance_v2())
    except Unanswered as error:
        raise error.as_trouble("Mastodon") from error
    if answer.status == 401:
        raise Unauthorized(_("The instance no longer accepts the sign-in of this account."), code="unauthorized")
    if answer.status == 429 or answer.status >= 500:
        raise unreadable(answer)
    named = string(mapping(mapping(mapping(answer.body).get("configuration")).get("urls")).get("streaming"))
    try:
        parts = urlsplit(named)
        host = (parts.hostname or "").lower()
    except ValueError:
        return line.host
    return host if parts.scheme == "wss" and not parts.port and is_host(host) else line.host
