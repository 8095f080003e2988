"""Asking Meta's Graph: facebook-sdk under our policy, and what the answers mean. Facebook, Instagram and WhatsApp share it.

facebook-sdk 3.1 waits for ever, knows versions up to 3.1 only, takes a 500 without `error` for success and hides the headers that
say how much is left. So every question goes through `Line.ask`, which hands back the answer itself. The token travels as the
documents want it, in the query or the form: no error carries an address, and urllib3 writes none down.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from facebook import GraphAPI, GraphAPIError

from core.clock import now
from core.http import READ_SECONDS
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks._wire import TROUBLE_SECONDS, Answer, Patience, Unanswered, json_of, pause, session
from social.networks.errors import DUPLICATE, NetworkError, OutcomeUnknown, Rejected, Text, TryLater, Unauthorized
from social.networks.values import Access, Quota

# At DEBUG it writes every address down, and with it the token.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

UNSENT_SECONDS = 5.0
#: developers.facebook.com/docs/graph-api/overview/rate-limiting, read 2026-11: above this share of a quota one slows down.
CAREFUL_PERCENT = 75
#: developers.facebook.com/docs/graph-api/guides/error-handling and …/overview/rate-limiting, read 2026-11.
SIGNED_OUT = frozenset({102, 190})
LIMITED = frozenset({4, 17, 32, 613, 80001, 80002, 80006, 80007, 130429, 131048, 131056})
IN_TROUBLE = frozenset({1, 2})
NO_PERMISSION = frozenset({3, 10, *range(200, 300)})
GONE_OR_HIDDEN = (100, 33)
WINDOW_CLOSED = frozenset({2018278, 2534022, 131047})
#: Whoever asks again soon after this is locked out for longer.
BLOCKED = frozenset({368, 131031})
UNREACHABLE = frozenset({551, 131026, 130472})
#: …/docs/whatsapp/cloud-api/support/error-codes, read 2026-11, among them: wrong parameters, kinds and numbers.
REFUSED = frozenset({100, 131008, 131009, 131021, 131030, 131042, 131045, 131051, 133010} | set(range(132000, 132017)))
NOT_RECEIVING = 1545041
#: …/docs/messenger-platform/error-codes, read 2026-11: a comment is answered in private once.
ANSWERED_ONCE = 10900


class Graph(GraphAPI):
    """facebook-sdk for one account: today's version, every question signed with the app's secret."""

    def __init__(self, token: str, app_secret: str, opened: requests.Session) -> None:
        super().__init__(access_token=token, session=opened, timeout=READ_SECONDS)
        # Not by the constructor: it refuses every version that is still alive.
        self.version = settings.GRAPH_VERSION
        self._proof = hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()

    def request(self, path: str, args: Any = None, post_args: Any = None, files: Any = None, method: str | None = None) -> Any:
        """One question, with the proof that whoever holds the token holds the app's secret too."""
        proof = {"appsecret_proof": self._proof}
        if post_args is not None:
            return super().request(path, args, {**post_args, **proof}, files, method)
        return super().request(path, {**(args or {}), **proof}, None, files, method)


@dataclass(frozen=True, slots=True)
class Fault:
    """The `error` of an answer."""

    code: int
    subcode: int
    words: str
    transient: bool


def fault_of(answer: Answer) -> Fault | None:
    """The error an answer documents; None when it holds none."""
    error = mapping(mapping(answer.body).get("error"))
    code, subcode = error.get("code"), error.get("error_subcode")
    if not isinstance(code, int) or isinstance(code, bool):
        return None
    words = clean(string(error.get("error_user_msg")) or string(error.get("message")))[:300]
    return Fault(code, subcode if isinstance(subcode, int) else 0, words, error.get("is_transient") is True)


