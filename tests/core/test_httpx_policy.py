"""The policy holds under httpx too: a library that speaks it goes nowhere that requests may not go."""

import gzip
import http.server
import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
from django.db import transaction

from core import http as policy
from core.http import OutboundRefused, PolicyAdapter, TooLarge, session_under_policy
from core.httpx_policy import httpx_options


class Echo(http.server.BaseHTTPRequestHandler):
    """Says what it was asked, packed."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        heard = {"path": self.path, "method": self.command, "headers": dict(self.headers), "body": body}
        self.server.visits.append(heard)  # type: ignore[attr-defined]
        answer = gzip.compress(json.dumps(heard).encode())
        self.send_response(302 if self.path == "/away" else 403 if self.path == "/closed" else 200)
        if self.path == "/away":
            self.send_header("Location", "https://api.example/secret")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("X-Kept", "yes")
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def echo() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.visits = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def visits(server: http.server.ThreadingHTTPServer) -> list[dict[str, Any]]:
    return server.visits  # type: ignore[attr-defined,no-any-return]


def client(server: http.server.ThreadingHTTPServer | None = None, *, redirects: int = 30, **options: Any) -> httpx.Client:
    base = f"http://127.0.0.1:{server.server_address[1]}" if server else None
    session = session_under_policy(PolicyAdapter(base=base, **options))
    session.max_redirects = redirects
    return httpx.Client(follow_redirects=True, **httpx_options(session))


def test_a_question_and_its_answer_pass_whole(echo: http.server.ThreadingHTTPServer) -> None:
    headers = {"Authorization": "Bearer t", "Content-Type": "application/json"}
    answer = client(echo).post("https://api.example/a/b?c=1&c=2", headers=headers, content='{"ö": 1}'.encode())
    heard = answer.json()
    sent = {name.lower(): value for name, value in heard["headers"].items()}
    assert (heard["method"], heard["path"], heard["body"]) == ("POST", "/a/b?c=1&c=2", '{"ö": 1}')
    assert (sent["authorization"], sent["content-type"]) == ("Bearer t", "application/json")
    assert sent["host"] == f"127.0.0.1:{echo.server_address[1]}"
    # Unpacked once, and nothing says that it is still packed.
    assert answer.headers["x-kept"] == "yes"
    assert "content-encoding" not in answer.headers
    assert client(echo).get("https://api.example/closed").status_code == 403


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/", "https://[::1]/"])
def test_private_addresses_are_not_called(url: str) -> None:
    with pytest.raises(OutboundRefused):
        client().get(url)


def test_plain_http_is_not_spoken(echo: http.server.ThreadingHTTPServer) -> None:
    with pytest.raises(OutboundRefused):
        client().get(f"http://127.0.0.1:{echo.server_address[1]}/")
    assert visits(echo) == []


def test_whoever_follows_no_redirect_is_not_led_on_by_httpx(echo: http.server.ThreadingHTTPServer) -> None:
    with pytest.raises(requests.exceptions.TooManyRedirects):
        client(echo, redirects=0).get("https://api.example/away")
    assert [visit["path"] for visit in visits(echo)] == ["/away"]


@pytest.mark.django_db
def test_no_call_inside_a_transaction(echo: http.server.ThreadingHTTPServer) -> None:
    with transaction.atomic(), pytest.raises(OutboundRefused):
        client(echo).get("https://api.example/")
    assert visits(echo) == []


def test_a_claim_that_ran_out_calls_nobody(echo: http.server.ThreadingHTTPServer) -> None:
    with policy.not_after(-0.1), pytest.raises(OutboundRefused):
        client(echo).get("https://api.example/")
    assert visits(echo) == []


def test_a_large_answer_is_cut_off(echo: http.server.ThreadingHTTPServer) -> None:
    with pytest.raises(TooLarge):
        client(echo, max_bytes=10).get("https://api.example/")


def test_no_proxy_of_the_environment_is_used(echo: http.server.ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert client(echo).get("https://api.example/").status_code == 200


def test_addresses_stand_in_no_log(echo: http.server.ThreadingHTTPServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client(echo).get("https://api.example/bot-secret")
    assert "bot-secret" not in caplog.text


def test_httpx_own_patience_does_not_count(echo: http.server.ThreadingHTTPServer) -> None:
    """atproto gives httpx's five seconds; ours are the adapter's."""
    assert client(echo).get("https://api.example/", timeout=0.000001).status_code == 200
