"""The one policy for calls that leave this machine.

Networks' client libraries set no timeouts, follow redirects anywhere and never say how much they read. This adapter is mounted on
their sessions: connect and read timeouts, a cap on total time and size, no private addresses (after resolution, on each redirect;
what was looked at is what is called), redirection to another base (practice), and a refusal to call inside an open transaction.
"""

import ipaddress
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from django.db import connections
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, DecodeError, HTTPError, NewConnectionError, ProtocolError, ReadTimeoutError

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
TOTAL_SECONDS = 30.0
PIECE_BYTES = 65536
#: So many of a name's addresses are tried, one of each kind on a machine that speaks both.
MAX_ADDRESSES = 2
MAX_BYTES = 8 * 1024 * 1024


class OutboundRefused(requests.exceptions.RequestException):
    """The policy refused the call before a byte left: a wrong address, or a programming error."""


class TooLarge(requests.exceptions.RequestException):
    """The answer was larger, or took longer, than the policy allows."""


_not_after: ContextVar[float | None] = ContextVar("rabta_call_not_after", default=None)


@contextmanager
def not_after(seconds: float) -> Iterator[None]:
    """Calls inside may start only within `seconds` from now.

    A sender that was frozen past its lease wakes up here with the clock run out, and sends nothing: the monotonic clock goes on
    while a process is stopped.
    """
    token = _not_after.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _not_after.reset(token)


def refuse_inside_transaction() -> None:
    """Raise OutboundRefused when a transaction is open: a network call must never hold locks."""
    for connection in connections.all(initialized_only=True):
        # A test may run inside transactions of its own, which it declares; whatever the product opens comes on top.
        depth = len(connection.savepoint_ids) + 1 if connection.in_atomic_block else 0
        if depth > getattr(connection, "rabta_test_depth", 0):
            raise OutboundRefused("A network call was tried inside an open database transaction.")


def refuse_late() -> None:
    """Raise OutboundRefused when the lease on this call ran out before it began (`not_after`)."""
    limit = _not_after.get()
    if limit is not None and time.monotonic() > limit:
        raise OutboundRefused("The lease on this call ran out before it began.")


def resolved(host: str, port: int) -> list[Any]:
    """What `host` resolves to, as `socket.getaddrinfo` says it. Raises requests' ConnectionError when that is nothing."""
    try:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP))
    except (OSError, UnicodeError) as error:  # UnicodeError: a label that is too long for any name
        raise requests.exceptions.ConnectionError(f"The name {host} cannot be resolved.") from error


def public_addresses(host: str, port: int) -> list[Any]:
    """What `host` resolves to. Raises OutboundRefused unless every address is public."""
    found = resolved(host, port)
    for entry in found:
        address = ipaddress.ip_address(entry[4][0])
        if not address.is_global or address.is_multicast:
            raise OutboundRefused(f"{host} leads to a private address; Rabta calls public ones only.")
    return found


def refuse_private(host: str, port: int) -> tuple[str, ...]:
    """The addresses `host` resolves to, in the resolver's order. Raises OutboundRefused unless every one of them is public."""
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in public_addresses(host, port)))


#: Where the call under way may connect: the addresses that were looked at, and no others.
_checked: ContextVar[tuple[str, ...]] = ContextVar("rabta_checked_addresses", default=())


class _PinnedConnection(HTTPSConnection):
    """Connects to an address that was looked at, never to what the name leads to a moment later (DNS rebinding).

    Certificate, SNI and the Host header stay those of the name: only where the socket goes is fixed.
    """

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        addresses = _checked.get()
        if not addresses:
            raise NewConnectionError(self, f"No address of {name} was looked at.")
        try:
            for number, address in enumerate(addresses, 1):
                # urllib3 resolves this attribute, and an address resolves to itself.
                self._dns_host = address
                try:
                    return super()._new_conn()
                except (NewConnectionError, ConnectTimeoutError):
                    if number == len(addresses):
                        raise
        finally:
            self._dns_host = name
        raise AssertionError("unreachable")