def _usages(answer: Answer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(name, figures) of the usage headers: each figure is a percentage."""
    for header in ("x-app-usage", "x-business-use-case-usage"):
        try:
            document = json.loads(answer.headers.get(header) or "{}")
        except ValueError:
            continue
        if header == "x-app-usage":
            yield "app", mapping(document)
            continue
        for rows in mapping(document).values():
            for row in mappings(rows):
                yield string(row.get("type")) or "app", row


def _figure(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value == value else 0.0


def quotas_of(answer: Answer) -> dict[str, Quota]:
    """What is left, in percent, by kind of use."""
    found: dict[str, Quota] = {}
    for name, row in _usages(answer):
        used = [_figure(row[key]) for key in ("call_count", "total_cputime", "total_time") if key in row]
        if not used:
            continue
        left = max(0, 100 - int(min(max(used), 100.0)))
        wait = _figure(row.get("estimated_time_to_regain_access"))
        resets_at = now() + timedelta(minutes=min(wait, 1440.0)) if wait > 0 else None
        if name not in found or left < (found[name].remaining or 0):
            found[name[:40]] = Quota(limit=100, remaining=left, resets_at=resets_at)
    return found


def is_careful(quotas: Mapping[str, Quota]) -> bool:
    """Whether so much is used up that what can wait should."""
    return any(quota.remaining is not None and 100 - quota.remaining >= CAREFUL_PERCENT for quota in quotas.values())


def wait_seconds(answer: Answer) -> float:
    """How long a refused caller should wait: the header says minutes."""
    minutes = max((_figure(row.get("estimated_time_to_regain_access")) for _name, row in _usages(answer)), default=0.0)
    return pause(minutes * 60 if minutes > 0 else None)


class Line:
    """The Graph for one account, asked in a way that keeps status, headers and body."""

    def __init__(self, graph: Graph, opened: requests.Session, whom: Text) -> None:
        self.graph = graph
        self.whom = whom
        self._heard: list[requests.Response] = []
        opened.hooks["response"] = [self._hear]

    def _hear(self, response: requests.Response, *args: Any, **kwargs: Any) -> None:
        # The library asks for the text of what it does not know, and guessing the letters of a large page takes long.
        response.encoding = "utf-8"
        self._heard.append(response)

    def ask(self, question: Callable[[Graph], Any]) -> Answer:
        """Put one question. Raises Unanswered; every answer, good or bad, is returned."""
        self._heard.clear()
        failed: BaseException | None = None
        try:
            question(self.graph)
        except (GraphAPIError, requests.exceptions.RequestException, OSError) as error:
            failed = error
        except (TypeError, AttributeError, ValueError, KeyError, RecursionError, OverflowError):
            # What the library makes of odd documents: the answer is here.
            if not self._heard:
                raise
        if failed is not None and not self._heard:
            # Without its cause: the address in there holds the token.
            raise Unanswered(failed) from None
        response = self._heard[-1]
        return Answer(response.status_code, response.headers, json_of(response))


def app_secret_of(access: Access) -> str:
    """The secret of the app an account was connected through: its owner's, or where somebody signed in, this installation's."""
    return access.secrets.get("app_secret", "") or settings.FACEBOOK_APP_SECRET


@contextmanager
def client(access: Access, base: str, patience: Patience, whom: Text, *, calls: int = 1) -> Iterator[Line]:
    """An open line in one account's name, on which `calls` questions together take no longer than one may."""
    token, app_secret = access.secrets.get("access_token", ""), app_secret_of(access)
    if not token or not (token.isascii() and token.isprintable()):
        raise Unauthorized(_("The access token holds characters no token has."), code="bad_token")
    with session(base, patience, calls=calls) as opened:
        yield Line(Graph(token, app_secret, opened), opened, whom)


# --- what answers mean ------------------------------------------------------------------------------------------------
def _signed_out(fault: Fault, whom: Text) -> Unauthorized:
    """developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging, read 2026-11: what the subcodes of 190 say."""
    words = {
        458: _("{network}: the app was removed from this account. Connect it again."),
        460: _("{network}: the password was changed, and the token with it. Connect the account again."),
        463: _("{network}: the token has expired. Connect the account again."),
        467: _("{network}: the person who gave the token has signed out. Connect the account again."),
    }
    text = words.get(fault.subcode, _("{network} no longer accepts the token of this account. Connect it again."))
    return Unauthorized(text.format(network=whom), code="unauthorized")


def _no_permission(fault: Fault, whom: Text) -> Rejected:
    text = _("{network} does not allow this with the rights of this token: {words}")
    return Rejected(text.format(network=whom, words=fault.words), code="forbidden")


def unreadable(answer: Answer, whom: Text) -> NetworkError:
    """What a reader raises over an answer that is not good."""
    fault = fault_of(answer)
    if fault is not None and fault.code in SIGNED_OUT:
        return _signed_out(fault, whom)
    if answer.status == 429 or (fault is not None and fault.code in LIMITED):
        reason = _("{network} allows no more questions just now.").format(network=whom)
        return TryLater(reason, seconds=wait_seconds(answer), code="rate_limited")
    if fault is not None and fault.code not in IN_TROUBLE and not fault.transient and answer.status < 500:
        if fault.code in NO_PERMISSION:
            return _no_permission(fault, whom)
        code = "not_found" if (fault.code, fault.subcode) == GONE_OR_HIDDEN else "invalid_request"
        return Rejected(_("{network} refused the question: {words}").format(network=whom, words=fault.words), code=code)
    if 200 <= answer.status < 300 and fault is None:
        reason = _("{network} answered with something that is not its own.").format(network=whom)
        return TryLater(reason, seconds=TROUBLE_SECONDS, code="garbled")
    reason = _("{network} is in trouble (status {status}).").format(network=whom, status=answer.status)
    return TryLater(reason, seconds=TROUBLE_SECONDS, code=f"http_{answer.status}")


def unsent(answer: Answer, whom: Text) -> NetworkError:
    """What an answer without a receipt means for a sender: only a documented refusal is one, all else is doubt."""
    fault = fault_of(answer)
    if answer.status == 429 or (fault is not None and fault.code in LIMITED):
        reason = _("{network} allows no more questions just now.").format(network=whom)
        return OutcomeUnknown(reason, code="rate_limited", hold_seconds=wait_seconds(answer))
    if fault is None or fault.code in IN_TROUBLE or fault.transient or answer.status >= 500:
        reason = _("{network} gave no clear answer (status {status}).").format(network=whom, status=answer.status)
        return OutcomeUnknown(reason, code=f"http_{answer.status}")
    if fault.code in SIGNED_OUT:
        return _signed_out(fault, whom)
    if fault.subcode in WINDOW_CLOSED or fault.code in WINDOW_CLOSED:
        return window_closed(whom)
    if fault.code in UNREACHABLE or fault.subcode == NOT_RECEIVING:
        text = _("{network} says that this person cannot be reached just now: they left, blocked the account, or take no messages.")
        return Rejected(text.format(network=whom), code="unreachable")
    if ANSWERED_ONCE in (fault.code, fault.subcode):
        text = _("{network} says that this comment was already answered in private.")
        return OutcomeUnknown(text.format(network=whom), code=DUPLICATE)
    if fault.code in BLOCKED:
        text = _("{network} has blocked this account from writing for a while. Send nothing before it is lifted: {words}")
        return Rejected(text.format(network=whom, words=fault.words), code="blocked")
    if fault.code in NO_PERMISSION:
        return _no_permission(fault, whom)
    if (fault.code, fault.subcode) == GONE_OR_HIDDEN:
        text = _("{network} no longer has what you answer, or this account may not see it.")
        return Rejected(text.format(network=whom), code="parent_gone")
    if fault.code in REFUSED:
        return Rejected(_("{network} refused it: {words}").format(network=whom, words=fault.words), code="invalid_request")
    reason = _("{network} gave no clear answer (status {status}).").format(network=whom, status=answer.status)
    return OutcomeUnknown(reason, code=f"code_{fault.code}")


def window_closed(whom: Text) -> Rejected:
    """The refusal of a message that comes too long after the customer's last one."""
    text = _("{network} lets businesses answer for a limited time after the customer's last message, and that time is over.")
    return Rejected(text.format(network=whom), code="window_closed")


def ask(line: Line, question: Callable[[Graph], Any]) -> Answer:
    """Put a question whose answer must be an object. Raises Unauthorized, TryLater, Rejected."""
    try:
        answer = line.ask(question)
    except Unanswered as error:
        raise error.as_trouble(line.whom) from error
    if not answer.good or not isinstance(answer.body, dict) or "error" in answer.body:
        raise unreadable(answer, line.whom)
    return answer


def ask_list(line: Line, question: Callable[[Graph], Any]) -> tuple[Answer, list[Any]]:
    """Put a question whose answer must hold a list `data`. Raises Unauthorized, TryLater, Rejected."""
    answer = ask(line, question)
    rows = answer.body.get("data")
    if not isinstance(rows, list):
        raise unreadable(Answer(answer.status, answer.headers, None), line.whom)
    return answer, rows


def post(line: Line, question: Callable[[Graph], Any]) -> Answer:
    """Send once. Raises Rejected, TryLater, Unauthorized, OutcomeUnknown as `Network.send` says."""
    try:
        answer = line.ask(question)
    except Unanswered as error:
        trouble = error.as_trouble(line.whom)
        if error.unsent:
            raise TryLater(trouble.reason, seconds=UNSENT_SECONDS, code=trouble.code) from error
        raise OutcomeUnknown(trouble.reason, code="unanswered") from error
    if not answer.good or not isinstance(answer.body, dict) or "error" in answer.body:
        raise unsent(answer, line.whom)
    return answer


def after_of(body: Any) -> str:
    """The cursor of the next page; empty at the end. `next` itself holds the token and is followed by nobody."""
    paging = mapping(mapping(body).get("paging"))
    return string(mapping(paging.get("cursors")).get("after"))[:2000] if string(paging.get("next")) else ""
