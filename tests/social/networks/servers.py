"""Servers on loopback for the tests of networks: one that says what a test scripts, and the practice network itself."""

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import requests

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 30.0


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Says:
    """What the scripted server does with one request, down to the bytes."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Promise this many bytes more than are sent, then hang up.
    cut: int = 0
    #: Take the request and say nothing at all, until the test ends.
    hang: bool = False
    #: Hang up at once, without an answer.
    drop: bool = False
    #: Send the body byte by byte, so many seconds apart.
    drip_seconds: float = 0.0
    #: After the body, this again and again, in chunks, until the caller has had enough.
    endless: bytes = b""

    @classmethod
    def json(cls, document: Any, status: int = 200, **headers: str) -> Self:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, json.dumps(document).encode(), {"content-type": "application/json", **names})

    @classmethod
    def html(cls, status: int = 200) -> Self:
        return cls(status, b"<!doctype html><title>Over capacity</title><h1>Busy</h1>", {"content-type": "text/html"})


Script = Says | Callable[[Asked], Says]


class Scripted:
    """A server that answers requests with what was scripted, in order; the last answer is repeated."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        #: What is said about programs, beside the script; without it nothing is forbidden.
        self.robots = Says(404)
        self._script: list[Script] = []
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads: queue.SimpleQueue[threading.Thread] = queue.SimpleQueue()
        self._main = threading.Thread(target=self._serve, daemon=True)
        self._main.start()

    def says(self, *script: Script) -> None:
        """Script the coming answers and forget what was asked so far."""
        self._script = list(script)
        self.asked.clear()

    def close(self) -> None:
        self._over.set()
        self._listener.close()
        self._main.join(5)
        while not self._threads.empty():
            self._threads.get().join(5)

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                connection, _address = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            thread = threading.Thread(target=self._talk, args=(connection,), daemon=True)
            self._threads.put(thread)
            thread.start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(10)
            try:
                asked = _read(connection)
            except OSError:
                return
            if asked is None:
                return
            if asked.path == "/robots.txt":
                self._say(connection, self.robots)
                return
            self.asked.append(asked)
            step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
            says = step(asked) if callable(step) else step
            try:
                self._say(connection, says)
            except OSError:
                return  # the caller has left, which is what some tests want

    def _say(self, connection: socket.socket, says: Says) -> None:
        if says.hang:
            self._over.wait(30)
            return
        if says.drop:
            return
        length = {"content-length": str(len(says.body) + says.cut)} if not says.endless else {"transfer-encoding": "chunked"}
        headers = {**length, "connection": "close", **says.headers}
        lines = [f"HTTP/1.1 {says.status} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while says.endless and not self._over.is_set():
            connection.sendall(b"%x\r\n%s\r\n" % (len(says.endless), says.endless))
        if not says.drip_seconds:
            connection.sendall(says.body)
            return
        for number in range(len(says.body)):
            connection.sendall(says.body[number : number + 1])
            if self._over.wait(says.drip_seconds):
                return


def _read(connection: socket.socket) -> Asked | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _version = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        piece = connection.recv(65536)
        if not piece:
            return None
        body += piece
    parts = urlsplit(target)
    return Asked(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


class HiddenFields(HTMLParser):
    """The hidden fields of a page's forms."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        entry = {name: value or "" for name, value in attrs}
        if tag == "input" and entry.get("type") == "hidden":
            self.found[entry["name"]] = entry.get("value", "")


class Practice:
    """The practice network as a process of its own, with its control API."""

    ADMIN_KEY = "tests-only"
    CLIENT_ID = "rabta-tests"
    CLIENT_SECRET = "rabta-tests-secret"
    CALLBACK = "http://localhost/connect"

    def __init__(self, folder: Path) -> None:
        self.url = self.imap = self.smtp = ""
        self._log = (folder / "practice.log").open("wb")
        self._folder = folder
        for _try in range(3):
            if self._start():
                return
        self.close()
        raise AssertionError(f"The practice network did not start: {(folder / 'practice.log').read_text()[-2000:]}")

    def _start(self) -> bool:
        port, imap, smtp = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.imap, self.smtp = f"imap://127.0.0.1:{imap}", f"smtp://127.0.0.1:{smtp}"
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "PRACTICE_ADMIN_KEY": self.ADMIN_KEY,
            "X_CLIENT_ID": self.CLIENT_ID,
            "X_CLIENT_SECRET": self.CLIENT_SECRET,
            "PRACTICE_CALLBACK": self.CALLBACK,
        }
        command = [sys.executable, "-m", "practice", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--store", str(self._folder / "store"), "--no-cast", "--imap-port", str(imap), "--smtp-port", str(smtp)]
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self._log, stderr=self._log)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                if requests.get(f"{self.url}/_practice/health", timeout=1).ok:
                    return True
            except requests.RequestException:
                time.sleep(0.05)
        self._process.kill()
        self._process.wait()
        return False

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Use the control API; whatever it refuses fails the test."""
        answer = requests.request(
            method,
            f"{self.url}/_practice/api{path}",
            json=body,
            params=query,
            headers={"X-Practice-Key": self.ADMIN_KEY},
            timeout=30,
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def reset(self) -> None:
        self.call("POST", "/reset", {})
        self.call("PATCH", "/rules", {"limit_factor": 1000, "reply_rule": True, "duplicate_rule": True})

    def person(self, handle: str, **fields: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.call("POST", "/people", {"handle": handle, "name": handle.title(), **fields})
        return made

    def tokens(self, handle: str, **fields: Any) -> dict[str, str]:
        """Secrets of an account, as the product stores them."""
        issued = self.call("POST", "/tokens", {"account": handle, **fields})
        return {
            "access_token": issued["access_token"],
            "refresh_token": issued["refresh_token"],
            "scope": issued["scope"],
        }

    def post(self, author: str, text: str, **fields: Any) -> str:
        return str(self.call("POST", "/posts", {"author": author, "text": text, **fields})["id"])

    def posts(self, author: str, texts: list[str]) -> set[str]:
        """Many posts at once, written over the last minute. Returns their ids."""
        now_ms = int(time.time() * 1000)
        rows = []
        for number, text in enumerate(texts):
            moment_ms = now_ms - 60_000 + number * 100
            rows.append(
                {
                    # X's ids count milliseconds since its own beginning, and 4,194,304 of them fit into each.
                    "id": str((moment_ms - 1_288_834_974_657) << 22),
                    "author": author,
                    "text": text,
                    "created_at": moment_ms,
                }
            )
        self.call("POST", "/import", {"posts": rows})
        return {row["id"] for row in rows}

    def mail(self, text: str, **fields: Any) -> dict[str, Any]:
        """A person writes a mail. Returns what the control API says of it, `message_id` among it."""
        given = {"from": "sara@people.example", "to": "support@practice.example", "name": "Sara Khan", "subject": "Parcel"}
        made: dict[str, Any] = self.call("POST", "/mails", {**given, "text": text, **fields})
        return made

    def mails(self, mailbox: str, folder: str = "INBOX") -> list[dict[str, Any]]:
        """What lies in a folder of a mailbox, oldest first."""
        found: list[dict[str, Any]] = self.call("GET", "/mails", mailbox=mailbox, folder=folder)["mails"]
        return found

    def trouble(self, name: str, **fields: Any) -> None:
        self.call("POST", "/trouble", {"name": name, **fields})

    def calm(self) -> None:
        self.call("DELETE", "/trouble")

    def consent(self, url: str, handle: str, **more: Any) -> dict[str, str]:
        """Play the person on the consent page. Returns what the network sends back to the app."""
        page = requests.get(url, timeout=10)
        assert page.ok, page.text[:500]
        form = HiddenFields()
        form.feed(page.text)
        person = self.call("GET", f"/people/{handle}")["id"]
        answer = requests.post(
            urlsplit(url)._replace(query="").geturl(),
            data={**form.found, "account": person, "decision": "allow", **more},
            allow_redirects=False,
            timeout=10,
        )
        assert answer.status_code in (302, 303), answer.text[:500]
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def ledger(self, **query: Any) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.call("GET", "/ledger", **query)["entries"]
        return entries
