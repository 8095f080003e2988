"""Asking Telegram's Bot API: the client library under our policy, and what the answers mean (docs/adr/telegram.md).

python-telegram-bot 22 is asynchronous and speaks through a `BaseRequest`; ours goes out through the policy's session and never
waits, so no event loop is needed. Its models lose a whole page over one odd field: every call goes through `Line.ask`, which hands
back the answer itself. The token stands in each address, so no error of a call is kept, nor shown as another one's cause.
"""

import json
import logging
import re
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from telegram import Bot
from telegram.error import NetworkError as LibraryError
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from social.networks import _wire
from social.networks._shapes import mapping, string
from social.networks._text import clean
from social.networks._wire import TROUBLE_SECONDS, Patience, Unanswered, json_of, pause, session
from social.networks.errors import NetworkError, Rejected, TryLater, Unauthorized
from social.networks.values import Access

# Both write addresses, and so the token, when they are told to write everything.
for _name in ("telegram", "urllib3.connectionpool"):
    logging.getLogger(_name).setLevel(logging.INFO)

LABEL = "Telegram"
#: core.telegram.org/bots/features#getting-a-bot-token, read 2026-11: the bot's id, a colon, and 35 characters.
_TOKEN = re.compile(r"^\d{1,20}:[A-Za-z0-9_-]{20,200}$")


@dataclass(frozen=True, slots=True)
class Answer(_wire.Answer):
    """What Telegram said: `body` is None unless it was its envelope `{"ok": …}`."""

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300 and mapping(self.body).get("ok") is True and "result" in self.body

    @property
    def result(self) -> Any:
        """What was asked for; None in an answer that is not good."""
        return mapping(self.body).get("result")

    @property
    def words(self) -> str:
        """Telegram's own explanation of a refusal, short enough for a page."""
        return clean(string(mapping(self.body).get("description")))[:300]

    @property
    def refuses(self) -> bool:
        """Whether this is a refusal as documented: `ok` false, the same number twice, and words (core.telegram.org/bots/api)."""
        body = mapping(self.body)
        return body.get("ok") is False and body.get("error_code") == self.status and bool(self.words)

    def parameter(self, name: str) -> int | None:
        """A whole number out of `parameters`: retry_after, in seconds, or migrate_to_chat_id."""
        value = mapping(mapping(self.body).get("parameters")).get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def wait_seconds(self) -> float:
        """How long a refused caller should wait."""
        return pause(self.parameter("retry_after"))


class _Door(BaseRequest):
    """The library's seam: what it would send goes out through our session, and what came back is kept as it came."""

    def __init__(self, opened: requests.Session) -> None:
        self._opened = opened
        self.heard: requests.Response | None = None
        self.failed: BaseException | None = None

    @property
    def read_timeout(self) -> float | None:
        """The policy's own."""
        return None

    async def initialize(self) -> None:
        """Nothing to do: the session is open."""

    async def shutdown(self) -> None:
        """Nothing to do: who opened the session closes it."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_args: Any, **_timeouts: Any
    ) -> tuple[int, bytes]:
        """One call. Raises the library's error, without the words of the real one: they hold the address."""
        self.heard, self.failed = None, None
        fields = request_data.json_parameters if request_data else None
        files = request_data.multipart_data if request_data and request_data.contains_files else None
        try:
            self.heard = self._opened.request(method, url, data=fields, files=files, headers={"User-Agent": "Rabta"})
        except (requests.exceptions.RequestException, OSError) as error:
            self.failed = error
        if self.heard is None:
            raise LibraryError("no whole answer")
        return self.heard.status_code, self.heard.content

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As the library does it, but what is no JSON is not written to the log."""
        try:
            return dict(mapping(json.loads(payload)))
        except (ValueError, RecursionError):
            raise TelegramError("no document") from None


def _finish(deed: Coroutine[Any, Any, Any]) -> None:
    """Do the whole of a coroutine that never waits. Raises what it raises."""
    try:
        deed.send(None)
    except StopIteration:
        return
    deed.close()
    raise RuntimeError("The client library waited for something that is not ours.")


class Line:
    """The library's Bot for one token, asked in a way that keeps status and body."""

    def __init__(self, token: str, opened: requests.Session) -> None:
        self._door = _Door(opened)
        self._bot = Bot(token, request=self._door, get_updates_request=self._door)

    def ask(self, question: Callable[[Bot], Coroutine[Any, Any, Any]]) -> Answer:
        """Put one question. Raises Unanswered; every answer, good or bad, is returned."""
        self._door.heard, self._door.failed = None, None
        try:
            _finish(question(self._bot))
        except TelegramError:
            if self._door.heard is None:
                raise Unanswered(self._door.failed or OSError()) from None
        except (TypeError, AttributeError, ValueError, KeyError, IndexError, RecursionError, OverflowError, OSError):
            # What the library's models make of odd documents: the answer is here.
            if self._door.heard is None:
                raise
        response = self._door.heard
        assert response is not None, "The client library answered without asking."
        body = json_of(response)
        known = isinstance(body, dict) and isinstance(body.get("ok"), bool)
        return Answer(response.status_code, response.headers, body if known else None)


