"""Processes to kill: one that has loaded the product and forks a child for each job, so that a kill -9 costs milliseconds.

`python -m tests.faults.children` is that process. It opens no connection itself; a child is a whole process with connections of its
own, and dies as a worker dies.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from config.boot import processes

ROOT = Path(__file__).resolve().parents[2]
KILLED = -signal.SIGKILL


class Children:
    """Starts jobs in children, waits for them, and tells how they ended."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        self.process = subprocess.Popen(
            processes.leashed([sys.executable, "-m", "tests.faults.children"]),
            cwd=ROOT,
            env={**os.environ, **environment, "RABTA_CHILDREN_LOG": str(log)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        assert self._answer() == {"ready": True}

    def start(self, job: str, *, points: str = "", once: str = "", **arguments: Any) -> int:
        """Begin a job in a child that dies at `points` (core.failpoints); returns its process id."""
        return int(self._ask(start=job, points=points, once=once, arguments=arguments)["pid"])

    def wait(self, pid: int) -> int:
        """Wait for a child's end: its exit code, or minus the signal that ended it."""
        return int(self._ask(wait=pid)["status"])

    def run(self, job: str, *, points: str = "", once: str = "", **arguments: Any) -> int:
        """A job from beginning to end."""
        return self.wait(self.start(job, points=points, once=once, **arguments))

    def must(self, job: str, **arguments: Any) -> None:
        """A job that has to end well."""
        status = self.run(job, **arguments)
        assert status == 0, f"{job} ended with {status}:\n{self.tail()}"

    def tail(self) -> str:
        """The end of what children wrote."""
        return self.log.read_text("utf-8")[-3000:] if self.log.exists() else ""

    def until_frozen(self, pid: int, *, seconds: float = 20.0) -> None:
        """Wait until a child has stopped itself at a failpoint."""
        deadline = time.monotonic() + seconds
        while not is_frozen(pid):
            assert time.monotonic() < deadline, f"never came to its failpoint:\n{self.tail()}"
            time.sleep(0.02)

    def close(self) -> None:
        """End the process and whatever child is left, frozen ones included."""
        processes.kill_group(self.process.pid)
        self.process.wait(timeout=10)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def _ask(self, **order: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the process that forks has ended:\n{self.tail()}"
        answer: dict[str, Any] = json.loads(line)
        return answer


def is_frozen(pid: int) -> bool:
    """Whether a process stands still under SIGSTOP (state T in /proc/<pid>/stat, proc(5))."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] == "T"


@contextlib.contextmanager
def children(environment: Mapping[str, str], log: Path) -> Iterator[Children]:
    """The forking process for the time of a test."""
    found = Children(environment, log)
    try:
        yield found
    finally:
        found.close()


# --- the process itself -------------------------------------------------------------------------------------------------
def main() -> None:
    """Load the product, then obey orders from stdin, one JSON object a line."""
    orders, answers = os.fdopen(os.dup(0), "r", encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Whatever the product prints goes to the log, not between the answers.
    log = os.open(os.environ["RABTA_CHILDREN_LOG"], os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    import django

    django.setup()
    from django.urls import get_resolver

    from social.networks import networks
    from tests.faults import jobs

    # What a child would otherwise load for itself, once each.
    networks()
    _ = get_resolver().url_patterns

    def answer(**fields: Any) -> None:
        answers.write(json.dumps(fields) + "\n")
        answers.flush()

    answer(ready=True)
    for line in orders:
        order = json.loads(line)
        if "wait" in order:
            _pid, status = os.waitpid(order["wait"], 0)
            answer(status=os.waitstatus_to_exitcode(status))
            continue
        pid = os.fork()
        if pid == 0:
            _child(jobs.JOBS[order["start"]], order)
        answer(pid=pid)


def _child(job: Any, order: dict[str, Any]) -> None:
    """Never returns."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: no child outlives us
    os.environ["RABTA_FAILPOINT"], os.environ["RABTA_FAILPOINT_ONCE"] = order["points"], order["once"]
    code = 1
    try:
        job(**order["arguments"])
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
