"""Processes of the machine: telling one from another with its number, starting one that dies with us, ending one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

LAUNCH = Path(__file__).with_name("launch.py")


def start_mark(pid: int) -> str | None:
    """What tells this process from a later one with the same number, or None when it is gone or only a zombie.

    Linux: boot id and start ticks, fields 3 and 22 of /proc/<pid>/stat (proc(5)). Elsewhere: what `ps` calls lstart.
    """
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return None
        fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
        if fields[0] in {"Z", "X"}:
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}:{fields[19]}"
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return None if not shown or shown.startswith("Z") else shown.partition(" ")[2].strip()


def is_alive(pid: int, mark: str) -> bool:
    """Whether the very process that was recorded still runs."""
    return start_mark(pid) == mark


def leashed(argv: list[str], *, identity: str = "same") -> list[str]:
    """The command that becomes `argv` as `identity` (launch.py) and is killed when this process dies (Linux).

    Start it from the main thread only: the kernel ties the death signal to the thread that started the program.
    """
    return [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), identity, "--", *argv]


def launch(
    argv: list[str],
    *,
    identity: str = "same",
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.STDOUT,
) -> "subprocess.Popen[bytes]":
    """Start a program on a leash in a session of its own, out of the terminal's reach."""
    return subprocess.Popen(
        leashed(argv, identity=identity),
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )


def kill_group(pid: int) -> None:
    """End whatever is left of the session that `pid` led, at once. Nothing left is no error."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # PermissionError: macOS answers so for a group of zombies


def end(pid: int, mark: str, *, sign: int = signal.SIGTERM, seconds: float = 10.0) -> bool:
    """Ask a recorded process, not our child, to stop; kill it after `seconds`. True when it went by itself."""
    if not is_alive(pid, mark):
        return True
    os.kill(pid, sign)
    deadline = time.monotonic() + seconds
    while is_alive(pid, mark):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            return False
        time.sleep(0.05)
    return True
