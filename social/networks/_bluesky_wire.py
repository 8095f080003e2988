"""Asking a Bluesky server (a PDS) through atproto, and hearing what it really said.

atproto 0.0.73 speaks httpx with 5 seconds for everything, follows redirects and checks every answer against the lexicon, so that
one odd field costs the page; a client that was logged in renews its session by itself, behind the back of the one who stores it.
So its raw client is used, over our policy (core/httpx_policy.py), and every call goes through `Line.ask`, which hands back the
answer itself.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import requests
from atproto_core.exceptions import AtProtocolError
from django.conf import settings
from django.utils.translation import gettext as _

from core.clock import now
from core.httpx_policy import httpx_options
from social.networks import _wire
from social.networks._shapes import mapping, string
from social.networks._text import clean
from social.networks._wire import TROUBLE_SECONDS, Patience, Unanswered, json_of, number, pause, session
from social.networks.errors import NetworkError, Rejected, TryLater, Unauthorized
from social.networks.values import Access, Quota

NAME = "Bluesky"
JSON = "application/json"
#: Who keeps direct messages (docs.bsky.app, chat.bsky.convo.*, read 2026-11).
CHAT = "did:web:api.bsky.chat#bsky_chat"
#: Where accounts live that name no server of their own; it knows on which of Bluesky's machines each one is.
ENTRY = "bsky.social"
#: A token that is no longer good is a 400 with one of these (networks.md, seen), a missing or wrong one a 401.
BAD_TOKEN = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"})
_HOST = re.compile(r"^(?=.{4,200}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$")


@dataclass(frozen=True, slots=True)
class Answer(_wire.Answer):
    """What the server said: `body` is None when it was not JSON by name and by form."""

    @property
    def error(self) -> str:
        """The name of the refusal (atproto.com/specs/xrpc#error-responses, read 2026-11); empty when it has none."""
        return clean(string(mapping(self.body).get("error")))[:60]

    @property
    def words(self) -> str:
        """The server's own explanation, short enough for a page; empty when it gave none."""
        return (clean(string(mapping(self.body).get("message"))) or self.error)[:300]

    def quota(self) -> Quota | None:
        """What is left of the window, if the headers say (docs.bsky.app/docs/advanced-guides/rate-limits, read 2026-11)."""
        limit, left = (number(self.headers.get(f"ratelimit-{name}")) for name in ("limit", "remaining"))
        return None if limit is None and left is None else Quota(limit, left, self.resets_at())

    def resets_at(self) -> datetime | None:
        """When the window ends, from seconds since 1970."""
        seconds = number(self.headers.get("ratelimit-reset"))
        try:
            return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, ValueError, OSError):
            return None

    def wait_seconds(self) -> float:
        """How long a refused caller should wait: never less than a second, never longer than a day."""
        reset = self.resets_at()
        return pause(None if reset is None else (reset - now()).total_seconds())


def moment_of(value: Any) -> datetime | None:
    """AT Protocol's time, or None for anything else. Some programs leave out the fractions, some the zone."""
    if not isinstance(value, str) or len(value) < 16:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def host_named(address: str) -> str:
    """The server's name in an address as people or documents write it; empty for what can be none."""
    host = re.sub(r"^https://", "", address.strip().lower()).split("/", 1)[0].rpartition("@")[2].rstrip(".")
    return host if _HOST.match(host) else ""


def home_of(access: Access) -> str:
    """The server to sign in at: the one that was typed, else Bluesky's. Raises Rejected for what can be none."""
    typed = access.secrets.get("service", "")
    host = host_named(typed) if typed else ENTRY
    if not host:
        raise Rejected(_("This is no address of a server. Write it like this: bsky.social"), code="bad_server", field="service")
    return host


def load() -> None:
    """What `Line` and those who use it load with the first question."""
    for part in ("client.raw", "models.utils", "request", "utils.facet_detection"):
        import_module(f"atproto_client.{part}")


