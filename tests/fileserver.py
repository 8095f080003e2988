"""A server on loopback that hands out files as a network's file host does, by its own word for what they are."""

import contextlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Answer:
    """What one path answers. `hang` waits for the server's end before the second half of the body."""

    body: bytes = b""
    mime: str = "image/png"
    status: int = 200
    location: str = ""
    hang: bool = False


@dataclass
class FileHost:
    """The server: its address, what each path answers, and which were asked for, in order."""

    base: str
    files: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def put(self, path: str, body: bytes, mime: str = "image/png", **more: object) -> str:
        """Hand out `body` at a path. Returns its whole address."""
        self.files[path] = Answer(body, mime, **more)  # type: ignore[arg-type]
        return f"{self.base}{path}"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        host: FileHost = self.server.host  # type: ignore[attr-defined]
        host.asked.append(self.path)
        host.secrets += [self.headers.get(name, "") for name in ("Authorization", "Cookie") if self.headers.get(name)]
        answer = host.files.get(self.path, Answer(b"nothing here", "text/plain", status=404))
        self.send_response(answer.status)
        if answer.location:
            self.send_header("Location", answer.location)
        self.send_header("Content-Type", answer.mime)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        half = len(answer.body) // 2
        with contextlib.suppress(OSError):
            self.wfile.write(answer.body[:half])
            if answer.hang:
                self.wfile.flush()
                host.over.wait(20)
            self.wfile.write(answer.body[half:])

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def file_host() -> Iterator[FileHost]:
    """A running server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    host = FileHost(f"http://127.0.0.1:{server.server_address[1]}")
    server.host = host  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield host
    finally:
        host.over.set()
        server.shutdown()
        server.server_close()
