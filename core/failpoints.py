"""Named places where a test may kill the process, to prove that nothing is lost or doubled there.

A step has a point before and after its commit (`tenant(step=…)`) and before and after its network call (`calling(…)`).
`RABTA_FAILPOINT=<name>` kills the process with SIGKILL the first time the point is reached; `RABTA_FAILPOINT_ONCE=<file>` makes
that happen once over restarts: the file is created just before dying, and a process that finds it goes on.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager


def failpoint(name: str) -> None:
    """Die here if the environment names this point. Costs one dictionary look-up otherwise."""
    if os.environ.get("RABTA_FAILPOINT") != name:
        return
    marker = os.environ.get("RABTA_FAILPOINT_ONCE")
    if marker:
        try:
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def calling(step: str) -> Iterator[None]:
    """Wrap one network call: `<step>.before_call` and, when the call ended without an error, `<step>.after_call`."""
    failpoint(f"{step}.before_call")
    yield
    failpoint(f"{step}.after_call")