class Line:
    """atproto for one account, asked in a way that keeps status, headers and body."""

    def __init__(self, host: str, token: str, opened: requests.Session) -> None:
        # Here, not above: its thousands of models take 70 MB and a second in every process, also where nobody has Bluesky. Workers
        # load it once before they fork (config/celery.py): their hands share it.
        from atproto_client.client.raw import ClientRaw  # noqa: PLC0415
        from atproto_client.request import Request  # noqa: PLC0415

        request = Request(**httpx_options(opened))
        if token:
            request.add_additional_header("Authorization", f"Bearer {token}")
        self.client: Any = ClientRaw(base_url=f"https://{host}", request=request)
        self._heard: list[requests.Response] = []
        opened.hooks["response"] = [self._hear]

    def ask_chat(self, nsid: str, asked: dict[str, Any]) -> Answer:
        """Put one question to the service for direct messages, through the account's server. Raises Unanswered."""
        return self.ask(lambda client: _proxied(client).invoke_query(nsid, params=_open(asked), output_encoding=JSON))

    def tell_chat(self, nsid: str, document: dict[str, Any]) -> Answer:
        """Hand something over to that service. Raises Unanswered."""
        kinds = {"input_encoding": JSON, "output_encoding": JSON}
        return self.ask(lambda client: _proxied(client).invoke_procedure(nsid, data=_open(document), **kinds))

    def _hear(self, response: requests.Response, *args: Any, **kwargs: Any) -> None:
        self._heard.append(response)

    def ask(self, question: Callable[[Any], Any]) -> Answer:
        """Put one question. Raises Unanswered; every answer, good or bad, is returned."""
        self._heard.clear()
        try:
            question(self.client)
        except (requests.exceptions.RequestException, OSError) as error:
            if not self._heard:
                raise Unanswered(error) from error
        except (AtProtocolError, TypeError, AttributeError, ValueError, KeyError, RecursionError, OverflowError):
            # What the library makes of refusals, and of documents that are not as the lexicon has them: the answer is here.
            if not self._heard:
                raise
        return answer_of(self._heard[-1])


def _open(document: dict[str, Any]) -> Any:
    """A document as the library takes it without holding it against its lexicons."""
    from atproto_client.models.dot_dict import DotDict  # noqa: PLC0415

    return DotDict(document)


def _proxied(client: Any) -> Any:
    """A client whose questions the account's server hands on to the service for direct messages."""
    chat = client.clone()
    chat.request.add_additional_header("atproto-proxy", CHAT)
    return chat


def answer_of(response: requests.Response) -> Answer:
    """Status, headers and the JSON document of an answer. What is not called JSON comes from somebody in between."""
    body = json_of(response) if "json" in response.headers.get("content-type", "").lower() else None
    return Answer(response.status_code, response.headers, body)


@contextmanager
def line_to(host: str, token: str, patience: Patience, *, calls: int = 1) -> Iterator[Line]:
    """An open line to a server, on which `calls` questions together take no longer than one may. Without token for a sign-in."""
    if token and not (token.isascii() and token.isprintable()):
        raise Unauthorized(_("The access token holds characters no token has."), code="bad_token")
    with session(settings.BLUESKY_API_BASE, patience, calls=calls) as opened:
        yield Line(host, token, opened)


@contextmanager
def client(access: Access, patience: Patience, *, calls: int = 1) -> Iterator[Line]:
    """An open line in one account's name, to the machine its session was opened on."""
    token = access.secrets.get("access_jwt", "")
    if not token:
        raise Unauthorized(_("There is no session at Bluesky yet."), code="no_session")
    with line_to(host_named(access.secrets.get("pds", "")) or home_of(access), token, patience, calls=calls) as line:
        yield line


def refuses_token(answer: Answer) -> bool:
    """Whether an answer says that the token is no longer good, and nothing else was looked at."""
    return answer.status == 401 or (answer.status == 400 and answer.error in BAD_TOKEN)


def signed_out() -> Unauthorized:
    return Unauthorized(_("Bluesky no longer accepts the session of this account."), code="unauthorized")


def unreadable(answer: Answer) -> NetworkError:
    """What a reader raises over an answer that is not good."""
    if refuses_token(answer):
        return signed_out()
    if answer.status == 429:
        return TryLater(_("Bluesky allows no more questions just now."), seconds=answer.wait_seconds(), code="rate_limited")
    if answer.status in (400, 403, 404) and answer.body is not None:
        names = {400: "invalid_request", 403: "forbidden", 404: "not_found"}
        reason = _("Bluesky refused the question: {words}").format(words=answer.words or answer.status)
        return Rejected(reason, code=names[answer.status])
    if 200 <= answer.status < 300:
        return garbled()
    reason = _("Bluesky is in trouble (status {status}).").format(status=answer.status)
    return TryLater(reason, seconds=TROUBLE_SECONDS, code=f"http_{answer.status}")


def garbled() -> TryLater:
    """The error over an answer that is none of Bluesky's."""
    reason = _("The server answered with something that is not Bluesky's.")
    return TryLater(reason, seconds=TROUBLE_SECONDS, code="garbled")


def hear(line: Line, question: Callable[[Any], Any]) -> Answer:
    """Put a question that only reads. Raises TryLater when no answer came; every answer is returned."""
    try:
        return line.ask(question)
    except Unanswered as error:
        raise error.as_trouble(NAME) from error


def ask(line: Line, question: Callable[[Any], Any], name: str, kind: type) -> Answer:
    """Put a question whose answer must hold `name`, of that kind. Raises Unauthorized, TryLater, Rejected."""
    answer = hear(line, question)
    if not answer.good:
        raise unreadable(answer)
    if not isinstance(mapping(answer.body).get(name), kind):
        raise garbled()
    return answer
