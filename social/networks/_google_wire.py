"""Asking Google's APIs: requests under our policy, and what the answers mean. YouTube and Google reviews share it.

There is no client library in between: docs/adr/google.md says why. Errors come in two dialects, told apart by nobody but this file:
`error.errors[].reason` of the older APIs (YouTube), `error.status` and `error.details[]` of the newer ones (Business Profile).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from core.clock import now
from social.networks import _wire
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks._wire import TROUBLE_SECONDS, Patience, Unanswered, json_of, number, pause, session
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, Text, TryLater, Unauthorized
from social.networks.values import Access

UNSENT_SECONDS = 5.0
#: developers.google.com/youtube/v3/docs/errors and cloud.google.com/apis/design/errors, read 2026-11.
LIMITED = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
USED_UP = frozenset({"quotaExceeded", "dailyLimitExceeded"})
NOT_SET_UP = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
TOO_FEW_RIGHTS = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
#: developers.google.com/youtube/v3/getting-started#quota, read 2026-11: daily quotas begin anew at midnight there.
PACIFIC = ZoneInfo("America/Los_Angeles")

#: What a sender's refusals mean: reason → code and sentence (with {network} and {words}). What is not in the table proves nothing.
Refusals = Mapping[str, tuple[str, Text]]


@dataclass(frozen=True, slots=True)
class Answer(_wire.Answer):
    """What Google said: `body` is None when it was not a JSON object."""

    @property
    def error(self) -> Mapping[str, Any]:
        """The error an answer documents; empty when it holds none."""
        error = mapping(mapping(self.body).get("error"))
        return error if isinstance(error.get("code"), int) else {}

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every name the error goes by, the most exact first."""
        older = [string(entry.get("reason")) for entry in mappings(self.error.get("errors"))]
        newer = [string(entry.get("reason")) for entry in mappings(self.error.get("details"))]
        return tuple(name for name in (*older, *newer, string(self.error.get("status"))) if name)

    @property
    def words(self) -> str:
        """Google's own explanation, short enough for a page; empty when it gave none."""
        return clean(string(self.error.get("message")))[:300]

    def says(self, names: frozenset[str]) -> bool:
        """Whether the error goes by one of these names."""
        return not names.isdisjoint(self.reasons)

    @property
    def limited(self) -> bool:
        """Whether it was too much for the moment."""
        return not self.used_up and (self.status == 429 or self.says(LIMITED))

    @property
    def used_up(self) -> bool:
        """Whether the day's quota is used up."""
        return self.says(USED_UP)

    def wait_seconds(self) -> float:
        """How long a refused caller should wait: until the day ends there, or what the header or a RetryInfo says."""
        if self.used_up:
            return pause((next_day(now()) - now()).total_seconds())
        seconds = _retry_after(self.headers.get("retry-after") or "")
        for entry in mappings(self.error.get("details")):
            stated = string(entry.get("retryDelay"))
            if stated.endswith("s"):
                seconds = _float(stated[:-1])
        return pause(seconds)


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _retry_after(value: str) -> float | None:
    """Seconds, or a date of HTTP."""
    seconds = number(value)
    if seconds is not None or not value:
        return seconds
    try:
        return (parsedate_to_datetime(value).astimezone(UTC) - now()).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def next_day(moment: datetime) -> datetime:
    """The next midnight Pacific time after `moment`, in UTC."""
    there = moment.astimezone(PACIFIC)
    return datetime.combine(there.date() + timedelta(days=1), datetime.min.time(), PACIFIC).astimezone(UTC)


def day_of(moment: datetime) -> str:
    """The date there."""
    return moment.astimezone(PACIFIC).date().isoformat()


def moment_of(value: Any) -> datetime | None:
    """A time as Google writes it (RFC 3339 with up to nine digits of a second), or None for anything else."""
    if not isinstance(value, str) or len(value) < 16:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


class Line:
    """Google's APIs for one account. `spend` is told of each question before it is put, for those who count."""

    def __init__(self, token: str, opened: requests.Session, whom: Text, spend: Callable[[int], None] | None = None) -> None:
        self.whom = whom
        self._opened = opened
        self._spend = spend
        opened.headers["authorization"] = f"Bearer {token}"

    def ask(self, method: str, url: str, *, query: Mapping[str, Any] | None = None, body: Any = None, cost: int = 1) -> Answer:
        """Put one question. Raises Unanswered; every answer, good or bad, is returned."""
        if self._spend is not None:
            self._spend(cost)
        given = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        try:
            return answer_of(self._opened.request(method, url, params=given, json=body))
        except (requests.exceptions.RequestException, OSError) as error:
            raise Unanswered(error) from error


def answer_of(response: requests.Response) -> Answer:
    """Status, headers and the JSON object of an answer."""
    body = json_of(response)
    return Answer(response.status_code, response.headers, body if isinstance(body, Mapping) else None)


@contextmanager
def client(
    access: Access, patience: Patience, whom: Text, *, calls: int = 1, spend: Callable[[int], None] | None = None
) -> Iterator[Line]:
    """An open line in one account's name, on which `calls` questions together take no longer than one may."""
    token = access.secrets.get("access_token", "")
    if not token or not (token.isascii() and token.isprintable()):
        raise Unauthorized(_("The access token holds characters no token has."), code="bad_token")
    with session(settings.GOOGLE_API_BASE, patience, calls=calls) as opened:
        yield Line(token, opened, whom, spend)


