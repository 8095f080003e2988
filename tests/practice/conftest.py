"""A practice network of one's own: the real process on a free port, real tweepy redirected by a mounted adapter."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import tweepy
from requests.adapters import HTTPAdapter

ROOT = Path(__file__).resolve().parents[2]
HOSTS = ("https://api.twitter.com/", "https://api.x.com/", "https://upload.twitter.com/", "https://twitter.com/")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


CALLBACK = f"http://localhost:{free_port()}"


class Redirect(HTTPAdapter):
    """Sends what a client library means for X to the practice network instead, with the timeout it forgot."""

    def __init__(self, base: str, timeout: float) -> None:
        super().__init__()
        self.base = base
        self.timeout = timeout

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        assert request.url is not None
        for host in HOSTS:
            if request.url.startswith(host):
                request.url = f"{self.base}/{request.url[len(host) :]}"
        options["timeout"] = self.timeout
        return super().send(request, **options)


class Network:
    """The process, and hands to move it with."""

    def __init__(self, store: Path, *arguments: str) -> None:
        self.store = store
        self.arguments = arguments
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.key = secrets.token_hex(8)
        self.client_id, self.client_secret = "practice-app", secrets.token_hex(8)
        self.session = requests.Session()
        self.session.headers["X-Practice-Key"] = self.key
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PRACTICE_ADMIN_KEY": self.key,
            "X_CLIENT_ID": self.client_id,
            "X_CLIENT_SECRET": self.client_secret,
            "PRACTICE_CALLBACK": CALLBACK,
        }

    def start(self) -> None:
        command = [sys.executable, "-m", "practice", "--port", str(self.port), "--store", str(self.store)]
        self.process = subprocess.Popen([*command, *self.arguments], cwd=ROOT, env=self.environment())
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the practice network ended at once"
            try:
                if requests.get(f"{self.base}/_practice/health", timeout=1).json() == {"ok": True}:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        raise AssertionError("the practice network did not become ready")

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=10)

    def call(self, method: str, path: str, status: int = 200, **fields: Any) -> Any:
        """One call of the control API; fields become the JSON body."""
        answer = self.session.request(
            method, f"{self.base}/_practice/api{path}", json=fields if method != "GET" else None, timeout=15
        )
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer.json()

    def ledger(self, **query: str) -> list[dict[str, Any]]:
        return self.call("GET", "/ledger?" + "&".join(f"{k}={v}" for k, v in query.items()))["entries"]

    def person(self, handle: str, **fields: Any) -> dict[str, Any]:
        return self.call("POST", "/people", handle=handle, name=fields.pop("name", handle.title()), **fields)

    def post(self, author: str, text: str, **fields: Any) -> dict[str, Any]:
        return self.call("POST", "/posts", author=author, text=text, **fields)

    def trouble(self, name: str, **fields: Any) -> dict[str, Any]:
        return self.call("POST", "/trouble", name=name, **fields)

    def access(self, account: str, **fields: Any) -> str:
        return self.call("POST", "/tokens", account=account, **fields)["access_token"]

    def client(self, account: str = "brand", *, token: str | None = None, timeout: float = 15) -> tweepy.Client:
        """An unmodified tweepy client that acts for an account."""
        client = tweepy.Client(token or self.access(account), return_type=dict)
        for host in HOSTS:
            client.session.mount(host, Redirect(self.base, timeout))
        return client


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    network = Network(tmp_path_factory.mktemp("practice"), "--no-cast")
    network.start()
    yield network
    assert network.stop() in (0, -signal.SIGTERM)


@pytest.fixture
def network(running: Network) -> Network:
    """An empty square with one brand, one customer and honest rules."""
    running.call("POST", "/reset")
    running.call("PATCH", "/rules", limit_factor=20)
    running.person("brand", name="The Brand", is_brand=True)
    running.person("ayesha", name="عائشہ خان", lang="ur", bio="چائے & کتابیں")
    return running
