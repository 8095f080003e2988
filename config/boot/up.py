"""`up`: one instance in the foreground or on its own, and what is said about it."""

import json
import os
import signal
import subprocess
import sys
from types import FrameType

from config.boot import runstate
from config.boot.console import Console
from config.boot.instance import Instance, Options, Stopped
from config.boot.layout import Layout
from config.boot.trouble import Trouble


def demo_lines(layout: Layout, console: Console) -> list[str]:
    """The demo log-ins `prepare` left, as a table; nothing where there are none."""
    try:
        rows = json.loads(layout.demo_logins.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    columns = ("workspace", "role", "email", "password")
    table = [[str(row.get(column, "")) for column in columns] for row in rows]
    widths = [max(len(row[index]) for row in [list(columns), *table]) for index in range(4)]
    lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    head = "   ".join(cell.ljust(width) for cell, width in zip(columns, widths, strict=True)).rstrip()
    return [console.paint(head, "2"), *lines]


def panel(layout: Layout, state: runstate.RunState, console: Console, *, detached: bool) -> None:
    """The last thing a person reads: where to go, how to get in, how to stop."""
    console.line()
    console.line(f" Rabta is running at   {console.paint(state.url, '1;36')}")
    if state.practice_url:
        console.line(f" Practice network at   {console.paint(state.practice_url, '1;36')}   (you play the customers there)")
    logins = demo_lines(layout, console) if state.demo else []
    if logins:
        console.line()
        console.line(" Sign in with one of these:")
        for line in logins:
            console.line(f"   {line}")
    console.line()
    console.line(f" Stop with             {'python3 manage.py down' if detached else 'Ctrl-C, or python3 manage.py down'}")
    console.line(f" Logs in               {layout.logs}")
    console.line()


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def run(layout: Layout, options: Options, console: Console, *, detached: bool) -> int:
    """Start, keep running, stop. `detached`: let go of the terminal after the panel. Returns the exit code."""
    lock = runstate.take_lock(layout)
    if lock is None:
        return say_already_running(layout, console)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stopped)
    instance = Instance(layout, options, console)
    code = 0
    try:
        instance.start()
        panel(layout, instance.state, console, detached=detached)
        if detached:
            let_go(layout)
        instance.watch()
    except Stopped:
        console.line()
    except Trouble as trouble:
        say(trouble, console)
        code = 1
    finally:
        instance.stop()
        os.close(lock)
    return code


def let_go(layout: Layout) -> None:
    """From here on write to the log: whoever started us waits for the end of our output."""
    log = os.open(layout.log("up"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    sys.stdout.flush()
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.close(log)


def detach(layout: Layout, arguments: list[str], console: Console) -> int:
    """Start `up` in a session of its own, show what it says until it is ready, then leave it alone."""
    command = [sys.executable, str(layout.root / "manage.py"), "up", *arguments]
    env = dict(os.environ) | {"RABTA_UP_DETACHED": "live" if console.live else "plain", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, cwd=layout.root, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    source = process.stdout.fileno()
    try:
        console.relay(source)
    except KeyboardInterrupt:
        process.terminate()
        console.relay(source)
        process.wait()
        return 130
    state = runstate.running(layout)
    if state is not None and state.ready:
        return 0
    return process.wait()


def say_already_running(layout: Layout, console: Console) -> int:
    """`up` on a running instance: where it is."""
    state = runstate.running(layout)
    if state is None or not state.ready:
        console.line(" Rabta is already being started; `python3 manage.py status` tells when it is ready.")
        return 0
    console.line(" Rabta is already running.")
    panel(layout, state, console, detached=True)
    return 0


def say(trouble: Trouble, console: Console) -> None:
    """The end of the log if there is one, then the one line."""
    for line in trouble.tail:
        console.line(f"   {console.paint(line, '2')}")
    console.line(f" {console.paint('Stopped:', '31')} {trouble.line}")
