"""Asking a Mastodon instance: the client library under our policy, and what the answers mean.

Mastodon.py 2.3 waits 300 seconds, sleeps on limits unless told to throw, hides what failed behind its own errors and
casts every answer, which one odd field can upset. So every call goes through `Line.ask`, which hands back the answer itself.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from mastodon import Mastodon
from mastodon.errors import MastodonError

from core.clock import now
from core.http import READ_SECONDS
from social.networks import _wire
from social.networks._shapes import mapping, string
from social.networks._text import clean
from social.networks._wire import TROUBLE_SECONDS, Patience, Unanswered, json_of, number, pause, session
from social.networks.errors import NetworkError, Rejected, TryLater, Unauthorized
from social.networks.values import Access, Quota

logging.getLogger("mastodon").setLevel(logging.INFO)

_HOST = re.compile(r"^(?=.{4,200}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$")


@dataclass(frozen=True, slots=True)
class Answer(_wire.Answer):
    """What the instance said: `body` is None when it was not JSON by name and by form."""

    @property
    def words(self) -> str:
        """The instance's own explanation, short enough for a page; empty when it gave none."""
        body = mapping(self.body)
        return clean(string(body.get("error")) or string(body.get("error_description")))[:300]

    def quota(self) -> Quota | None:
        """What is left of the window, if the headers say."""
        limit, left = (number(self.headers.get(f"x-ratelimit-{name}")) for name in ("limit", "remaining"))
        return None if limit is None and left is None else Quota(limit, left, self.resets_at())

    def resets_at(self) -> datetime | None:
        """When the window ends: Mastodon writes an ISO time, GoToSocial seconds since 1970."""
        value = self.headers.get("x-ratelimit-reset") or ""
        seconds = number(value)
        try:
            return moment_of(value) if seconds is None else datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, ValueError, OSError):
            return None

    def wait_seconds(self) -> float:
        """How long a refused caller should wait: never less than a second, never longer than a day."""
        reset = self.resets_at()
        return pause(None if reset is None else (reset - now()).total_seconds())

    def has_older(self) -> bool:
        """Whether the instance names a page of older items behind this one."""
        return 'rel="next"' in self.headers.get("link", "")


def moment_of(value: Any) -> datetime | None:
    """Mastodon's time, or None for anything else. Some servers leave out the fractions, some the zone."""
    if not isinstance(value, str) or len(value) < 16:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def host_of(access: Access) -> str:
    """The instance an account lives on. Raises Rejected for what can be none."""
    return host_named(access.secrets.get("instance", ""))


def host_named(typed: str) -> str:
    """The instance's name, from an address as people write it. Raises Rejected for what can be none."""
    host = re.sub(r"^https://", "", typed.strip().lower()).split("/", 1)[0].rpartition("@")[2].rstrip(".")
    if not is_host(host):
        reason = _("This is no address of an instance. Write it like this: mastodon.social")
        raise Rejected(reason, code="bad_instance", field="instance")
    return host


def is_host(text: str) -> bool:
    """Whether this can be an instance's name: small letters, dots, no address in numbers."""
    return bool(_HOST.match(text))


class Line:
    """Mastodon.py for one account, asked in a way that keeps status, headers and body."""

    def __init__(self, host: str, token: str, opened: requests.Session) -> None:
        self.host = host
        self.token = token
        self.client = Mastodon(
            api_base_url=f"https://{host}",
            session=opened,
            ratelimit_method="throw",
            request_timeout=READ_SECONDS,
            version_check_mode="none",
            # Said, not asked: else it asks the instance before an upload.
            mastodon_version="4.0.0",
            user_agent="Rabta",
        )
        # Not by the constructor: it opens any file the "token" names, and believes what stands in it.
        self.client.access_token = token
        self._heard: list[requests.Response] = []
        self._failed: list[BaseException] = []
        opened.hooks["response"] = [self._hear]

    def _hear(self, response: requests.Response, *args: Any, **kwargs: Any) -> None:
        self._heard.append(response)

    def ask(self, question: Callable[[Mastodon], Any]) -> Answer:
        """Put one question. Raises Unanswered; every answer, good or bad, is returned."""
        self._heard.clear()
        try:
            question(self.client)
        except (MastodonError, requests.exceptions.RequestException, OSError) as error:
            if not self._heard:
                # Mastodon.py puts its own error in front of the one that says whether anything left.
                raise Unanswered(error.__cause__ or error.__context__ or error) from error
        except (TypeError, AttributeError, ValueError, KeyError, RecursionError, OverflowError):
            # What the library's casting makes of odd documents: the answer is here.
            if not self._heard:
                raise
        return answer_of(self._heard[-1])


def answer_of(response: requests.Response) -> Answer:
    """Status, headers and the JSON document of an answer. What is not called JSON comes from somebody in between."""
    body = json_of(response) if "json" in response.headers.get("content-type", "").lower() else None
    return Answer(response.status_code, response.headers, body)


@contextmanager
def client(access: Access, patience: Patience, *, calls: int = 1) -> Iterator[Line]:
    """An open line in one account's name, on which `calls` questions together take no longer than one may."""
    host, token = host_of(access), access.secrets.get("access_token", "")
    if not token or not (token.isascii() and token.isprintable()):
        raise Unauthorized(_("The access token holds characters no token has."), code="bad_token")
    with session(settings.MASTODON_API_BASE, patience, calls=calls) as opened:
        yield Line(host, token, opened)


def unreadable(answer: Answer) -> NetworkError:
    """What a reader raises over an answer that is not good."""
    if answer.status == 401:
        return Unauthorized(_("The instance no longer accepts the sign-in of this account."), code="unauthorized")
    if answer.status == 429:
        reason = _("The instance allows no more questions just now.")
        return TryLater(reason, seconds=answer.wait_seconds(), code="rate_limited")
    if answer.status in (400, 403, 404, 422) and answer.body is not None:
        names = {400: "invalid_request", 403: "forbidden", 404: "not_found", 422: "invalid_request"}
        reason = _("The instance refused the question: {words}").format(words=answer.words or answer.status)
        return Rejected(reason, code=names[answer.status])
    if 200 <= answer.status < 300:
        reason = _("The instance answered with something that is not Mastodon's.")
        return TryLater(reason, seconds=TROUBLE_SECONDS, code="garbled")
    reason = _("The instance is in trouble (status {status}).").format(status=answer.status)
    return TryLater(reason, seconds=TROUBLE_SECONDS, code=f"http_{answer.status}")


def ask(line: Line, question: Callable[[Mastodon], Any], kind: type) -> Answer:
    """Put a question whose answer must be a document of that kind. Raises Unauthorized, TryLater, Rejected."""
    try:
        answer = line.ask(question)
    except Unanswered as error:
        raise error.as_trouble("Mastodon") from error
    if not answer.good:
        raise unreadable(answer)
    if not isinstance(answer.body, kind):
        raise unreadable(Answer(answer.status, answer.headers, None))
    return answer
