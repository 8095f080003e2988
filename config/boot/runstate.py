"""What other commands know about a running instance: a lock that falls with its holder, a file that says the rest."""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from config.boot import keyring, processes
from config.boot.layout import Layout


@dataclass
class Process:
    """One recorded process. `mark` tells it from a later one with the same number."""

    name: str
    pid: int
    mark: str
    state: str
    port: int | None = None
    restarts: int = 0
    began_at: float = 0.0


@dataclass
class RunState:
    """The content of run.json. `ready` once the first page can be opened."""

    pid: int
    mark: str
    url: str = ""
    practice_url: str = ""
    ready: bool = False
    demo: bool = False
    processes: list[Process] = field(default_factory=list)

    def write(self, file: Path) -> None:
        keyring.write_private(file, asdict(self))


def read(layout: Layout) -> RunState | None:
    """The last recorded instance, running or not. None when there is none or the file is not whole."""
    try:
        content = json.loads(layout.run_file.read_text(encoding="utf-8"))
        content["processes"] = [Process(**process) for process in content["processes"]]
        return RunState(**content)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        return None  # written by another version: the lock still tells whether something runs


def running(layout: Layout) -> RunState | None:
    """The instance that runs now, or None."""
    state = read(layout)
    return state if state is not None and processes.is_alive(state.pid, state.mark) else None


def take_lock(layout: Layout) -> int | None:
    """The descriptor that makes this process the one instance of the checkout, or None when another is."""
    descriptor = os.open(layout.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def end_leftovers(layout: Layout, *, seconds: float = 20.0) -> list[str]:
    """End what an instance that was killed left behind, by number and start time; names of what was found.

    On Linux the kernel has ended it already, except what a killed process had itself started.
    """
    state = read(layout)
    if state is None:
        return []
    found = []
    for process in reversed(state.processes):
        if processes.is_alive(process.pid, process.mark):
            found.append(process.name)
            processes.end(process.pid, process.mark, seconds=seconds)
            processes.kill_group(process.pid)
        elif not _reused(process):
            processes.kill_group(process.pid)
    return found


def wait_until_gone(state: RunState, *, seconds: float) -> bool:
    """Wait for the recorded instance itself to end. False when it still runs after `seconds`."""
    deadline = time.monotonic() + seconds
    while processes.is_alive(state.pid, state.mark):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _reused(process: Process) -> bool:
    """Whether the number now belongs to another process, whose group is none of ours.

    As long as one member of a dead leader's group lives, the kernel gives its number to nobody else; a number in use by
    a process with another start time means that the group is gone.
    """
    return processes.start_mark(process.pid) is not None
