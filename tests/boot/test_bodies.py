"""A slow line holds up nobody: no thread waits for what is sent or read. On real sockets, with one thread."""

import hashlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from a2wsgi import WSGIMiddleware
from django.conf import LazySettings

from config.bodies import IN_MEMORY, WholeBodies

#: More than fits into what lies between two sockets.
FILM_PIECES = 400
HALF = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf of it"


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answers with the length and the hash of the body."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/film":
        return [b"x" * 65536] * FILM_PIECES
    return [f"{len(body)} {hashlib.sha256(body).hexdigest()}".encode()]


@pytest.fixture
def port() -> Iterator[int]:
    door = socket.create_server(("127.0.0.1", 0))
    app = WholeBodies(WSGIMiddleware(echo, workers=1, send_queue_size=0), silence_seconds=1.0)  # type: ignore[arg-type]
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    yield door.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    door.close()


def asked(port: int, method: str, body: bytes | None = None) -> tuple[int, str]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request(method, "/", body)
    answer = line.getresponse()
    said = answer.status, answer.read().decode()
    line.close()
    return said


def test_who_sends_slowly_holds_up_nobody_and_is_not_waited_for(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as slow, socket.create_connection(("127.0.0.1", port), 10) as other:
        slow.sendall(HALF)
        other.sendall(HALF)
        assert asked(port, "GET")[0] == 200
        other.sendall(b"." * 90)
        assert other.recv(15) == b"HTTP/1.1 200 OK"
        assert slow.recv(12) == b"HTTP/1.1 408"


def test_who_reads_slowly_holds_up_nobody_and_is_not_waited_for(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as slow:
        slow.sendall(b"GET /film HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert slow.recv(12) == b"HTTP/1.1 200"
        assert asked(port, "GET")[0] == 200
        # The process lets go of it: the end comes before the film's.
        time.sleep(2.0)
        heard = 0
        while piece := slow.recv(1 << 20):
            heard += len(piece)
        assert heard < FILM_PIECES * 65536


@pytest.mark.parametrize("size", [0, 1, IN_MEMORY * 3 + 7])
def test_a_body_arrives_as_it_was_sent(port: int, size: int) -> None:
    body = b"%d" % size * size
    assert asked(port, "POST", body) == (200, f"{len(body)} {hashlib.sha256(body).hexdigest()}")


def test_what_is_longer_than_any_view_reads_is_not_taken_in(port: int, settings: LazySettings) -> None:
    settings.MEDIA_FILE_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert asked(port, "POST", b"x" * 1002) == (200, f"0 {hashlib.sha256(b'').hexdigest()}")


def test_room_for_bodies_comes_to_an_end(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.bodies.MOST_HELD", 0)
    assert asked(port, "POST", b"x" * 100)[0] == 200
    assert asked(port, "POST", b"x" * (IN_MEMORY + 1))[0] == 503
