"""What a listener holds in its hand while a network file keeps a connection open: it can be put down from another thread."""

import contextlib
import threading
from collections.abc import Callable


class HungUp(Exception):
    """The listener wants to hear no more."""


class Receiver:
    """One connection, seen from outside of the thread that reads it."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._closers: list[Callable[[], object]] = []

    @property
    def is_over(self) -> bool:
        """Whether it was put down."""
        return self._over.is_set()

    def hold(self, close: Callable[[], object]) -> None:
        """Name what ends a connection that is now open, whoever waits for it. Raises HungUp, and ends it, when it is too late."""
        with self._lock:
            if not self._over.is_set():
                self._closers.append(close)
                return
        _end(close)
        raise HungUp

    def rest(self, seconds: float) -> None:
        """Let the network wait so long. Raises HungUp as soon as it is put down."""
        if self._over.wait(seconds):
            raise HungUp

    def hang_up(self) -> None:
        """End it: what waits for a byte wakes up. Safe to do twice and from any thread."""
        with self._lock:
            self._over.set()
            closers, self._closers = self._closers, []
        for close in closers:
            _end(close)


def _end(close: Callable[[], object]) -> None:
    with contextlib.suppress(OSError, RuntimeError, ValueError):  # it was gone already
        close()
