"""What failed calls have in common, whatever the network: above all, whether anything can have left this machine."""

import socket

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from core.http import OutboundRefused


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
