"""Which word does what: the words in `WORDS` begin here; everything else is a Django command in `.venv`."""

import argparse
import json
import os
import signal
import sys
import time

from config.boot import environment, plan, ports, processes, runstate, testrun, up
from config.boot.console import Console
from config.boot.instance import Options
from config.boot.layout import Layout
from config.boot.trouble import Trouble, from_os_error

#: Said before Django lists its own commands.
WORDS = """ Rabta's own words (python3 manage.py WORD --help says more):
   up        install what is missing, start everything, keep it up
   status    what runs, and where
   down      stop it in order
   test      run the tests on servers of their own
   bench     measure ingest, list, thread and live
   faultmatrix   play every fault in full, and count what was lost or doubled
   soak      a day with two hundred channels in simulated time, counted up
   mailproof     mail through a real Postfix and Dovecot, where they are installed
"""
#: systemd's and LSB's code for "not running" in answer to `status`.
NOT_RUNNING = 3


def main(argv: list[str]) -> int:
    """Do what `manage.py` was asked. Never shows a stack trace for what a person can mend."""
    word = argv[1] if len(argv) > 1 else "help"
    console = _console()
    try:
        layout = Layout.of_checkout()
        if word == "up":
            return _up(layout, argv[2:], console)
        if word == "down":
            _no_arguments(word, "Stop everything in order.", argv[2:])
            return _down(layout, console)
        if word == "status":
            _no_arguments(word, "Say what runs, and where.", argv[2:])
            return _status(layout, console)
        if word == "test":
            return testrun.run(layout, argv[2:], console)
        if word == "faultmatrix":
            return testrun.fault_matrix(layout, argv[2:], console)
        if word == "soak":
            return testrun.soak(layout, argv[2:], console)
        if word == "mailproof":
            _no_arguments(word, "Mail through a real Postfix and Dovecot: in, answered, bounced.", argv[2:])
            return testrun.mail_proof(layout, console)
        if word == "bench" and os.environ.get("RABTA_BOOTED") != "1":
            return testrun.bench(layout, argv[2:], console)
        return _django(layout, argv)
    except Trouble as trouble:
        up.say(trouble, console)
        return 1
    except OSError as error:
        up.say(from_os_error(error), console)
        return 1
    except KeyboardInterrupt:
        return 130


def _console() -> Console:
    detached = os.environ.get("RABTA_UP_DETACHED")
    return Console(live=detached == "live") if detached else Console()


def _up(layout: Layout, arguments: list[str], console: Console) -> int:
    parser = argparse.ArgumentParser(prog="manage.py up", description="Install what is missing, start everything, keep it up.")
    parser.add_argument("--port", type=int, help=f"the web server's port (default: the first free one from {ports.WEB})")
    parser.add_argument("--detach", action="store_true", help="return when it is ready; `down` stops it")
    parser.add_argument("--demo", action="store_true", help="demo data and the practice network even on servers of your own")
    parser.add_argument("--no-demo", action="store_true", help="neither demo data nor the practice network")
    chosen = parser.parse_args(arguments)
    if chosen.demo and chosen.no_demo:
        parser.error("--demo and --no-demo exclude each other")
    layout.prepare()
    if chosen.detach:
        held = runstate.take_lock(layout)
        if held is None:
            return up.say_already_running(layout, console)
        os.close(held)
        return up.detach(layout, [word for word in arguments if word != "--detach"], console)
    options = Options(port=chosen.port, demo=chosen.demo, no_demo=chosen.no_demo)
    return up.run(layout, options, console, detached="RABTA_UP_DETACHED" in os.environ)


def _no_arguments(word: str, does: str, arguments: list[str]) -> None:
    """Answer --help and refuse what the word does not know, before anything is done."""
    argparse.ArgumentParser(prog=f"manage.py {word}", description=does).parse_args(arguments)


def _down(layout: Layout, console: Console) -> int:
    state = runstate.running(layout)
    if state is None:
        left = runstate.end_leftovers(layout) if layout.run_file.exists() else []
        layout.run_file.unlink(missing_ok=True)
        console.line(f" Rabta was not running; ended what was left: {', '.join(left)}." if left else " Rabta is not running.")
        return 0
    with console.step("Stopping") as step:
        os.kill(state.pid, signal.SIGTERM)
        deadline = time.monotonic() + 120
        while processes.is_alive(state.pid, state.mark):
            if time.monotonic() > deadline:
                raise Trouble(f"It did not stop within two minutes: look into {layout.logs}, or kill process {state.pid}.")
            now = runstate.read(layout)
            step.note(", ".join(p.name for p in now.processes if p.state != "stopped") if now else "")
            time.sleep(0.1)
    return 0


def _status(layout: Layout, console: Console) -> int:
    state = runstate.running(layout)
    if state is None:
        console.line(" Rabta is not running; `python3 manage.py up` starts it.")
        return NOT_RUNNING
    console.line(f" Rabta {'is running at ' + state.url if state.ready else 'is starting'}")
    if state.practice_url:
        console.line(f" Practice network at {state.practice_url}")
    for process in state.processes:
        alive = processes.is_alive(process.pid, process.mark)
        shown = process.state if alive or process.state in {"waiting", "stopped"} else "ended"
        port = f"port {process.port}" if process.port else ""
        again = f"restarted {process.restarts}×" if process.restarts else ""
        since = _duration(time.time() - process.began_at) if alive else ""
        console.line(f"   {process.name:<10} {shown:<9} {process.pid:>8}  {since:>8}  {port:<11} {again}".rstrip())
    console.line(f" Logs in {layout.logs}")
    return 0


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{rest} s"


def _django(layout: Layout, argv: list[str]) -> int:
    """A Django command in `.venv`, with the running instance's servers and secrets unless others are named."""
    booted = os.environ.get("RABTA_BOOTED") == "1" or os.environ.get("RABTA_NO_VENV") == "1"
    if not booted:
        inside = os.path.realpath(sys.prefix) == os.path.realpath(layout.venv)
        environ = dict(os.environ) | _instance_environment(layout)
        if not inside:
            layout.prepare()
            environment.ensure(layout, "run", tick=lambda _: None)
            environ = plan.process_environment({}, environ)
            os.execve(layout.python, [str(layout.python), *_script(layout, argv)], environ)
        os.environ.update(environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured  # Django exists in `.venv` only
    from django.core.management import execute_from_command_line

    if argv[1:] in ([], ["help"], ["--help"], ["-h"]):
        print(WORDS, flush=True)
    try:
        execute_from_command_line(argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Rabta does not start. {error}")
    return 0


def _script(layout: Layout, argv: list[str]) -> list[str]:
    return [str(layout.root / "manage.py"), *argv[1:]]


def _instance_environment(layout: Layout) -> dict[str, str]:
    """The environment `up` recorded, or nothing where the person's own environment names a database."""
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_OWNER_URL"):
        return {}
    try:
        recorded = json.loads(layout.environment_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if runstate.running(layout) is None:
        sys.stderr.write("Rabta is not running (python3 manage.py up starts it): commands that need its database will fail.\n")
    return {name: str(value) for name, value in recorded.items()}
