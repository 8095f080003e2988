"""The policy of calls that leave this machine: no private addresses, whatever leads there, and none inside a transaction."""

import contextlib
import http.server
import threading
from collections.abc import Iterator

import pytest
import requests
from django.db import transaction

from core import http as policy
from core.http import OutboundRefused, PolicyAdapter, session_under_policy


class Bait(http.server.BaseHTTPRequestHandler):
    """Notes that somebody came."""

    def do_GET(self) -> None:
        self.server.visits.append(self.path)  # type: ignore[attr-defined]
        self.send_response(302 if self.path == "/away" else 200)
        if self.path == "/away":
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/secret")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def listening() -> Iterator[http.server.ThreadingHTTPServer]:
    """A server on loopback that no call should reach."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bait)
    server.visits = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def bait() -> Iterator[http.server.ThreadingHTTPServer]:
    with listening() as server:
        yield server


PRIVATE = (
    "https://127.0.0.1/",
    "https://localhost/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://192.168.1.1/",
    "https://[::1]/",
    "https://[fd00::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://0.0.0.0/",
    "https://2130706433/",
    "https://224.0.0.1/",
    "https://100.64.0.1/",
)


@pytest.mark.parametrize("url", PRIVATE)
def test_private_addresses_are_not_called(url: str) -> None:
    with pytest.raises(OutboundRefused):
        session_under_policy(PolicyAdapter()).get(url)


def test_plain_http_is_not_spoken(bait: http.server.ThreadingHTTPServer) -> None:
    with pytest.raises(OutboundRefused):
        session_under_policy(PolicyAdapter()).get(f"http://127.0.0.1:{bait.server_address[1]}/")
    assert bait.visits == []  # type: ignore[attr-defined]


def test_a_redirect_leads_nowhere_else(bait: http.server.ThreadingHTTPServer) -> None:
    """The base of practice is the only private address there is; a redirect from it goes through the same adapter."""
    base = f"http://127.0.0.1:{bait.server_address[1]}"
    session = session_under_policy(PolicyAdapter(base=base))
    assert session.get("https://api.example/away").text == "ok"
    assert bait.visits == ["/away", "/secret"]  # type: ignore[attr-defined]
    other = session_under_policy(PolicyAdapter())
    with pytest.raises(OutboundRefused):
        other.get(f"{base.replace('http', 'https')}/away")


@pytest.mark.django_db
def test_no_call_inside_a_transaction(bait: http.server.ThreadingHTTPServer) -> None:
    session = session_under_policy(PolicyAdapter(base=f"http://127.0.0.1:{bait.server_address[1]}"))
    with transaction.atomic(), pytest.raises(OutboundRefused):
        session.get("https://api.example/")
    assert bait.visits == []  # type: ignore[attr-defined]
    assert session.get("https://api.example/").status_code == 200


def test_a_claim_that_ran_out_calls_nobody(bait: http.server.ThreadingHTTPServer) -> None:
    session = session_under_policy(PolicyAdapter(base=f"http://127.0.0.1:{bait.server_address[1]}"))
    with policy.not_after(-0.1), pytest.raises(OutboundRefused):
        session.get("https://api.example/")
    assert bait.visits == []  # type: ignore[attr-defined]


def test_a_large_answer_is_cut_off(bait: http.server.ThreadingHTTPServer) -> None:
    session = session_under_policy(PolicyAdapter(base=f"http://127.0.0.1:{bait.server_address[1]}", max_bytes=1))
    with pytest.raises(requests.exceptions.RequestException):
        session.get("https://api.example/")