@contextmanager
def client(access: Access, patience: Patience, *, calls: int = 1) -> Iterator[Line]:
    """An open line in one bot's name, on which `calls` questions together take no longer than one may. Raises Unauthorized."""
    with session(settings.TELEGRAM_API_BASE, patience, calls=calls) as opened:
        yield Line(token_of(access), opened)


def token_of(access: Access) -> str:
    """The bot's token. Raises Unauthorized for what can be none: it would become part of an address."""
    token = access.secrets.get("token", "")
    if not _TOKEN.match(token):
        reason = _("This is no token of a bot. BotFather gives it in one piece: a number, a colon and letters.")
        raise Unauthorized(reason, code="bad_token", field="token")
    return token


def unreadable(answer: Answer) -> NetworkError:
    """What a reader raises over an answer that is not good."""
    if answer.status == 401:
        return Unauthorized(_("Telegram no longer accepts this bot's token."), code="unauthorized")
    if answer.status == 429:
        return TryLater(_("Telegram allows no more questions just now."), seconds=answer.wait_seconds(), code="rate_limited")
    if answer.refuses and answer.status == 409:
        return _conflict(answer)
    if answer.refuses and answer.status in (400, 403, 404):
        reason = _("Telegram refused the question: {words}").format(words=answer.words)
        return Rejected(reason, code={400: "invalid_request", 403: "forbidden", 404: "not_found"}[answer.status])
    if 200 <= answer.status < 300:
        reason = _("Telegram answered with something that is not its own.")
        return TryLater(reason, seconds=TROUBLE_SECONDS, code="garbled")
    reason = _("Telegram is in trouble (status {status}).").format(status=answer.status)
    return TryLater(reason, seconds=TROUBLE_SECONDS, code=f"http_{answer.status}")


def _conflict(answer: Answer) -> Rejected:
    """409: a bot's news go to one place only."""
    if "webhook" in answer.words.lower():
        reason = _("Telegram hands this bot's messages to another address (webhook). Remove it there, or use another bot here.")
        return Rejected(reason, code="webhook_active")
    reason = _("Another program reads this bot's messages too, and each gets only some. Stop it, or use another bot here.")
    return Rejected(reason, code="second_poller")


def ask(line: Line, question: Callable[[Bot], Coroutine[Any, Any, Any]], kind: type) -> Answer:
    """Put a question whose result must be of that kind. Raises Unauthorized, TryLater, Rejected."""
    trouble: NetworkError | None = None
    try:
        answer = line.ask(question)
    except Unanswered as error:
        trouble = error.as_trouble(LABEL)
    if trouble is not None:
        raise trouble
    if not answer.good:
        raise unreadable(answer)
    if not isinstance(answer.result, kind):
        raise unreadable(Answer(200, answer.headers, None))
    return answer
