"""Asking LinkedIn: there is no maintained client, so Rest.li 2.0 is spoken over requests, and what answers mean is said here.

learn.microsoft.com/linkedin/shared/api-guide (concepts: protocol-version, error-handling, rate-limits) and
…/linkedin/marketing/versioning, read 2026-11: every question carries a version (YYYYMM) that lives about a year, URNs are
percent- encoded wherever they stand, and lists are written `List(a,b)` with their brackets and commas bare. No answer says what
is left of a quota; most end at midnight UTC.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from core.clock import now
from social.networks import _wire
from social.networks._shapes import mapping, string
from social.networks._text import clean
from social.networks._wire import TROUBLE_SECONDS, Patience, Unanswered, json_of, number, pause, session
from social.networks.errors import NetworkError, Rejected, TryLater, Unauthorized
from social.networks.values import Access

NAME = "LinkedIn"
API = "https://api.linkedin.com/rest"
#: What a 429 says of a quota that lasts until the day is over.
_DAY = re.compile(r"\bDAY\b|\bdaily\b", re.IGNORECASE)
_URN = re.compile(r"^urn:li:[A-Za-z]{2,40}:[A-Za-z0-9_-]{1,60}$")
_COMMENT = re.compile(r"^urn:li:comment:\((?:urn:li:)?([A-Za-z]{2,40}:[0-9]{1,25}),([0-9]{1,25})\)$")


def is_urn(value: Any, *kinds: str) -> bool:
    """Whether `value` names something simple of one of these kinds (of any, without)."""
    return isinstance(value, str) and _URN.match(value) is not None and (not kinds or value.split(":")[2] in kinds)


def comment_parts(value: Any) -> tuple[str, str]:
    """What a comment stands below and its number, from its URN however it is written; two empty strings for what is none."""
    found = _COMMENT.match(value) if isinstance(value, str) else None
    return (f"urn:li:{found[1]}", found[2]) if found else ("", "")


def comment_urn(below: str, identifier: str) -> str:
    return f"urn:li:comment:({below},{identifier})"


def encoded(urn: str) -> str:
    """A URN as it stands in a path or a query."""
    return quote(urn, safe="")


def listed(values: Iterable[str]) -> str:
    """Rest.li's way to write a list in a query."""
    return f"List({','.join(encoded(value) for value in values)})"


@dataclass(frozen=True, slots=True)
class Answer(_wire.Answer):
    """What LinkedIn said: `body` is None when it was not JSON by name and by form."""

    @property
    def refusal(self) -> bool:
        """Whether it is an error as the documents have it: the status again, and words."""
        body = mapping(self.body)
        return body.get("status") == self.status and isinstance(body.get("message"), str)

    @property
    def words(self) -> str:
        body = mapping(self.body)
        return clean(string(body.get("message")) or string(body.get("error_description")) or string(body.get("error")))[:300]

    @property
    def code(self) -> str:
        return clean(string(mapping(self.body).get("code")))[:60]

    def wait_seconds(self) -> float:
        """How long a refused caller should wait: what it says, else until the quota's day is over, else a little."""
        stated = number(self.headers.get("retry-after"))
        if stated is None and _DAY.search(self.words):
            moment = now().astimezone(UTC)
            midnight = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            return pause((midnight - moment).total_seconds())
        return pause(None if stated is None else float(stated))


def answer_of(response: requests.Response) -> Answer:
    """Status, headers and the JSON document of an answer. What is not called JSON comes from somebody in between."""
    body = json_of(response) if "json" in response.headers.get("content-type", "").lower() else None
    return Answer(response.status_code, response.headers, body)


