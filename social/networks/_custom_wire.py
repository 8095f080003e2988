"""Speaking with a system of one's own: signatures, questions, and what its answers mean. docs/custom-channel.md is the wire."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from social.networks import _wire
from social.networks._shapes import mapping, string
from social.networks._text import clean
from social.networks._wire import TROUBLE_SECONDS, Patience, Unanswered, json_of, pause, session
from social.networks.errors import Forged, NetworkError, Rejected, TryLater, Unauthorized
from social.networks.values import Access

SIGNATURE = "Rabta-Signature"
#: Older or newer calls are refused, in seconds, so that a recorded one cannot be played again later.
MAX_AGE_SECONDS = 300
MIN_SECRET_LENGTH = 16
NOT_ALLOWED = gettext_lazy("The address is not one that Rabta may call: it needs https and a public address.")


def sign(secret: str, content: bytes, *, at: int) -> str:
    """The value of `Rabta-Signature` for a body, or for a question's query string, at a moment in seconds since 1970."""
    code = hmac.new(secret.encode(), f"{at}.".encode() + content, hashlib.sha256).hexdigest()
    return f"t={at},v1={code}"


def check(secret: str, content: bytes, signature: str) -> None:
    """Raise Forged unless `signature` was made over `content` with the secret within the last five minutes."""
    parts = dict(part.strip().partition("=")[::2] for part in signature.split(","))
    stamp = parts.get("t", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and parts.get("v1")):
        raise Forged(_("The header Rabta-Signature is missing or not of the form t=…,v1=…."), code="unsigned")
    if abs(now().timestamp() - int(stamp)) > MAX_AGE_SECONDS:
        raise Forged(_("The signature is older than five minutes, or from the future. Is the sender's clock right?"), code="stale")
    if not hmac.compare_digest(sign(secret, content, at=int(stamp)).encode(), f"t={stamp},v1={parts['v1']}".encode()):
        raise Forged(_("The signature does not fit the body and the secret of this channel."), code="bad_signature")


@dataclass(frozen=True, slots=True)
class Answer(_wire.Answer):
    """What the system said: `body` is None when it was not a JSON object."""

    @property
    def words(self) -> str:
        """The system's own explanation, short enough for a page."""
        return clean(string(mapping(mapping(self.body).get("error")).get("message")))[:300]

    def wait_seconds(self) -> float:
        """How long a refused caller should wait (Retry-After in seconds): never less than a second, never longer than a day."""
        try:
            return pause(float(self.headers.get("retry-after", "")))
        except ValueError:
            return pause(None)


class Line:
    """An open line to one system, in one channel's name."""

    def __init__(self, opened: requests.Session, address: str, secret: str) -> None:
        self._opened = opened
        self._address = address.rstrip("/")
        self._secret = secret

    def get(self, path: str, **query: str) -> Answer:
        """Ask one question. Raises Unanswered."""
        asked = urlencode(query)
        return self._ask("GET", f"{path}?{asked}" if asked else path, b"", asked.encode())

    def post(self, path: str, document: Mapping[str, Any]) -> Answer:
        """Hand over one document. Raises Unanswered."""
        body = json.dumps(document, ensure_ascii=False).encode()
        return self._ask("POST", path, body, body)

    def _ask(self, method: str, target: str, body: bytes, signed: bytes) -> Answer:
        headers = {
            SIGNATURE: sign(self._secret, signed, at=int(now().timestamp())),
            "Accept": "application/json",
            "User-Agent": "Rabta",
        }
        if body:
            headers["Content-Type"] = "application/json; charset=utf-8"
        try:
            response = self._opened.request(
                method, self._address + target, data=body or None, headers=headers, allow_redirects=False
            )
        except (requests.exceptions.RequestException, OSError, ValueError) as error:
            raise Unanswered(error) from error
        found = json_of(response)
        return Answer(response.status_code, response.headers, found if isinstance(found, Mapping) else None)


@contextmanager
def line(access: Access, patience: Patience) -> Iterator[Line]:
    """An open line under core's policy. Raises Unauthorized for a secret too short to protect anything."""
    with session(settings.CUSTOM_API_BASE, patience) as opened:
        yield Line(opened, access.secrets["address"], secret_of(access))


def secret_of(access: Access) -> str:
    """The channel's signing secret. Raises Rejected for one too short to protect anything."""
    secret = access.secrets.get("secret", "")
    if len(secret) < MIN_SECRET_LENGTH:
        reason = _("The signing secret needs at least {number} characters.").format(number=MIN_SECRET_LENGTH)
        raise Rejected(reason, code="weak_secret", field="secret")
    return secret


def address_problem(address: str) -> str:
    """What is wrong with a system's address, in words; empty when nothing is."""
    try:
        parts = urlsplit(address)
        fine = parts.scheme == "https" and bool(parts.hostname) and not parts.query and not parts.fragment
        fine = fine and parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    return "" if fine else _("The address must begin with https:// and hold neither a question mark nor a password.")


def unreadable(answer: Answer) -> NetworkError:
    """What a reader raises over an answer that is not good."""
    if answer.status == 401:
        reason = _("The system no longer accepts this channel's signature. Is the secret the same?")
        return Unauthorized(reason, code="unauthorized")
    if answer.status == 429:
        return TryLater(_("The system asks for a pause."), seconds=answer.wait_seconds(), code="rate_limited")
    if answer.status in (400, 403, 404) and answer.body is not None:
        reason = _("The system refused the question: {words}").format(words=answer.words or answer.status)
        return Rejected(reason, code=f"http_{answer.status}")
    if 200 <= answer.status < 300:
        reason = _("The system answered with something that is not as docs/custom-channel.md says.")
        return TryLater(reason, seconds=TROUBLE_SECONDS, code="garbled")
    reason = _("The system is in trouble (status {status}).").format(status=answer.status)
    return TryLater(reason, seconds=TROUBLE_SECONDS, code=f"http_{answer.status}")


def ask(opened: Line, path: str, **query: str) -> Answer:
    """Put a question whose answer must be good. Raises Unauthorized, TryLater, Rejected."""
    try:
        answer = opened.get(path, **query)
    except Unanswered as error:
        raise error.as_trouble(_("The system"), refused=NOT_ALLOWED) from error
    if not answer.good:
        raise unreadable(answer)
    return answer
