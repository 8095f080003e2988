"""Asking X: the client library under our policy, and what its answers mean.

tweepy 4.17 sets no time limit, sleeps on rate limits when told to, crashes on some error bodies, and throws headers
away. So every call goes through `ask`, which hands back the answer itself, and status and body are judged here.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
import tweepy
from django.conf import settings
from django.utils.translation import gettext as _

from core.clock import now
from social.networks import _wire
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks._wire import TROUBLE_SECONDS, Patience, Unanswered, json_of, number, pause, session
from social.networks.errors import NetworkError, Rejected, TryLater, Unauthorized
from social.networks.values import Access, Quota

# At level DEBUG tweepy logs tokens and whole messages.
logging.getLogger("tweepy.client").setLevel(logging.INFO)

#: A usage cap or an empty purse ends with a bill or a month, not with a window: look again, but seldom.
CAPPED_SECONDS = 3600.0

@dataclass(frozen=True, slots=True)
class Answer(_wire.Answer):
    """What X said: `body` is None when it was not a JSON object."""

    @property
    def problem(self) -> str:
        """The last part of the error's type, as in `https://api.x.com/2/problems/usage-capped`."""
        return string(mapping(self.body).get("type")).rstrip("/").rpartition("/")[2]

    @property
    def parameters(self) -> frozenset[str]:
        """Which parameters X found wrong."""
        errors = mappings(mapping(self.body).get("errors"))
        named = {string(error.get("parameter")) for error in errors}
        named.update(name for error in errors for name in mapping(error.get("parameters")))
        return frozenset(named - {""})

    @property
    def words(self) -> str:
        """X's own explanation, short enough for a page; empty when it gave none."""
        body = mapping(self.body)
        said = [string(error.get("message")) or string(error.get("detail")) for error in mappings(body.get("errors"))]
        said += [string(body.get("detail")), string(body.get("error_description")), string(body.get("title"))]
        return clean(next((sentence for sentence in said if sentence), ""))[:300]

    def rows(self) -> list[Any] | None:
        """The items of a list, or None when this is no whole list: X states their number, also when there are none."""
        body = mapping(self.body)
        data, stated = body.get("data"), mapping(body.get("meta")).get("result_count")
        if not isinstance(stated, int) or not isinstance(data, list | None):
            return None
        return (data or []) if data or not stated else None

    def stated_rows(self) -> int:
        """How many items X says the list has."""
        return int(mapping(mapping(self.body).get("meta")).get("result_count", 0))

    @property
    def next_token(self) -> str:
        """The token of the following page; empty on the last."""
        return string(mapping(mapping(self.body).get("meta")).get("next_token"))

    def quota(self) -> Quota | None:
        """What is left of this endpoint's window, if the headers say."""
        limit, left = (
            number(self.headers.get("x-rate-limit-limit")),
            number(self.headers.get("x-rate-limit-remaining")),
        )
        return None if limit is None and left is None else Quota(limit, left, self.resets_at())

    def resets_at(self) -> datetime | None:
        """When the window ends. X's header is in seconds since 1970."""
        seconds = number(self.headers.get("x-rate-limit-reset"))
        try:
            return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, ValueError, OSError):
            return None

    def wait_seconds(self) -> float:
        """How long a refused caller should wait: never less than a second, never longer than a day."""
        if self.problem == "usage-capped":
            return CAPPED_SECONDS
        reset = self.resets_at()
        return pause(None if reset is None else (reset - now()).total_seconds())


@contextmanager
def client(access: Access, patience: Patience, *, calls: int = 1) -> Iterator["Line"]:
    """An open line to X in one account's name, on which `calls` questions together take no longer than one may."""
    token = access.secrets.get("access_token", "")
    if not (token.isascii() and token.isprintable()):
        raise Unauthorized(_("The access token holds characters no token has."), code="bad_token")
    with session(settings.X_API_BASE, patience, calls=calls) as opened:
        yield Line(token, opened)


class Line:
    """tweepy for one account, asked in a way that keeps status, headers and body."""

    def __init__(self, token: str, opened: requests.Session) -> None:
        self.client = tweepy.Client(bearer_token=token, return_type=dict)
        self.client.session = opened
        self._heard: list[requests.Response] = []
        opened.hooks["response"] = [self._hear]

    def _hear(self, response: requests.Response, *args: Any, **kwargs: Any) -> None:
        self._heard.append(response)

    def ask(self, question: Callable[[tweepy.Client], Any]) -> Answer:
        """Put one question. Raises Unanswered; every answer, good or bad, is returned."""
        self._heard.clear()
        try:
            question(self.client)
        except (requests.exceptions.RequestException, OSError) as error:
            if not self._heard:
                raise Unanswered(error) from error
        except (tweepy.TweepyException, TypeError, AttributeError, ValueError, RecursionError):
            # tweepy's own exceptions, and what its error class raises over bodies such as {"errors": null}: the
            # answer is here.
            if not self._heard:
                raise
        return answer_of(self._heard[-1])


def answer_of(response: requests.Response) -> Answer:
    """Status, headers and the JSON object of an answer."""
    body = json_of(response)
    return Answer(response.status_code, response.headers, body if isinstance(body, Mapping) else None)


def unreadable(answer: Answer) -> NetworkError:
    """What a reader raises over an answer that is not good."""
    if answer.status == 401:
        return Unauthorized(_("X no longer accepts the sign-in of this account."), code="unauthorized")
    if answer.status == 429:
        code = "usage_capped" if answer.problem == "usage-capped" else "rate_limited"
        reason = (
            _("The monthly amount X allows to read is used up.")
            if code == "usage_capped"
            else _("X allows no more questions just now.")
        )
        return TryLater(reason, seconds=answer.wait_seconds(), code=code)
    if answer.status == 402:
        reason = _("The credits of the X developer account are used up; its owner must buy more.")
        return TryLater(reason, seconds=CAPPED_SECONDS, code="no_credits")
    if answer.status in (400, 403, 404) and answer.body is not None:
        names = {400: "invalid_request", 403: "forbidden", 404: "not_found"}
        reason = _("X refused the question: {words}").format(words=answer.words or answer.status)
        return Rejected(reason, code=names[answer.status])
    if 200 <= answer.status < 300:
        return TryLater(_("X answered with something that is not its API's."), seconds=TROUBLE_SECONDS, code="garbled")
    reason = _("X is in trouble (status {status}).").format(status=answer.status)
    return TryLater(reason, seconds=TROUBLE_SECONDS, code=f"http_{answer.status}")


def ask_list(line: Line, question: Callable[[tweepy.Client], Any]) -> Answer:
    """Put a question about a list. Whatever was answered is returned, but a good answer holds a list.

    Raises TryLater when no answer came, Rejected when X hides the account: it answers 200 for one that was suspended or
    deleted, with errors in the place of a list.
    """
    try:
        answer = line.ask(question)
    except Unanswered as error:
        raise error.as_trouble("X") from error
    if not answer.good or answer.rows() is not None:
        return answer
    if mappings(mapping(answer.body).get("errors")) and "meta" not in mapping(answer.body):
        raise Rejected(_("X shows nothing of this account: {words}").format(words=answer.words), code="account_hidden")
    return Answer(answer.status, answer.headers, None)


def ask(line: Line, question: Callable[[tweepy.Client], Any]) -> Answer:
    """Put a question whose answer must be good. Raises Unauthorized, TryLater, Rejected."""
    try:
        answer = line.ask(question)
    except Unanswered as error:
        raise error.as_trouble("X") from error
    if not answer.good:
        raise unreadable(answer)
    return answer
