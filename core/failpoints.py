"""Named places where a test may kill the process, to prove that nothing is lost or doubled there.

A step has a point before and after its commit (`tenant(step=…)`) and before and after its network call (`calling(…)`).
`RABTA_FAILPOINT=<name>` kills the process with SIGKILL when the point is reached, `<name>:stop` freezes it with SIGSTOP;
several are separated by commas. `RABTA_FAILPOINT_ONCE=<folder>` makes each happen once over restarts: a file of the point's
name is created there just before, and a process that finds it goes on.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager


def failpoint(name: str) -> None:
    """Die or freeze here if the environment names this point. Costs one dictionary look-up otherwise."""
    named = os.environ.get("RABTA_FAILPOINT")
    if not named:
        return
    for entry in named.split(","):
        point, _colon, action = entry.partition(":")
        if point == name and _first_time(name):
            os.kill(os.getpid(), signal.SIGSTOP if action == "stop" else signal.SIGKILL)


def _first_time(name: str) -> bool:
    folder = os.environ.get("RABTA_FAILPOINT_ONCE")
    if not folder:
        return True
    try:
        os.close(os.open(os.path.join(folder, name), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True


@contextmanager
def calling(step: str) -> Iterator[None]:
    """Wrap one network call: `<step>.before_call` and, when the call ended without an error, `<step>.after_call`."""
    failpoint(f"{step}.before_call")
    yield
    failpoint(f"{step}.after_call")