class Line:
    """A session in one organisation's name."""

    def __init__(self, token: str, opened: requests.Session) -> None:
        self.opened = opened
        opened.headers.update(
            {
                "Authorization": f"Bearer {token}",
                "LinkedIn-Version": settings.LINKEDIN_VERSION,
                "X-Restli-Protocol-Version": "2.0.0",
                "User-Agent": "Rabta",
            }
        )

    def ask(self, path: str, *, method: str = "GET", restli: str = "", document: Any = None) -> Answer:
        """Put one question. Raises Unanswered; every answer, good or bad, is returned."""
        headers = {"X-RestLi-Method": restli} if restli else {}
        try:
            return answer_of(self.opened.request(method, f"{API}/{path}", json=document, headers=headers))
        except (requests.exceptions.RequestException, OSError) as error:
            raise Unanswered(error) from error


@contextmanager
def client(access: Access, patience: Patience, *, calls: int = 1) -> Iterator[Line]:
    """An open line in one organisation's name, on which `calls` questions together take no longer than one may."""
    token = access.secrets.get("access_token", "")
    if not token or not (token.isascii() and token.isprintable()):
        raise Unauthorized(_("The access token holds characters no token has."), code="bad_token")
    with session(settings.LINKEDIN_API_BASE, patience, calls=calls) as opened:
        yield Line(token, opened)


def moment_of(value: Any) -> datetime | None:
    """LinkedIn's time, milliseconds since 1970, or None for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


# --- what answers mean ------------------------------------------------------------------------------------------------
def signed_out() -> Unauthorized:
    reason = _("{network} no longer accepts the token of this account. Connect it again.").format(network=NAME)
    return Unauthorized(reason, code="unauthorized")


def sunset(answer: Answer) -> Rejected | None:
    """The refusal of a version that is no longer spoken: the operator's business."""
    if answer.status != 426 and answer.code != "NONEXISTENT_VERSION":
        return None
    words = _(
        "{network} no longer speaks version {version}. Whoever runs this installation must set LINKEDIN_VERSION to a newer one."
    )
    return Rejected(words.format(network=NAME, version=settings.LINKEDIN_VERSION), code="version")


def unreadable(answer: Answer) -> NetworkError:
    """What a reader raises over an answer that is not good."""
    if answer.status == 401:
        return signed_out()
    if answer.status == 429:
        reason = _("{network} allows no more questions just now.").format(network=NAME)
        return TryLater(reason, seconds=answer.wait_seconds(), code="rate_limited")
    old = sunset(answer)
    if old is not None:
        return old
    if answer.status in (400, 403, 404, 422) and answer.body is not None:
        names = {400: "invalid_request", 403: "forbidden", 404: "not_found", 422: "invalid_request"}
        reason = _("{network} refused the question: {words}").format(network=NAME, words=answer.words or answer.status)
        return Rejected(reason, code=names[answer.status])
    if 200 <= answer.status < 300:
        return garbled()
    reason = _("{network} is in trouble (status {status}).").format(network=NAME, status=answer.status)
    return TryLater(reason, seconds=TROUBLE_SECONDS, code=f"http_{answer.status}")


def garbled() -> TryLater:
    """The error over an answer that is none of LinkedIn's."""
    reason = _("{network} answered with something that is not its own.").format(network=NAME)
    return TryLater(reason, seconds=TROUBLE_SECONDS, code="garbled")


def hear(line: Line, path: str, *, restli: str = "") -> Answer:
    """Put a question that only reads. Raises TryLater when no answer came; every answer is returned."""
    try:
        return line.ask(path, restli=restli)
    except Unanswered as error:
        raise error.as_trouble(NAME) from error


def ask(line: Line, path: str, name: str, kind: type, *, restli: str = "") -> Answer:
    """Put a question whose answer must hold `name`, of that kind. Raises Unauthorized, TryLater, Rejected."""
    answer = hear(line, path, restli=restli)
    if not answer.good:
        raise unreadable(answer)
    if not isinstance(mapping(answer.body).get(name), kind):
        raise garbled()
    return answer


def has_more(answer: Answer, count: int) -> bool:
    """Whether a list goes on: it says so, or the page was full."""
    links = mapping(mapping(answer.body).get("paging")).get("links")
    named = isinstance(links, list) and any(mapping(link).get("rel") == "next" for link in links)
    return named or len(mapping(answer.body)["elements"]) >= count
