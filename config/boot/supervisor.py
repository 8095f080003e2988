"""Keeps a set of processes running: starts them, knows when they are ready, starts them again, stops them in order.

One thread and no event loop: `tick` is called a few times a second by whoever waits for something.
"""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from config.boot import ports, processes
from config.boot.trouble import PortTaken, Trouble, last_lines, telling

#: Seconds before the first restart and the most between two; doubled in between.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
#: Seconds a process must have run for its next crash to count as the first again.
STEADY = 60.0
#: How many ports are tried for one server when other programs keep taking them.
PORT_TRIES = 4
#: Bytes after which a log is set aside as `<name>.log.1`.
LONGEST_LOG = 20_000_000
#: Seconds between two questions whether a starting process is ready, and between two looks at the logs' lengths.
ASK_EVERY = 0.1
MEASURE_EVERY = 30.0


@dataclass(frozen=True)
class Service:
    """How to run one process. `ready` is asked with the running child until it says yes."""

    name: str
    label: str
    argv: list[str]
    log: Path
    ready: "Callable[[Child], bool]"
    env: dict[str, str] | None = None
    cwd: Path | None = None
    identity: str = "same"
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 15.0
    ready_seconds: float = 120.0
    port: int | None = None


@dataclass
class Child:
    """One service's present process and what became of the earlier ones."""

    service: Service
    process: "subprocess.Popen[bytes] | None" = None
    mark: str = ""
    state: str = "stopped"  # stopped, starting, running, waiting (to be started again)
    began: float = 0.0
    began_at: float = 0.0  # seconds since 1970, for people
    log_offset: int = 0
    restarts: int = 0
    pause: float = FIRST_PAUSE
    start_again: float = 0.0
    asked: float = 0.0
    failed_once: bool = field(default=False, repr=False)

    def log_since_start(self) -> str:
        """What this process has written so far (at most the first 64 kB)."""
        with self.service.log.open("rb") as file:
            file.seek(self.log_offset)
            return file.read(65_536).decode("utf-8", errors="replace")


