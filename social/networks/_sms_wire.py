"""Asking Twilio: its client library over our own session, and what the answers mean (docs/adr/sms.md).

The library speaks through an `HttpClient`; ours goes out under the policy, writes no log and keeps the answer as it came. Its
models lose a whole page over one odd field: every call goes through `Line.ask`, which hands back the answer itself.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from social.networks import _wire
from social.networks._shapes import mapping, string
from social.networks._text import clean
from social.networks._wire import TROUBLE_SECONDS, Patience, Unanswered, json_of, number, pause, session
from social.networks.errors import NetworkError, Rejected, TryLater, Unauthorized
from social.networks.values import Access

LABEL = "Twilio"
SITE = "https://api.twilio.com"
#: twilio.com/docs/glossary/what-is-a-sid, read 2026-11: two letters say of what it is, then 32 hexadecimal digits.
_SID = re.compile(r"^([A-Z]{2})[0-9a-fA-F]{32}$")
#: E.164 (ITU-T, 2010): a plus sign and up to 15 digits.
NUMBER = re.compile(r"^\+[1-9][0-9]{1,14}$")
_NOBODY = logging.getLogger("rabta.twilio.unheard")
_NOBODY.addHandler(logging.NullHandler())
_NOBODY.propagate = False


def sid(value: Any, *kinds: str) -> str:
    """`value` if it is an id of one of these kinds (SM, MM, CA, …), else nothing."""
    text = string(value)
    found = _SID.match(text)
    return text if found and found[1] in kinds else ""


@dataclass(frozen=True, slots=True)
class Answer(_wire.Answer):
    """What Twilio said: `body` is None unless it was an object."""

    @property
    def code(self) -> int:
        """Twilio's own number of a refusal (twilio.com/docs/api/errors); 0 without one."""
        found = mapping(self.body).get("code")
        return found if isinstance(found, int) and not isinstance(found, bool) else 0

    @property
    def words(self) -> str:
        """Twilio's own explanation of a refusal, short enough for a page."""
        return clean(string(mapping(self.body).get("message")))[:300]

    @property
    def refuses(self) -> bool:
        """Whether this is a refusal as documented: its number, words, and the status a second time (…/usage/twilios-response)."""
        return self.status >= 400 and self.code > 0 and mapping(self.body).get("status") == self.status and bool(self.words)

    def wait_seconds(self) -> float:
        """How long a refused caller should wait."""
        return pause(number(self.headers.get("retry-after")))


class _Door(HttpClient):  # type: ignore[misc]  # the library is not typed
    """The library's seam: what it would send goes out through our session, and what came back is kept as it came."""

    def __init__(self, opened: requests.Session) -> None:
        super().__init__(_NOBODY, False)
        self._opened = opened
        self.heard: requests.Response | None = None
        self.failed: BaseException | None = None

    def request(
        self, method: str, uri: str, params: Any = None, data: Any = None, headers: Any = None, auth: Any = None, **_more: Any
    ) -> Response:
        """One call. Raises the library's error, without the words of the real one."""
        self.heard, self.failed = None, None
        try:
            self.heard = self._opened.request(
                method, uri, params=params, data=data, headers={**(headers or {}), "User-Agent": "Rabta"}, auth=auth
            )
        except (requests.exceptions.RequestException, OSError) as error:
            self.failed = error
        if self.heard is None:
            raise TwilioException("no whole answer")
        return Response(self.heard.status_code, self.heard.content.decode("utf-8", "replace"), self.heard.headers)


class Line:
    """The library's client in one account's name, asked in a way that keeps status and body."""

    def __init__(self, access: Access, opened: requests.Session) -> None:
        self.account, user, password = keys_of(access)
        self._door = _Door(opened)
        # Without an environment of its own the library looks for keys, edges and regions in the process's.
        nothing = {"TWILIO": ""}
        self._client = Client(user, password, self.account, http_client=self._door, environment=nothing)

    def ask(self, question: Callable[[Client], Any]) -> Answer:
        """Put one question. Raises Unanswered; every answer, good or bad, is returned."""
        self._door.heard, self._door.failed = None, None
        try:
            question(self._client)
        except TwilioException:
            if self._door.heard is None:
                raise Unanswered(self._door.failed or OSError()) from None
        except (TypeError, AttributeError, ValueError, KeyError, IndexError, RecursionError, OverflowError):
            # What the library's models make of odd documents: the answer is here.
            if self._door.heard is None:
                raise
        response = self._door.heard
        assert response is not None, "The client library answered without asking."
        body = json_of(response)
        return Answer(response.status_code, response.headers, body if isinstance(body, dict) else None)


