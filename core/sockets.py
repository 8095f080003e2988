"""Connections that are no HTTP, under the same policy: mail servers speak over sockets of their own.

What core/http.py refuses is refused here as well: calls inside a transaction, calls whose lease ran out, private addresses. The
address that was checked is the one that is called; no name is resolved twice. Each wait, the whole talk and its bytes have an end,
whatever the library that speaks over the socket asks for.
"""

import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from core.http import (
    CONNECT_SECONDS,
    MAX_BYTES,
    READ_SECONDS,
    TOTAL_SECONDS,
    TooLarge,
    public_addresses,
    refuse_inside_transaction,
    refuse_late,
    resolved,
)

#: A name may lead to so many addresses before we give up.
ADDRESSES = 4


class Meter:
    """What one talk may still take: seconds for the next wait, seconds in all, bytes to read."""

    def __init__(self, *, read_seconds: float, total_seconds: float, max_bytes: int) -> None:
        total = min(total_seconds, float(settings.CALL_SECONDS))
        self.read_seconds = min(read_seconds, total)
        self.deadline = time.monotonic() + total
        self.max_bytes = max_bytes
        self._left = max_bytes

    def next_wait(self) -> float:
        """Seconds the next step may take. Raises TimeoutError when the whole time is used up: a dripping server ends here."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("The talk took longer than the policy allows.")
        return min(self.read_seconds, left)

    def took(self, size: int) -> None:
        """Count what was read. Raises TooLarge."""
        self._left -= size
        if self._left < 0:
            raise TooLarge(f"The other side said more than {self.max_bytes} bytes.")


class _Metered:
    """The part of a socket that waits and reads, with the meter in front."""

    meter: Meter | None = None

    def _wait(self) -> None:
        if self.meter is not None:
            self.settimeout(self.meter.next_wait())  # type: ignore[attr-defined]

    def _took(self, size: int) -> int:
        if self.meter is not None:
            self.meter.took(size)
        return size

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._wait()
        return self._took(super().recv_into(*args, **kwargs))  # type: ignore[misc]

    def recv(self, *args: Any, **kwargs: Any) -> bytes:
        self._wait()
        said: bytes = super().recv(*args, **kwargs)  # type: ignore[misc]
        self._took(len(said))
        return said

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._wait()
        return int(super().send(*args, **kwargs))  # type: ignore[misc]

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._wait()
        super().sendall(*args, **kwargs)  # type: ignore[misc]


class PolicySocket(_Metered, socket.socket):
    """A plain connection under the policy."""


class PolicyTLSSocket(_Metered, ssl.SSLSocket):
    """An encrypted connection under the policy."""


class PolicyContext(ssl.SSLContext):
    """TLS as a client should speak it: certificates and names are checked. What it wraps keeps its meter."""

    sslsocket_class = PolicyTLSSocket

    def wrap_socket(self, sock: Any, *args: Any, **kwargs: Any) -> Any:
        meter = getattr(sock, "meter", None)
        if meter is not None:
            # One deadline for the whole handshake.
            sock.settimeout(meter.next_wait())
        wrapped = super().wrap_socket(sock, *args, **kwargs)
        wrapped.meter = meter  # type: ignore[attr-defined]
        return wrapped


def tls_context() -> PolicyContext:
    """A fresh context that trusts what this machine trusts."""
    context = PolicyContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_default_certs()
    return context


def open_socket(
    host: str,
    port: int,
    *,
    base: str = "",
    tls: bool,
    read_seconds: float = READ_SECONDS,
    total_seconds: float = TOTAL_SECONDS,
    max_bytes: int = MAX_BYTES,
) -> PolicySocket | PolicyTLSSocket:
    """A connection to `host`, encrypted at once with `tls`. Raises OSError (OutboundRefused among them).

    `base` (`imap://host:port`; with an `s` at the end of the scheme encrypted) leads it elsewhere: an operator's own setting, the
    only address that may be private. The time of the whole talk begins here.
    """
    refuse_inside_transaction()
    meter = Meter(read_seconds=read_seconds, total_seconds=total_seconds, max_bytes=max_bytes)
    if base:
        parts = urlsplit(base)
        host, tls = parts.hostname or "", parts.scheme.endswith("s")
        found = resolved(host, parts.port or 0)
    else:
        found = public_addresses(host, port)
    refuse_late()
    opened = _connected(found[:ADDRESSES], meter)
    opened.meter = meter
    if not tls:
        return opened
    try:
        return tls_context().wrap_socket(opened, server_hostname=host)  # type: ignore[no-any-return]
    except BaseException:
        opened.close()
        raise


def _connected(addresses: list[Any], meter: Meter) -> PolicySocket:
    """The first of the addresses that answers. Raises OSError with the last one's reason."""
    trouble: OSError = OSError("The name leads nowhere.")
    for family, kind, protocol, _name, address in addresses:
        opened = PolicySocket(family, kind, protocol)
        try:
            opened.settimeout(min(CONNECT_SECONDS, meter.next_wait()))
            opened.connect(address)
        except OSError as error:
            opened.close()
            trouble = error
        else:
            return opened
    raise trouble
