"""A checkout that boots in a second: the real manage.py and config/boot around the smallest possible applications.

It lies in a folder with spaces in its name. Its `.venv` borrows the packages of the one that runs these tests.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.boot import environment, processes, runstate
from config.boot.layout import Layout

ROOT = Path(__file__).resolve().parents[2]

#: With SQUAT=<folder> and a file there named like it, another program takes its port just before it would.
SERVER = """
import argparse, http.server, os, pathlib, subprocess, sys
parser = argparse.ArgumentParser()
for name in ("--host", "--port", "--store", "--imap-port", "--smtp-port"):
    parser.add_argument(name)
port = int(parser.parse_args().port)
wish = pathlib.Path(os.environ.get("SQUAT", "/nonexistent"), "practice" if "--store" in sys.argv else "web")
if wish.exists():
    wish.unlink()
    code = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); print(1, flush=True); time.sleep(60)"
    squatter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True, cwd="/")
    squatter.stdout.readline()
    wish.with_suffix(".squatter").write_text(f"{squatter.pid} {port}")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.path in ("/healthz", "/_practice/health")
        self.send_response(200 if known else 404)
        self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
#: Also starts a process of its own, on a leash of its own, as celery's pool does.
CELERY = """
import subprocess, sys, time
if "worker" in sys.argv:
    pool = "import ctypes, time; ctypes.CDLL(None).prctl(1, 9, 0, 0, 0); time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", pool])
print("celery@here ready." if "worker" in sys.argv else "beat: Starting...", flush=True)
time.sleep(600)
"""
PREPARE = """
import json, os, pathlib
import psycopg2
from django.core.management.base import BaseCommand
class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--demo", action="store_true")
    def handle(self, *args, **options):
        print("STEP tables", flush=True)
        with psycopg2.connect(os.environ["DATABASE_OWNER_URL"]) as owner, owner.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS starts (at timestamptz DEFAULT now())")
        with psycopg2.connect(os.environ["DATABASE_URL"]) as app, app.cursor() as cursor:
            cursor.execute("INSERT INTO starts DEFAULT VALUES")
        state = pathlib.Path(os.environ["RABTA_STATE_DIR"])
        if (state / "fail").exists():
            raise RuntimeError("prepare was told to fail")
        if options["demo"]:
            print("PROGRESS 1 2 conversations", flush=True)
            login = {"workspace": "Acme", "role": "admin", "email": "ada@acme.test", "password": "open sesame"}
            (state / "demo-logins.json").write_text(json.dumps([login]))
"""
LISTEN = """
import time
from django.core.management.base import BaseCommand
class Command(BaseCommand):
    def handle(self, *args, **options):
        print("Listening, to nobody.", flush=True)
        time.sleep(600)
"""
SHOW = """
import json, os
from django.core.management.base import BaseCommand
class Command(BaseCommand):
    def handle(self, *args, **options):
        print(json.dumps(dict(os.environ)))
"""
SETTINGS = "SECRET_KEY = __import__('os').environ['SECRET_KEY']\nINSTALLED_APPS = ['standin', 'django.contrib.staticfiles']\n"
SETTINGS += "USE_TZ = True\nSTATIC_URL = '/static/'\n"
SETTINGS += "STATIC_ROOT = __import__('os').environ.get('RABTA_STATE_DIR', '') + '/static'\n"


def build(folder: Path) -> Layout:
    """Make the checkout in `folder` and return where its things lie."""
    root = folder / "a folder with spaces"
    commands = root / "standin" / "management" / "commands"
    for made in (root / "config", root / "practice", root / "celery", commands, root / "tests"):
        made.mkdir(parents=True)
    shutil.copy(ROOT / "manage.py", root)
    shutil.copytree(ROOT / "config" / "boot", root / "config" / "boot", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, root)
    files = {
        "config/__init__.py": "", "config/settings.py": SETTINGS, "config/server.py": SERVER,
        "practice/__init__.py": "", "practice/__main__.py": SERVER,
        "celery/__init__.py": "", "celery/__main__.py": CELERY,
        "standin/__init__.py": "", "standin/management/__init__.py": "", "standin/management/commands/__init__.py": "",
        "standin/management/commands/prepare.py": PREPARE, "standin/management/commands/show.py": SHOW,
        "standin/management/commands/listen.py": LISTEN,
    }  # fmt: skip
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    layout = Layout(root=root, state=root / ".rabta")
    borrow_venv(layout)
    return layout


def borrow_venv(layout: Layout) -> None:
    """A `.venv` whose packages are those of the running one, marked as filled."""
    (layout.venv / "bin").mkdir(parents=True)
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", layout.venv)
    (layout.venv / "lib").symlink_to(Path(sys.prefix) / "lib", target_is_directory=True)
    layout.python.symlink_to(Path(sys.executable).resolve())
    stamps = {purpose: environment.wanted_stamp(layout, purpose) for purpose in environment.LOCKS}
    (layout.venv / "rabta-lock.json").write_text(json.dumps(stamps), encoding="utf-8")


def environ(**extra: str) -> dict[str, str]:
    """A person's environment: nothing of the test run's own servers, secrets or addresses."""
    ours = (
        "RABTA_",
        "DATABASE_",
        "REDIS_URL",
        "SECRET_KEY",
        "FIELD_KEYS",
        "PRACTICE_",
        "X_",
        "DJANGO_",
        "PYTEST_",
        "PIP_",
    )
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | extra


def manage(layout: Layout, *words: str, seconds: float = 120, **extra: str) -> "subprocess.CompletedProcess[str]":
    """Run `manage.py` as a person would, from another folder."""
    return subprocess.run(
        [sys.executable, str(layout.root / "manage.py"), *words],
        cwd="/", env=environ(**extra), capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip


def begin(layout: Layout, *words: str, **extra: str) -> "subprocess.Popen[str]":
    """Start `manage.py` and return at once."""
    return subprocess.Popen(
        [sys.executable, str(layout.root / "manage.py"), *words],
        cwd="/", env=environ(**extra), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def until(question: Callable[[], Any], *, seconds: float = 30, what: str = "it") -> Any:
    """The first true answer; fails the test when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def alive_below(layout: Layout) -> list[str]:
    """Command lines of living processes that were started from this checkout or hold its data."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            folder = os.readlink(entry / "cwd")
        except OSError:
            continue  # it ended while we looked, or is another user's
        mine = folder.startswith(str(layout.root)) or str(layout.root) in words
        if mine and processes.start_mark(int(entry.name)) is not None:
            found.append(words)
    return found


@contextmanager
def running(layout: Layout, *words: str, seconds: float = 120, **extra: str) -> Iterator["subprocess.CompletedProcess[str]"]:
    """The checkout up and detached for the block, down after it whatever happened."""
    said = manage(layout, "up", "--detach", *words, seconds=seconds, **extra)
    try:
        assert said.returncode == 0, said.stdout + said.stderr
        yield said
    finally:
        manage(layout, "down", **extra)


def state_of(layout: Layout) -> runstate.RunState:
    """The record of the instance that runs now."""
    found = runstate.running(layout)
    assert found is not None
    return found


def pid_of(layout: Layout, name: str, *, state: str | None = None) -> int:
    """The number of one of its processes; 0 while that is in another state than the one asked for."""
    process = next(process for process in state_of(layout).processes if process.name == name)
    return process.pid if state in {None, process.state} else 0


def page(layout: Layout) -> int:
    """How its web server answers."""
    with urllib.request.urlopen(f"{state_of(layout).url}/healthz", timeout=5) as answer:
        return int(answer.status)
