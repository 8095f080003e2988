"""Live: from the commit of a stored message to the frame in two hundred browsers, against raw pub/sub of the same run."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import redis
import requests
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from bench import gates
from bench.ground import Ground
from bench.measure import Report, calm, p50, p95
from bench.pages import PAGE, Pages
from core.marks import current_mark
from core.tenancy import tenant
from inbox.models import Conversation, Message
from social.networks.values import Page

CLIENTS = 200
#: Messages a second; each page's frames arrive before the next page is stored.
GAP_SECONDS = 0.5
MESSAGES = 16
ROUNDS = 3
CATCH_UP_SECONDS = 2.0
#: Views in which a conversation that just heard from its customer, and has nobody yet, must stand.
VIEWS = ("all", "open", "unassigned")
ROOT = Path(__file__).resolve().parents[2]
CHANNEL = "bench:raw"


def sign_in(ground: Ground) -> str:
    """A session's key, as the sign-in page would leave it."""
    session = SessionStore()
    session[SESSION_KEY] = str(ground.user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = ground.user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def run(report: Report, ground: Ground, pages: Pages) -> None:
    """Rounds of ours and raw, interleaved; a catch-up at the end must show every changed row."""
    name = "live"
    port, raw_port = free_port(), free_port()
    env = {**os.environ, "RABTA_BASE_URL": f"http://localhost:{port}", "ALLOWED_HOSTS": "localhost,127.0.0.1"}
    servers = [
        subprocess.Popen([sys.executable, "-m", "config.server", "--port", str(port)], cwd=ROOT, env=env),
        subprocess.Popen([sys.executable, "-m", "bench.rawserver", "--port", str(raw_port)], cwd=ROOT, env=env),
    ]
    try:
        until_answered(f"http://localhost:{port}/healthz")
        until_answered(f"http://localhost:{raw_port}/")
        key = sign_in(ground)
        ours, raw, lost, ratios = [], [], 0, []
        mark = current_mark()
        touched: set[int] = set()
        for number in range(2 * ROUNDS):
            if number >= ROUNDS and calm(ratios):
                break
            told, missing, changed = _ours(ground, pages, port, key)
            raw_told = _raw(raw_port)
            ours += told
            raw += raw_told
            lost += missing
            touched |= changed
            ratios.append(p50(told) / p50(raw_told))
        report.add(name, f"raw pub/sub → {CLIENTS} sockets, p50", p50(raw), unit="ms", note=f"p95 {p95(raw):.0f}")
        report.add(name, f"stored → {CLIENTS} sockets, p50", p50(ours), unit="ms", note=f"p95 {p95(ours):.0f}")
        report.gate(report.add(name, "stored → socket ÷ raw pub/sub", ratios), gates.LIVE_TO_RAW)
        report.add(name, "frames not delivered", lost, note=f"of {len(ratios) * MESSAGES * CLIENTS}; the catch-up makes good")
        time.sleep(CATCH_UP_SECONDS)
        missing = _missing(ground, f"http://localhost:{port}", key, mark, touched)
        note = f"of {len(touched)}, each in lists and as a thread"
        row = report.add(name, "changed rows missing 2 s after catch-up", missing, note=note)
        report.gate(row, gates.MISSING_ROWS)
    finally:
        for server in servers:
            server.terminate()
            server.wait(timeout=15)


def until_answered(address: str) -> None:
    """Wait until a server answers there. Raises SystemExit after a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if requests.get(address, timeout=2).status_code < 500:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise SystemExit(f"{address} did not come up.")


def _listen(url: str, cookie: str, wanted: str) -> "subprocess.Popen[str]":
    """Two hundred sockets in a process of their own; it prints a line when all are open, and at the end what they heard when."""
    listeners = subprocess.Popen(
        [sys.executable, "-m", "bench.listeners", url, cookie, str(CLIENTS), wanted],
        cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert listeners.stdout is not None
    ready = listeners.stdout.readline().strip()
    if ready != "ready":
        raise SystemExit(f"The listeners did not open: {ready}")
    return listeners


def _heard(listeners: "subprocess.Popen[str]") -> list[list[float]]:
    out, _err = listeners.communicate("stop\n", timeout=60)
    found: list[list[float]] = json.loads(out.strip().splitlines()[-1])
    return found


def _ours(ground: Ground, pages: Pages, port: int, key: str) -> tuple[list[float], int, set[int]]:
    listeners = _listen(f"ws://localhost:{port}/ws/{ground.workspace.slug}/", f"sessionid={key}", "changed")
    stored: list[float] = []
    before = current_mark()
    for page in pages.pages(MESSAGES // PAGE + 1):
        for item in page.items[:MESSAGES]:
            ground.store(Page(items=(item,), cursor=page.cursor))
            # The mention is in the database from here on; to make a conversation of it is part of the way to the screen.
            stored.append(time.monotonic())
            ground.digest()
            time.sleep(GAP_SECONDS)
    time.sleep(1)
    told, missing = _delays(stored, _heard(listeners))
    with tenant(ground.workspace.pk):
        changed = set(Conversation.objects.filter(version__gte=before).values_list("id", flat=True))
    return told, missing, changed


def _raw(port: int) -> list[float]:
    listeners = _listen(f"ws://localhost:{port}/", "", "raw")
    client = redis.Redis.from_url(settings.REDIS_URL)
    sent: list[float] = []
    for number in range(MESSAGES):
        sent.append(time.monotonic())
        client.publish(CHANNEL, json.dumps({"t": "raw", "n": number}))
        time.sleep(GAP_SECONDS)
    time.sleep(1)
    told, _missing_frames = _delays(sent, _heard(listeners))
    return told


def _delays(sent: list[float], heard: list[list[float]]) -> tuple[list[float], int]:
    """Milliseconds from each sending to each socket's first frame before the next one, and how many never came."""
    found, missing = [], 0
    for number, moment in enumerate(sent):
        until = sent[number + 1] if number + 1 < len(sent) else moment + 1.0
        for times in heard:
            first = next((at for at in times if moment <= at < until), None)
            if first is None:
                missing += 1
            else:
                found.append((first - moment) * 1000)
    return found, missing


def _missing(ground: Ground, site: str, key: str, mark: int, touched: set[int]) -> int:
    """How many changed conversations a page would not show, in a list or as a thread, after asking what changed since its mark.

    Asked of the web process, as the page's script does.
    """
    if not touched:
        raise SystemExit("Nothing changed while two hundred sockets listened.")
    with tenant(ground.workspace.pk):
        newest = dict(Message.objects.filter(conversation_id__in=touched).order_by("id").values_list("conversation_id", "id"))
    browser = requests.Session()
    browser.cookies.set("sessionid", key)

    def ask(**asked: Any) -> str:
        answer = browser.get(f"{site}/w/{ground.workspace.slug}/inbox/changes/", params={"since": mark, **asked}, timeout=30)
        answer.raise_for_status()
        if "data-reload" in answer.text.split(">", 1)[0]:
            raise SystemExit("More changed than one catch-up tells: the bench asks too much at once.")
        return answer.text

    lists = [ask(view=view) for view in VIEWS]
    unseen = {number for number in touched if any(f'data-row="{number}"' not in text for text in lists)}
    for number, message in newest.items():
        if f'id="m-{message}"' not in ask(view="all", open=number, thread_since=mark):
            unseen.add(number)
    return len(unseen)
