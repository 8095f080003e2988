"""Asking Reddit through praw, and hearing what it really said.

praw 8 and prawcore 4 try again by themselves (up to three times), renew tokens behind the back of the one who stores them, and
sleep: before a question when the last answer's headers say so, before a retry, and over a RATELIMIT. All of that begins with an
answer or an error that reaches them, so their own seam, the requestor, lets neither through: one question is one request, what came
is kept as it came, and only a good answer without its limit headers goes up to the library. Settings are passed by name, every
one of them: else praw takes them from `praw_…` in the environment or from a praw.ini wherever the process was started.
"""

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from praw import Reddit
from praw.exceptions import PRAWException
from prawcore import Requestor
from prawcore.exceptions import PrawcoreException
from requests.structures import CaseInsensitiveDict

from core.clock import now
from social.networks import _wire
from social.networks._shapes import mapping, string
from social.networks._text import clean
from social.networks._wire import TROUBLE_SECONDS, Patience, Unanswered, json_of, pause, session
from social.networks.errors import NetworkError, Rejected, TryLater, Unauthorized
from social.networks.values import Access, Quota

NAME = "Reddit"
VERSION = "0.1"
#: The one window there is (support.reddithelp.com, “Reddit Data API Wiki”, read 2026-11): 100 questions a minute for each app,
#: averaged over ten minutes, whoever's account they are for.
QUOTA = "requests"
#: Seconds for which praw is told that a token lasts; only the engine renews, and only when Reddit refuses it.
TOKEN_SECONDS = 86_400
#: What praw stumbles into over a document of another shape.
ODD = (LookupError, TypeError, AttributeError, ValueError, AssertionError, RecursionError)
LIMIT_HEADERS = ("x-ratelimit-remaining", "x-ratelimit-used", "x-ratelimit-reset")
_USERNAME = re.compile(r"^[A-Za-z0-9_-]{1,30}$")


@dataclass(frozen=True, slots=True)
class Answer(_wire.Answer):
    """What Reddit said: `body` is None when it was not JSON by name and by form."""

    @property
    def words(self) -> str:
        """Reddit's own explanation, short enough for a page; empty when it gave none."""
        body = mapping(self.body)
        said = (string(body.get(name)) for name in ("explanation", "message", "error_description", "reason"))
        return clean(next((words for words in said if words), ""))[:300]

    @property
    def error(self) -> str:
        """The name of a refused sign-in, which Reddit may send with status 200."""
        return clean(string(mapping(self.body).get("error")))[:40]

    def _figure(self, name: str) -> float | None:
        """A limit header's number; Reddit writes whole and broken ones."""
        try:
            value = float(self.headers.get(f"x-ratelimit-{name}") or "")
        except ValueError:
            return None
        return value if math.isfinite(value) and value >= 0 else None

    def quota(self) -> Quota | None:
        """What is left of the window, if the headers say. The reset is in seconds from now."""
        left, used, reset = (self._figure(name) for name in ("remaining", "used", "reset"))
        if left is None:
            return None
        resets_at = now() + timedelta(seconds=min(reset, _wire.DAY_SECONDS)) if reset is not None else None
        return Quota(int(left + used) if used is not None else None, int(left), resets_at)

    def quotas(self) -> dict[str, Quota]:
        quota = self.quota()
        return {QUOTA: quota} if quota else {}

    def wait_seconds(self) -> float:
        """How long a refused caller should wait: never less than a second, never longer than a day."""
        return pause(self._figure("reset"))


class _Heard(Exception):
    """An answer that is none of prawcore's business: it would wait, try again or renew the token."""