class _PinnedPool(HTTPSConnectionPool):
    ConnectionCls = _PinnedConnection


class PolicyAdapter(HTTPAdapter):
    """A requests adapter that carries the policy.

    `base` redirects every request to another scheme and host (the practice network): that address is an operator's own setting and
    is the only one allowed to be private. `lasting` is for answers that stay open (`stream=True`): no lease depends on how long the
    next byte takes, so that `read_seconds` holds as it is, and the caller sees to size and time.
    """

    def __init__(
        self,
        *,
        base: str | None = None,
        read_seconds: float = READ_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
        max_bytes: int = MAX_BYTES,
        lasting: bool = False,
    ) -> None:
        self.base = urlsplit(base) if base else None
        # What leases were reckoned with holds whatever a network file asks for.
        self.read_seconds = read_seconds if lasting else min(read_seconds, settings.CALL_SECONDS / 2)
        self.total_seconds = min(total_seconds, settings.CALL_SECONDS)
        self.max_bytes = max_bytes
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Connections to anywhere but the operator's own base are pinned."""
        super().init_poolmanager(*args, **kwargs)
        if self.base is None:
            self.poolmanager.pool_classes_by_scheme = {"https": _PinnedPool}

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """Send under the policy and return an answer that was read whole. Raises requests exceptions."""
        refuse_inside_transaction()
        parts = urlsplit(request.url)
        if self.base is not None:
            request.url = urlunsplit((self.base.scheme, self.base.netloc, parts.path, parts.query, ""))
            request.headers["Host"] = self.base.netloc
            addresses: tuple[str, ...] = ()
        else:
            if parts.scheme != "https":
                raise OutboundRefused(f"{parts.scheme} addresses are not called; use https.")
            # Two at most: each may take the whole time to connect, and a hostile name has any number.
            addresses = refuse_private(parts.hostname or "", parts.port or 443)[:MAX_ADDRESSES]
        refuse_late()
        kwargs["timeout"] = (CONNECT_SECONDS, self.read_seconds)
        wants_stream = kwargs.get("stream", False)
        kwargs["stream"] = True
        deadline = time.monotonic() + self.total_seconds
        token = _checked.set(addresses)
        try:
            response = super().send(request, *args, **kwargs)
        finally:
            _checked.reset(token)
        if not wants_stream:
            self._read(response, deadline)
        return response

    def _read(self, response: requests.Response, deadline: float) -> None:
        """Read the decoded body within size and time. A dripping body never trips a read timeout, so the clock is ours."""
        pieces: list[bytes] = []
        size = 0
        # Whatever has arrived, however little: waiting for a full piece is what a dripping server wants.
        while piece := self._next_piece(response):
            size += len(piece)
            if size > self.max_bytes:
                response.close()
                raise TooLarge(f"The answer is larger than {self.max_bytes} bytes.")
            if time.monotonic() > deadline:
                response.close()
                raise requests.exceptions.ReadTimeout(f"The answer took longer than {self.total_seconds} s.")
            pieces.append(piece)
        response._content = b"".join(pieces)
        response._content_consumed = True  # type: ignore[attr-defined]

    @staticmethod
    def _next_piece(response: requests.Response) -> bytes:
        """The next piece of the decoded body, empty at its end; errors as requests names them."""
        try:
            piece: bytes = response.raw.read1(PIECE_BYTES, decode_content=True)
        except ProtocolError as error:
            raise requests.exceptions.ChunkedEncodingError(error) from error
        except DecodeError as error:
            raise requests.exceptions.ContentDecodingError(error) from error
        except ReadTimeoutError as error:
            raise requests.exceptions.ReadTimeout(error) from error
        except HTTPError as error:
            raise requests.exceptions.ConnectionError(error) from error
        return piece


def session_under_policy(adapter: PolicyAdapter) -> requests.Session:
    """A requests session that can only speak through `adapter`."""
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
