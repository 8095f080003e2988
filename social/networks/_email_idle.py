"""Listening to a mailbox: IDLE (RFC 2177), in which the server tells at once that the inbox changed. Other folders are polled.

IMAPClient signs in and begins and ends IDLE; the waiting in between is ours. Its own `idle_check` gathers lines for as long as the
server speaks, takes the end of a plain connection for silence (4.0, read 2026-11), and parses what need not be understood here.
"""

import re
import select
import socket
import ssl
import time
from collections.abc import Iterator

from django.utils.translation import gettext as _

from core.sockets import Meter, PolicySocket, PolicyTLSSocket
from social.networks._email_imap import MAX_TALK_BYTES, Talk
from social.networks._stream import Lines, Pace
from social.networks._wire import Patience
from social.networks.errors import TryLater, Unsupported
from social.networks.receiver import Receiver

INBOX = "INBOX"
#: RFC 2177 wants IDLE begun anew at least every 29 minutes. Sooner, as asking is what tells a dead connection from a quiet mailbox.
RENEW_SECONDS = 540.0
SILENCE_SECONDS = RENEW_SECONDS + 60.0
PIECE_BYTES = 16_384
#: What is worth a poll: mails came. Those that go, and flags, are nothing to us.
_TELLS = re.compile(rb"\* \d{1,10} EXISTS\b", re.IGNORECASE)
_GOODBYE = re.compile(rb"\* BYE\b", re.IGNORECASE)


def listen(line: Talk, receiver: Receiver, pace: Patience, *, renew_seconds: float = RENEW_SECONDS) -> Iterator[bool]:
    """As `Network.listen`, in an open talk. Raises Unsupported for a server without IDLE, OSError when the connection ends."""
    client = line.client
    if not client.has_capability("IDLE"):
        raise Unsupported(_("{network} gives no stream here.").format(network=_("E-mail")), code="no_stream")
    opened: PolicySocket | PolicyTLSSocket = client.socket()
    receiver.hold(lambda: opened.shutdown(socket.SHUT_RDWR))
    client.select_folder(INBOX, readonly=True)
    rang = False
    while True:
        opened.meter = _meter(pace)
        client.idle()
        # What came along with the answer is still unread: begun anew, it rings in any case.
        yield rang
        yield from _told(opened, receiver, time.monotonic() + renew_seconds)
        opened.meter = _meter(pace)
        client.idle_done()
        rang = True


def _meter(pace: Patience) -> Meter:
    return Meter(read_seconds=pace.read_seconds, total_seconds=pace.total_seconds, max_bytes=MAX_TALK_BYTES)


def _told(opened: PolicySocket | PolicyTLSSocket, receiver: Receiver, until: float) -> Iterator[bool]:
    """For each piece of what the server says meanwhile whether mails came."""
    lines, speed = Lines(_("E-mail")), Pace(receiver)
    # Without its meter the socket waits for nobody.
    opened.meter = None
    opened.settimeout(0)
    waiting = select.poll()
    waiting.register(opened.fileno(), select.POLLIN)
    while (left := until - time.monotonic()) > 0:
        try:
            piece = opened.recv(PIECE_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            waiting.poll(left * 1000)
            continue
        if not piece:
            raise ConnectionResetError("The server hung up.")
        said = lines.of(piece)
        yield any(map(_TELLS.match, said))
        if any(map(_GOODBYE.match, said)):
            raise TryLater(_("{network} ended the connection.").format(network=_("E-mail")), seconds=0.0, code="ended")
        speed.took(piece)
