"""Which ports to use: the usual ones, else the next free ones.

A port is chosen seconds before its server listens. So that two instances started at the same time do not choose the
same, each says what it has chosen, to the kernel, for as long as it lives (Linux; elsewhere run the later one again).
"""

import errno
import socket
import sys

from config.boot.trouble import Trouble

WEB = 8420
PRACTICE = 8421
IMAP = 8422
SMTP = 8423
#: How far to look beyond a usual port before giving up.
REACH = 200


def refusal(port: int) -> OSError | None:
    """Why this port cannot be listened on by us, or None when it can.

    Both loopback families are asked where the machine has both: a browser may try `localhost` as ::1 first, and would
    reach whoever listens there.
    """
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except OSError as error:
            if error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT} and family == socket.AF_INET6:
                continue  # a machine without IPv6
            return error
    return None


_promised: dict[int, socket.socket] = {}


def promise(port: int) -> bool:
    """Keep `port` for this process among all of Rabta's on the machine. False when another has it.

    The sign is a name in the abstract socket namespace (unix(7)): it needs no file, holds across users, falls with us.
    """
    if sys.platform != "linux" or port in _promised:
        return True
    sign = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        sign.bind(f"\0rabta-port-{port}")
    except OSError:
        sign.close()
        return False
    _promised[port] = sign
    return True


def choose(preferred: int, *, avoid: set[int] | None = None) -> int:
    """The first free port from `preferred` upwards, outside `avoid`. Raises Trouble when none is near."""
    for port in range(preferred, preferred + REACH):
        if port not in (avoid or set()) and refusal(port) is None and promise(port):
            return port
    raise Trouble(f"No port is free from {preferred} to {preferred + REACH - 1}: stop something, or choose one with --port.")


def insist(port: int) -> int:
    """Exactly this port. Raises Trouble naming the reason when it cannot be had."""
    if not 1 <= port <= 65535:
        raise Trouble(f"--port {port} is no port: choose one from 1024 to 65535.")
    error = refusal(port)
    if error is None and promise(port):
        return port
    if error is not None and error.errno == errno.EACCES:
        raise Trouble(f"Port {port} needs more rights than this user has: choose one from 1024 to 65535 with --port.")
    raise Trouble(f"Port {port} is taken: choose another with --port, or leave --port out to get the next free one.")


def any_free() -> int:
    """A port nobody listens on now, from the range the machine hands out by itself."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if promise(port):
            return port