class Door(Requestor):
    """Where praw's questions leave the machine: one for each asking, over a session of ours."""

    def __init__(self, *, heard: list[Answer], **options: Any) -> None:
        super().__init__(**options)
        self.heard = heard

    def request(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> requests.Response:
        """Ask once. Errors are requests' own: those that prawcore knows are tried again."""
        if self.heard:
            raise _Heard
        response = self._http.request(*args, **kwargs)
        self.heard.append(answer_of(response))
        if not 200 <= response.status_code < 300:
            raise _Heard
        kept = {name: value for name, value in response.headers.items() if name.lower() not in LIMIT_HEADERS}
        response.headers = CaseInsensitiveDict(kept)
        return response


def answer_of(response: requests.Response) -> Answer:
    """Status, headers and the JSON document of an answer. What is not called JSON comes from somebody in between."""
    body = json_of(response) if "json" in response.headers.get("content-type", "").lower() else None
    return Answer(response.status_code, CaseInsensitiveDict(response.headers), body)


def heard_of(heard: list[Answer], question: Callable[[], Any]) -> Answer:
    """Put one question through a door. Raises Unanswered; every answer, good or bad, is returned."""
    heard.clear()
    try:
        question()
    except (requests.exceptions.RequestException, OSError) as error:
        if not heard:
            raise Unanswered(error) from error
    except (_Heard, PRAWException, PrawcoreException, *ODD):
        # What the door keeps to itself, and what the libraries make of refusals and of odd documents: the answer is here.
        if not heard:
            raise
    return heard[0]


def agent_of(username: str) -> str:
    """Who asks, as Reddit demands it of every app (Data API wiki, read 2026-11): platform, name, version, whom to write to."""
    contact = settings.REDDIT_CONTACT or username
    who = f"by /u/{contact}" if _USERNAME.match(contact) else f"at {settings.BASE_URL}"
    return f"web:rabta:{VERSION} ({who})"


def hosts() -> dict[str, str]:
    """Where praw is to turn: to the redirection, where there is one."""
    base = settings.REDDIT_API_BASE
    return {"reddit_url": base or "https://www.reddit.com", "oauth_url": base or "https://oauth.reddit.com"}


@contextmanager
def door(username: str, patience: Patience, *, calls: int = 1) -> Iterator[tuple[list[Answer], dict[str, Any]]]:
    """What was heard, and how a requestor is made, for `calls` questions that together take no longer than one may."""
    heard: list[Answer] = []
    with session(settings.REDDIT_API_BASE, patience, calls=calls) as opened:
        yield heard, {"heard": heard, "session": opened, "user_agent": agent_of(username), **hosts()}


class Line:
    """praw for one account, asked in a way that keeps status, headers and body."""

    def __init__(self, token: str, heard: list[Answer], options: dict[str, Any]) -> None:
        given = {name: value for name, value in options.items() if name in ("heard", "session")}
        #: Without a secret praw takes a token as it is, and can renew nothing.
        self.client = Reddit(
            requestor_class=Door,
            requestor_kwargs=given,
            client_id="rabta",
            client_secret=None,
            username=None,
            password=None,
            refresh_token=None,
            redirect_uri=None,
            user_agent=options["user_agent"],
            reddit_url=options["reddit_url"],
            oauth_url=options["oauth_url"],
            check_for_updates=False,
            check_for_async=False,
            ratelimit_seconds=-1,  # at 0 it still sleeps over "100 milliseconds", and posts again
            timeout=int(_wire.DAY_SECONDS),  # ours is shorter, and holds for the whole answer
        )
        self.client.auth.implicit(access_token=token, expires_in=TOKEN_SECONDS, scope="*")
        self._heard = heard

    def ask(self, question: Callable[[Any], Any]) -> Answer:
        """Put one question. Raises Unanswered; every answer, good or bad, is returned."""
        return heard_of(self._heard, lambda: question(self.client))


@contextmanager
def client(access: Access, patience: Patience, *, calls: int = 1) -> Iterator[Line]:
    """An open line in one account's name, on which `calls` questions together take no longer than one may."""
    token = access.secrets.get("access_token", "")
    if not token:
        raise Unauthorized(_("There is no session at {network} yet.").format(network=NAME), code="no_session")
    if not (token.isascii() and token.isprintable()):
        raise Unauthorized(_("The access token holds characters no token has."), code="bad_token")
    with door(access.handle or access.secrets.get("username", ""), patience, calls=calls) as (heard, options):
        yield Line(token, heard, options)


def moment_of(value: Any) -> datetime | None:
    """Reddit's time, seconds since 1970, or None for anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


# --- what answers mean ------------------------------------------------------------------------------------------------
def signed_out() -> Unauthorized:
    reason = _("{network} no longer accepts the token of this account. Connect it again.").format(network=NAME)
    return Unauthorized(reason, code="unauthorized")


def lacks_scope(answer: Answer) -> bool:
    """Whether the token does not cover what was asked: RFC 6750's word for it, in a header."""
    return answer.status == 403 and "insufficient_scope" in answer.headers.get("www-authenticate", "").lower()


def unreadable(answer: Answer) -> NetworkError:
    """What a reader raises over an answer that is not good."""
    if answer.status == 401:
        return signed_out()
    if answer.status == 429:
        reason = _("{network} allows no more questions just now.").format(network=NAME)
        return TryLater(reason, seconds=answer.wait_seconds(), code="rate_limited")
    if lacks_scope(answer):
        return Rejected(_("This sign-in does not cover it. Connect the account again and allow everything."), code="scope")
    if answer.status in (400, 403, 404, 451) and answer.body is not None:
        names = {400: "invalid_request", 403: "forbidden", 404: "not_found", 451: "forbidden"}
        words = answer.words or str(answer.status)
        reason = _("{network} refused the question: {words}").format(network=NAME, words=words)
        return Rejected(reason, code=names[answer.status])
    if 200 <= answer.status < 300:
        return garbled()
    reason = _("{network} is in trouble (status {status}).").format(network=NAME, status=answer.status)
    return TryLater(reason, seconds=TROUBLE_SECONDS, code=f"http_{answer.status}")


def garbled() -> TryLater:
    """The error over an answer that is none of Reddit's."""
    reason = _("{network} answered with something that is not its own.").format(network=NAME)
    return TryLater(reason, seconds=TROUBLE_SECONDS, code="garbled")


def ask(line: Line, question: Callable[[Any], Any]) -> Answer:
    """Put a question whose answer must be an object. Raises Unauthorized, TryLater, Rejected."""
    try:
        answer = line.ask(question)
    except Unanswered as error:
        raise error.as_trouble(NAME) from error
    if not answer.good:
        raise unreadable(answer)
    if not isinstance(answer.body, dict):
        raise garbled()
    return answer


def listing(line: Line, question: Callable[[Any], Any]) -> tuple[Answer, list[Any], str]:
    """Put a question for a list: the answer, its rows, and where the next page begins. Raises as `ask`."""
    answer = ask(line, question)
    data = mapping(answer.body.get("data"))
    rows = data.get("children")
    if answer.body.get("kind") != "Listing" or not isinstance(rows, list):
        raise garbled()
    return answer, rows, string(data.get("after"))[:60]
