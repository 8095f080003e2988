"""The supervisor on real, small processes."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.boot import ports, processes, supervisor
from config.boot.supervisor import Child, Service, Supervisor
from config.boot.trouble import Trouble
from tests.boot.standins import ROOT, until


class Set:
    """A supervisor, what it said, and a way to make services of a few lines of Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.supervisor = Supervisor(report=self.lines.append, changed=lambda children: None)

    def service(self, name: str, code: str, *, ready: str = "ready", stop_seconds: float = 10) -> Service:
        return Service(
            name=name,
            label=name,
            argv=[sys.executable, "-u", "-c", textwrap.dedent(code)],
            log=self.folder / f"{name}.log",
            ready=lambda child: ready in child.log_since_start(),
            stop_seconds=stop_seconds,
            ready_seconds=10,
        )

    def start(self, *services: Service) -> list[Child]:
        children = [self.supervisor.start(service) for service in services]
        self.supervisor.wait_ready(*children, tick=lambda: None)
        return children


SERVES = "import time; print('ready'); time.sleep(600)"


@pytest.fixture
def boot(tmp_path: Path) -> Iterator[Set]:
    made = Set(tmp_path)
    yield made
    made.supervisor.stop(groups=[[child.service.name for child in made.supervisor.children]])


def test_it_waits_until_a_process_is_ready(boot: Set) -> None:
    began = time.monotonic()
    [child] = boot.start(boot.service("slow", "import time; time.sleep(0.6); print('ready'); time.sleep(600)"))
    assert child.state == "running"
    assert time.monotonic() - began >= 0.6


def test_a_process_that_ends_while_starting_is_named_with_the_end_of_its_log(boot: Set) -> None:
    service = boot.service("broken", "import sys; print('no such table'); sys.exit(4)")
    with pytest.raises(Trouble) as raised:
        boot.start(service)
    assert "broken ended with code 4 while starting" in raised.value.line
    assert str(service.log) in raised.value.line
    assert raised.value.tail == ["no such table"]


def test_a_server_whose_port_is_taken_is_started_on_another(boot: Set) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        candidates = iter([taken.getsockname()[1], ports.any_free()])
        code = "import socket, time; s = socket.create_server(('127.0.0.1', {port})); print('listening'); time.sleep(600)"

        def service_on(port: int) -> Service:
            made = boot.service("server", code.format(port=port), ready="listening")  # "already" would do for "ready"
            return Service(**{**vars(made), "port": port})

        def choose() -> int:
            return next(candidates)

        port = boot.supervisor.start_on_a_free_port(service_on, choose=choose, tick=lambda: None)
        assert port != taken.getsockname()[1]
        assert [child.state for child in boot.supervisor.children] == ["running"]


def test_a_process_that_never_gets_ready_is_named(boot: Set) -> None:
    service = boot.service("mute", "import time; time.sleep(600)")
    with pytest.raises(Trouble, match="mute was not ready after 0 s"):
        boot.start(Service(**{**vars(service), "ready_seconds": 0.3}))


def test_a_killed_process_is_started_again_and_both_are_said(boot: Set) -> None:
    [child] = boot.start(boot.service("web", SERVES))
    assert child.process
    first = child.process.pid
    os.kill(first, signal.SIGKILL)

    def back() -> bool:
        boot.supervisor.tick()
        return child.state == "running" and child.process is not None and child.process.pid != first

    until(back)
    assert child.restarts == 1
    assert "ended with signal SIGKILL, starting again in 0.5 s" in boot.lines[0]
    assert boot.lines[-1] == "web: runs again"


def test_it_waits_longer_after_each_crash(boot: Set) -> None:
    child = boot.supervisor.start(boot.service("crashing", "import sys; sys.exit(1)"))

    def crashed_three_times() -> bool:
        boot.supervisor.tick()
        return sum("starting again" in line for line in boot.lines) >= 3

    until(crashed_three_times)
    pauses = [line.split("again in ")[1].split(" s")[0] for line in boot.lines if "again in" in line]
    assert pauses[:3] == ["0.5", "1.0", "2.0"]
    child.pause = supervisor.LONGEST_PAUSE
    child.start_again = 0.0
    until(lambda: boot.supervisor.tick() or "30.0" in boot.lines[-1])
    assert child.pause == supervisor.LONGEST_PAUSE


def test_what_a_killed_process_had_started_does_not_outlive_it(boot: Set) -> None:
    code = """
        import subprocess, sys, time
        pool = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print("ready", pool.pid)
        time.sleep(600)
    """
    [child] = boot.start(boot.service("worker", code))
    pool = int(child.log_since_start().split()[1])
    assert processes.start_mark(pool)
    assert child.process
    os.kill(child.process.pid, signal.SIGKILL)
    until(lambda: boot.supervisor.tick() or processes.start_mark(pool) is None, what="the pool's end")


def test_it_stops_in_order_with_a_line_each_and_kills_what_will_not_stop(boot: Set) -> None:
    notes = boot.folder / "order"
    polite = """
        import signal, sys, time
        def leave(*_):
            open({notes!r}, "a").write({name!r} + " ")
            sys.exit(0)
        signal.signal(signal.SIGTERM, leave)
        print("ready")
        time.sleep(600)
    """
    boot.start(
        *(boot.service(name, polite.format(notes=str(notes), name=name)) for name in ("database", "web")),
        boot.service(
            "stubborn",
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(600)",
            stop_seconds=0.3,
        ),
    )
    boot.supervisor.stop(groups=[["web"], ["stubborn"], ["database"]])
    assert notes.read_text().split() == ["web", "database"]
    assert [line.split(" (")[0] for line in boot.lines] == [
        "web: stopped",
        "stubborn: killed, it did not stop within 0 s",
        "database: stopped",
    ]
    assert all(child.process and child.process.poll() is not None for child in boot.supervisor.children)


def test_a_long_log_is_set_aside_while_it_is_written(boot: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LONGEST_LOG", 2_000)
    monkeypatch.setattr(supervisor, "MEASURE_EVERY", 0.0)
    code = "import time\nprint('ready')\nwhile True:\n    print('x' * 99)\n    time.sleep(0.005)"
    [child] = boot.start(boot.service("chatty", code))
    aside = child.service.log.with_suffix(".log.1")
    until(lambda: boot.supervisor.tick() or aside.exists(), what="setting the log aside")
    assert b"\0" not in child.service.log.read_bytes()  # a writer not in append mode would leave a hole
    until(lambda: child.service.log.stat().st_size > 0, what="going on in the emptied log")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal exists on Linux alone")
def test_nothing_is_left_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    script = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from config.boot.supervisor import Service, Supervisor
        boss = Supervisor(report=print, changed=lambda children: None)
        for name in ("one", "two", "three"):
            service = Service(name=name, label=name, argv=[sys.executable, "-c", {SERVES!r}],
                              log=Path({str(tmp_path)!r}) / name,
                              ready=lambda child: "ready" in child.log_since_start(),
                              env={{"PYTHONUNBUFFERED": "1"}})
            boss.wait_ready(boss.start(service), tick=lambda: None)
        print(*(child.process.pid for child in boss.children), flush=True)
        time.sleep(600)
    """)
    boss = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert boss.stdout is not None
    pids = [int(word) for word in boss.stdout.readline().split()]
    assert len(pids) == 3
    assert all(processes.start_mark(pid) for pid in pids)
    boss.kill()
    boss.wait()
    until(lambda: not any(processes.start_mark(pid) for pid in pids), what="the end of all three")