# --- what answers mean ------------------------------------------------------------------------------------------------
def _known_trouble(answer: Answer, whom: Text) -> NetworkError | None:
    """What means the same to readers and senders: nothing was accepted."""
    if answer.status == 401:
        return Unauthorized(_("{network} no longer accepts the sign-in of this account.").format(network=whom), code="unauthorized")
    if answer.used_up:
        # A documented refusal made before anything is looked at, so that a sender may be sure as well.
        reason = _("The day's quota of this installation at {network} is used up. It begins anew at midnight Pacific time.")
        return TryLater(reason.format(network=whom), seconds=answer.wait_seconds(), code="quota_exceeded")
    if answer.status == 403 and answer.says(NOT_SET_UP):
        text = _("{network}'s API is not switched on in the Google Cloud project of this installation: {words}")
        return Rejected(text.format(network=whom, words=answer.words), code="not_set_up")
    if answer.status == 403 and answer.says(TOO_FEW_RIGHTS):
        text = _("{network} does not allow this with the rights of this token: {words}")
        return Rejected(text.format(network=whom, words=answer.words), code="forbidden")
    return None


def unreadable(answer: Answer, whom: Text) -> NetworkError:
    """What a reader raises over an answer that is not good."""
    trouble = _known_trouble(answer, whom)
    if trouble is not None:
        return trouble
    if answer.limited:
        reason = _("{network} allows no more questions just now.").format(network=whom)
        return TryLater(reason, seconds=answer.wait_seconds(), code="rate_limited")
    if answer.status in (400, 403, 404) and answer.error:
        codes = {400: "invalid_request", 403: "forbidden", 404: "not_found"}
        code = "comments_disabled" if "commentsDisabled" in answer.reasons else codes[answer.status]
        reason = _("{network} refused the question: {words}").format(network=whom, words=answer.words or answer.status)
        return Rejected(reason, code=code)
    if 200 <= answer.status < 300:
        reason = _("{network} answered with something that is not its own.").format(network=whom)
        return TryLater(reason, seconds=TROUBLE_SECONDS, code="garbled")
    reason = _("{network} is in trouble (status {status}).").format(network=whom, status=answer.status)
    return TryLater(reason, seconds=TROUBLE_SECONDS, code=f"http_{answer.status}")


def unsent(answer: Answer, whom: Text, refusals: Refusals) -> NetworkError:
    """What an answer without a receipt means for a sender: only a documented refusal is one, all else is doubt."""
    trouble = _known_trouble(answer, whom)
    if trouble is not None:
        return trouble
    if answer.limited:
        reason = _("{network} allows no more questions just now.").format(network=whom)
        return OutcomeUnknown(reason, code="rate_limited", hold_seconds=answer.wait_seconds())
    if answer.status in (400, 403, 404):
        for name in answer.reasons:
            if name in refusals:
                code, text = refusals[name]
                return Rejected(str(text).format(network=whom, words=answer.words), code=code)
    reason = _("{network} gave no clear answer (status {status}).").format(network=whom, status=answer.status)
    return OutcomeUnknown(reason, code=f"http_{answer.status}")


def ask(line: Line, url: str, *, cost: int = 1, **query: Any) -> Answer:
    """Put a question whose answer must be an object. Raises Unauthorized, TryLater, Rejected."""
    try:
        answer = line.ask("GET", url, query=query, cost=cost)
    except Unanswered as error:
        raise error.as_trouble(line.whom) from error
    if not answer.good or "error" in answer.body:
        raise unreadable(answer, line.whom)
    return answer


def ask_list(line: Line, url: str, name: str, *, sign: str = "", **query: Any) -> tuple[Answer, list[Any]]:
    """Put a question about a list `name`. Raises Unauthorized, TryLater, Rejected.

    An empty list may be left out altogether, so an answer must show otherwise that it is one: by its `sign` as `kind`, or by
    holding nothing that is unknown.
    """
    answer = ask(line, url, **query)
    rows = answer.body.get(name, [])
    if not isinstance(rows, list) or (sign and answer.body.get("kind") != sign):
        raise unreadable(Answer(answer.status, answer.headers, None), line.whom)
    return answer, rows


def write(line: Line, method: str, url: str, body: Any, refusals: Refusals, *, cost: int = 1, **query: Any) -> Answer:
    """Send once. Raises Rejected, TryLater, Unauthorized, OutcomeUnknown as `Network.send` says."""
    try:
        answer = line.ask(method, url, query=query, body=body, cost=cost)
    except Unanswered as error:
        trouble = error.as_trouble(line.whom)
        if error.unsent:
            raise TryLater(trouble.reason, seconds=UNSENT_SECONDS, code=trouble.code) from error
        raise OutcomeUnknown(trouble.reason, code="unanswered") from error
    if not answer.good or "error" in answer.body:
        raise unsent(answer, line.whom, refusals)
    return answer


def token_of(answer: Answer) -> str:
    """The name of the following page; empty on the last."""
    return string(mapping(answer.body).get("nextPageToken"))[:2000]
