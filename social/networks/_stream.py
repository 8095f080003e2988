"""What connections that stay open have in common: lines out of pieces, how fast they may speak, and server-sent events.

A stream is only a bell, so that of each line no more than its beginning is looked at. Mastodon.py's own reader cannot be used: it
keeps an endless line for ever, reads the whole of each event into its types and raises on an odd one (2.3, read 2026-11).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import requests
from django.utils.translation import gettext as _
from urllib3.exceptions import HTTPError

from core.http import PIECE_BYTES, PolicyAdapter, session_under_policy
from social.networks._wire import TROUBLE_SECONDS, Unanswered
from social.networks.errors import Text, TryLater
from social.networks.receiver import Receiver

#: Of a line so many bytes are looked at, and a line may have so many.
LOOKED_AT = 100
MAX_LINE = 1024 * 1024
#: So much may be said in a second; who says more waits. Each piece counts as half a kilobyte at least: it costs us as much.
BYTES_A_SECOND = 512 * 1024
LEAST_PIECE = 512
REST_SECONDS = 0.1


class Lines:
    """The beginnings of lines, out of pieces that end anywhere."""

    def __init__(self, whose: Text) -> None:
        self._whose = whose
        self._begun = b""
        self._size = 0

    def of(self, piece: bytes) -> list[bytes]:
        """The lines that end in this piece, without what ends them. Raises TryLater for one without end."""
        *ended, begun = piece.split(b"\n")
        found = []
        for part in ended:
            found.append((self._begun + part)[:LOOKED_AT].rstrip(b"\r"))
            self._begun, self._size = b"", 0
        self._begun = (self._begun + begun[:LOOKED_AT])[:LOOKED_AT]
        self._size += len(begun)
        if self._size > MAX_LINE:
            reason = _("{network} says more than is listened to.").format(network=self._whose)
            raise TryLater(reason, seconds=TROUBLE_SECONDS, code="endless")
        return found


class Pace:
    """How fast one network may speak to us: beyond that it is not listened to for a moment, and its own buffers fill up."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._owed = 0.0

    def took(self, piece: bytes) -> None:
        """Count a piece; rest when it is time. Raises HungUp."""
        self._owed += max(len(piece), LEAST_PIECE) / BYTES_A_SECOND
        if self._owed >= REST_SECONDS:
            self._receiver.rest(self._owed)
            self._owed = 0.0


@contextmanager
def event_stream(
    base: str, url: str, headers: Mapping[str, str], receiver: Receiver, *, silence_seconds: float, whose: Text
) -> Iterator[requests.Response]:
    """An answer that stays open, under the policy and led to `base` if set. Follows no redirect. Its body is not read.

    Raises TryLater when nobody answers, also for what happens while it is read inside.
    """
    adapter = PolicyAdapter(base=base or None, read_seconds=silence_seconds, lasting=True)
    wanted = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "Cache-Control": "no-store", **headers}
    with session_under_policy(adapter) as session:
        try:
            with session.get(url, headers=wanted, stream=True, allow_redirects=False) as response:
                receiver.hold(response.raw.shutdown)
                yield response
        except (requests.exceptions.RequestException, HTTPError, OSError, ValueError) as error:
            raise Unanswered(error).as_trouble(whose) from error


def is_event_stream(response: requests.Response) -> bool:
    """Whether an answer is what it was asked for: a plain stream of events, packed in nothing."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    packed = response.headers.get("content-encoding", "identity").strip().lower()
    return response.status_code == 200 and kind == "text/event-stream" and packed in ("", "identity")


def bells(response: requests.Response, receiver: Receiver, whose: Text) -> Iterator[bool]:
    """For each piece of a stream of events whether an event begins in it (WHATWG HTML, 9.2). Ends with the stream."""
    lines, pace = Lines(whose), Pace(receiver)
    while piece := response.raw.read1(PIECE_BYTES, decode_content=False):
        yield any(line.startswith(b"event:") for line in lines.of(piece))
        pace.took(piece)