class Supervisor:
    """The set. `report` gets one line a happening; `changed` is called whenever a state changed."""

    def __init__(self, *, report: Callable[[str], None], changed: "Callable[[list[Child]], None]") -> None:
        self.children: list[Child] = []
        self._report = report
        self._changed = changed
        self._measured = 0.0

    def start(self, service: Service) -> Child:
        """Start a process; returns before it is ready."""
        child = Child(service)
        self.children.append(child)
        self._spawn(child)
        return child

    def wait_ready(self, *children: Child, tick: Callable[[], None]) -> None:
        """Return when all of them are ready. Raises Trouble with the end of the log when one ends or lags."""
        while True:
            self.tick(restart=False)
            for child in children:
                if child.state in {"stopped", "waiting"}:
                    raise self._failure(child, f"ended with {_ending(child)} while starting")
                if child.state == "starting" and time.monotonic() - child.began > child.service.ready_seconds:
                    raise self._failure(child, f"was not ready after {child.service.ready_seconds:.0f} s")
            if all(child.state == "running" for child in children):
                return
            tick()
            time.sleep(0.05)

    def start_on_a_free_port(
        self, service_on: Callable[[int], Service], *, choose: Callable[[], int], tick: Callable[[], None]
    ) -> int:
        """Start a server and wait until it is ready; again on another port when that was taken meanwhile.

        `choose` names a port, another one at each call. Returns the port. Raises Trouble.
        """
        for attempt in range(1, PORT_TRIES + 1):
            child = self.start(service_on(choose()))
            try:
                self.wait_ready(child, tick=tick)
                break
            except PortTaken:
                self.children.remove(child)
                if attempt == PORT_TRIES:
                    raise
        assert child.service.port is not None
        return child.service.port

    def drop(self, groups: list[list[str]]) -> None:
        """Stop these, group after group, and forget them."""
        self.stop(groups=groups)
        names = {name for group in groups for name in group}
        self.children = [child for child in self.children if child.service.name not in names]

    def tick(self, *, restart: bool = True) -> None:
        """Look after every process once: notice ends, ask the starting ones, start again what is due."""
        now = time.monotonic()
        for child in self.children:
            if child.state in {"starting", "running"} and child.process and child.process.poll() is not None:
                self._ended(child, now, restart=restart)
            elif child.state == "starting" and now - child.asked >= ASK_EVERY:
                child.asked = now
                if child.service.ready(child):
                    child.state = "running"
                    if child.restarts:
                        self._report(f"{child.service.label}: runs again")
                    self._changed(self.children)
            elif child.state == "waiting" and restart and now >= child.start_again:
                child.restarts += 1
                self._spawn(child)
        if now - self._measured > MEASURE_EVERY:
            self._measured = now
            for child in self.children:
                _set_aside(child)

    def stop(self, *, groups: list[list[str]]) -> None:
        """Stop everything, one group of names after another; those of a group go at the same time."""
        named = {child.service.name: child for child in self.children}
        for group in groups:
            going = [named[name] for name in group if name in named]
            for child in going:
                _ask_to_stop(child)
            for child in going:
                self._await_end(child)

    def _spawn(self, child: Child) -> None:
        service = child.service
        with service.log.open("ab") as output:
            child.log_offset = output.tell()
            child.process = processes.launch(
                service.argv, identity=service.identity, env=service.env, cwd=service.cwd, stdout=output
            )
        child.mark = processes.start_mark(child.process.pid) or ""
        child.began, child.began_at, child.asked = time.monotonic(), time.time(), 0.0
        child.state = "starting"
        self._changed(self.children)

    def _ended(self, child: Child, now: float, *, restart: bool) -> None:
        assert child.process is not None
        processes.kill_group(child.process.pid)  # what it started must not outlive it
        if now - child.began > STEADY:
            child.pause = FIRST_PAUSE
        child.state = "waiting"
        child.start_again = now + child.pause
        if restart:  # while starting, whoever waits for it says so
            self._report(
                f"{child.service.label}: ended with {_ending(child)}, starting again in {child.pause:.1f} s ({child.service.log})"
            )
        child.pause = min(LONGEST_PAUSE, child.pause * 2)
        self._changed(self.children)

    def _await_end(self, child: Child) -> None:
        if child.process is None or child.state == "stopped":
            return
        began = time.monotonic()
        try:
            child.process.wait(timeout=child.service.stop_seconds)
            how = "stopped"
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
            how = f"killed, it did not stop within {child.service.stop_seconds:.0f} s"
        processes.kill_group(child.process.pid)
        child.state = "stopped"
        self._report(f"{child.service.label}: {how} ({time.monotonic() - began:.1f} s)")
        self._changed(self.children)

    @staticmethod
    def _failure(child: Child, what: str) -> Trouble:
        service = child.service
        tail = telling(child.log_since_start().splitlines())[-12:] or last_lines(service.log)
        gone = child.state in {"stopped", "waiting"}
        if gone and service.port is not None and ports.refusal(service.port) is not None:
            return PortTaken(service.port, tail=tail)
        return Trouble(f"The {service.label} {what}: see {service.log}, then run this again.", tail=tail)


def _ask_to_stop(child: Child) -> None:
    if child.state == "waiting":
        child.state = "stopped"
    elif child.process is not None and child.process.poll() is None:
        child.process.send_signal(child.service.stop_signal)


def _ending(child: Child) -> str:
    code = child.process.returncode if child.process else None
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"code {code}"


def _set_aside(child: Child) -> None:
    """Copy and empty a log that has grown long: its writer holds it open in append mode and goes on at the start."""
    log = child.service.log
    if not log.exists() or log.stat().st_size < LONGEST_LOG:
        return
    log.with_suffix(".log.1").write_bytes(log.read_bytes())
    with log.open("r+b") as file:
        file.truncate(0)
    child.log_offset = 0