def load() -> None:
    """The library's parts that it loads with the first question to each: numbers, messages and calls of an account."""
    account = Client(f"AC{0:032x}", "nothing", environment={"TWILIO": ""}).api.v2010.account
    for part in ("messages", "calls", "incoming_phone_numbers", "recordings"):
        getattr(account, part)


def keys_of(access: Access) -> tuple[str, str, str]:
    """Account, user and password. Raises Unauthorized for what can be none: the account becomes part of an address."""
    account = sid(access.secrets.get("account_sid", ""), "AC")
    if not account:
        reason = _("This is no Account SID. It begins with AC and stands on the first page of the Twilio Console.")
        raise Unauthorized(reason, code="bad_account", field="account_sid")
    key, secret, token = (access.secrets.get(name, "") for name in ("api_key", "api_secret", "auth_token"))
    if not token:
        raise Unauthorized(_("The Auth Token is missing: it proves that a call is Twilio's."), code="no_token", field="auth_token")
    if not key:
        return account, account, token
    if not sid(key, "SK"):
        raise Unauthorized(_("This is no API key. Its SID begins with SK."), code="bad_key", field="api_key")
    if not secret:
        raise Unauthorized(_("The API key's secret is missing."), code="no_secret", field="api_secret")
    return account, key, secret


@contextmanager
def client(access: Access, patience: Patience, *, calls: int = 1) -> Iterator[Line]:
    """An open line in one account's name, on which `calls` questions together take no longer than one may. Raises Unauthorized."""
    with session(settings.TWILIO_API_BASE, patience, calls=calls) as opened:
        yield Line(access, opened)


def unreadable(answer: Answer) -> NetworkError:
    """What a reader raises over an answer that is not good."""
    if answer.status == 401:
        return Unauthorized(_("Twilio no longer accepts this account's keys."), code="unauthorized")
    if answer.status == 429:
        return TryLater(_("Twilio allows no more questions just now."), seconds=answer.wait_seconds(), code="rate_limited")
    if answer.refuses and answer.status in (400, 403, 404):
        reason = _("Twilio refused the question: {words}").format(words=answer.words)
        return Rejected(reason, code={400: "invalid_request", 403: "forbidden", 404: "not_found"}[answer.status])
    if 200 <= answer.status < 300:
        reason = _("Twilio answered with something that is not its own.")
        return TryLater(reason, seconds=TROUBLE_SECONDS, code="garbled")
    reason = _("Twilio is in trouble (status {status}).").format(status=answer.status)
    return TryLater(reason, seconds=TROUBLE_SECONDS, code=f"http_{answer.status}")


def ask(line: Line, question: Callable[[Client], Any], *names: str) -> Answer:
    """Put a question whose answer must hold a field of each name. Raises Unauthorized, TryLater, Rejected."""
    trouble: NetworkError | None = None
    try:
        answer = line.ask(question)
    except Unanswered as error:
        trouble = error.as_trouble(LABEL)
    if trouble is not None:
        raise trouble
    if not answer.good:
        raise unreadable(answer)
    if any(name not in answer.body for name in names):
        raise unreadable(Answer(200, answer.headers, None))
    return answer


def rows_of(answer: Answer, name: str) -> list[Any]:
    """The rows of a list. Raises TryLater when there is none."""
    rows = answer.body.get(name)
    if not isinstance(rows, list):
        raise unreadable(Answer(200, answer.headers, None))
    return rows


def next_page(answer: Answer, account: str) -> str:
    """The address of the next page inside the account, without the site; empty at the end (…/usage/twilios-response#pagination)."""
    uri = string(answer.body.get("next_page_uri"))
    return uri if uri.startswith(f"/2010-04-01/Accounts/{account}/") and ".." not in uri else ""
