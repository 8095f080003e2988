"""What asking has in common, whatever the network: how long a call may take, what came back, and what it means that nothing did."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from core.http import MAX_BYTES, READ_SECONDS, TOTAL_SECONDS, OutboundRefused, PolicyAdapter, session_under_policy
from social.networks.errors import Text, TryLater

#: What a refused or failed caller waits when the network says nothing of it, and never more than a day, in seconds.
LIMITED_SECONDS = 60.0
TROUBLE_SECONDS = 15.0
DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one call may wait for its next byte, and in all, in seconds."""

    read_seconds: float = READ_SECONDS
    total_seconds: float = TOTAL_SECONDS

    def all_in(self) -> float:
        """Seconds for everything: no call may outlast the claim it is made under, and that is as long as the installation says."""
        return min(self.total_seconds, float(settings.CALL_SECONDS))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a network said: `body` is its JSON document, None when it was none. Header names in any letters."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300 and self.body is not None


class Unanswered(Exception):
    """No whole answer came. `unsent` when no byte of the question left this machine; `ours` when our own policy held it back."""

    def __init__(self, error: BaseException) -> None:
        # Its words may hold the address, and the address a token.
        super().__init__(type(error).__name__)
        self.unsent = never_left(error)
        self.ours = isinstance(error, OutboundRefused)

    def as_trouble(self, whom: Text, *, refused: Text = "") -> TryLater:
        """The error for a reader, to whom it makes no difference whether `whom` (a network's label) heard the question.

        `refused` says more of why our policy held it back, where an admin typed the address.
        """
        if self.ours:
            reason = refused or _("The call was not allowed to leave this machine.")
            return TryLater(reason, seconds=TROUBLE_SECONDS, code="not_allowed")
        if self.unsent:
            return TryLater(_("{network} cannot be reached.").format(network=whom), seconds=TROUBLE_SECONDS, code="unreachable")
        reason = _("{network} did not answer completely, or not in time.").format(network=whom)
        return TryLater(reason, seconds=TROUBLE_SECONDS, code="unanswered")


@contextmanager
def session(base: str, patience: Patience, *, calls: int = 1, max_bytes: int = MAX_BYTES) -> Iterator[requests.Session]:
    """A session under the policy, led to `base` if set, on which `calls` questions together take no longer than one may.

    A fresh one for each task, because a question over a connection that died meanwhile might or might not have arrived. It
    follows no redirect: no API does that, and whoever stands in between gets no token.
    """
    total = patience.all_in() / calls
    read = min(patience.read_seconds, total / 2)
    adapter = PolicyAdapter(base=base or None, read_seconds=read, total_seconds=total, max_bytes=max_bytes)
    with session_under_policy(adapter) as opened:
        opened.max_redirects = 0
        yield opened


def json_of(response: requests.Response) -> Any:
    """The JSON document of an answer, or None. NaN and its kin, which are no JSON, become None inside it."""
    try:
        return json.loads(response.content, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):
        return None


def number(value: str | None) -> int | None:
    """A header's whole number, or None."""
    try:
        return None if value is None else int(value)
    except ValueError:
        return None


def pause(seconds: float | None) -> float:
    """How long a refused caller should wait who was told `seconds`: never less than one, never longer than a day."""
    if seconds is None or seconds != seconds:  # NaN is no time
        return LIMITED_SECONDS
    return min(max(seconds, 1.0), DAY_SECONDS)


def never_left(error: BaseException) -> bool:
    """Whether a call failed before a byte of the request left: refused by our policy, no such name, nobody listening.

    Everything else (time-outs while reading, cut connections, broken TLS) may have been accepted on the other side.
    """
    if isinstance(error, OutboundRefused | requests.exceptions.ConnectTimeout):
        return True
    if not isinstance(error, requests.exceptions.ConnectionError):
        return False
    if isinstance(error.__cause__, socket.gaierror):
        return True
    inner = error.args[0] if error.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
