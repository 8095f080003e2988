"""The processes beside the two servers: practice network, web, worker, scheduler, listener."""

import http.client
import re
from collections.abc import Callable
from pathlib import Path

from config.boot.layout import Layout
from config.boot.supervisor import Child, Service

QUEUES = "pull,ingest,send,slow,celery"
WORKER_READY = re.compile(r"\bready\b")
LISTENER_READY = re.compile(r"^Listening", re.MULTILINE)
BEAT_READY = re.compile(r"is starting|beat: Starting")


def answers(port: int, path: str) -> bool:
    """Whether GET `path` on the loopback port is answered with 200 within two seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def practice(layout: Layout, *, port: int, imap: int, smtp: int, env: dict[str, str], store: Path) -> Service:
    """The practice network. It gets only its own secrets and where Rabta's callback lives, not Rabta's environment."""
    return Service(
        name="practice",
        label="practice network",
        argv=_python(
            layout, "practice", "--host", "127.0.0.1", "--port", str(port), "--store", str(store),
            "--imap-port", str(imap), "--smtp-port", str(smtp),
        ),
        log=layout.log("practice"),
        ready=lambda _: answers(port, "/_practice/health"),
        env=env,
        cwd=layout.root,
        stop_seconds=10,
        port=port,
    )


def web(layout: Layout, *, port: int, env: dict[str, str]) -> Service:
    """Pages, API and sockets on one port."""
    return Service(
        name="web",
        label="web server",
        argv=_python(layout, "config.server", "--port", str(port)),
        log=layout.log("web"),
        ready=lambda _: answers(port, "/healthz"),
        env=env,
        cwd=layout.root,
        stop_seconds=12,
        port=port,
    )


def worker(layout: Layout, *, env: dict[str, str]) -> Service:
    """One worker for every queue. On SIGTERM it finishes what it runs; a job cut off is handed out again."""
    return Service(
        name="worker",
        label="worker",
        argv=_python(
            layout,
            "celery",
            "-A",
            "config",
            "worker",
            "--pool",
            "prefork",
            "--concurrency",
            "2",
            "--queues",
            QUEUES,
            "--hostname",
            "rabta@localhost",
            "--without-gossip",
            "--without-mingle",
            "--loglevel",
            "INFO",
        ),
        log=layout.log("worker"),
        ready=_logged(WORKER_READY),
        env=env,
        cwd=layout.root,
        stop_seconds=20,
    )


def scheduler(layout: Layout, *, env: dict[str, str]) -> Service:
    """Rings for what is due, several times a second, so it logs trouble alone. Losing its file costs nothing."""
    return Service(
        name="scheduler",
        label="scheduler",
        argv=_python(
            layout,
            "celery",
            "-A",
            "config",
            "beat",
            "--schedule",
            str(layout.state / "beat-schedule"),
            "--loglevel",
            "WARNING",
        ),
        log=layout.log("scheduler"),
        ready=_logged(BEAT_READY),
        env=env,
        cwd=layout.root,
        stop_seconds=10,
    )


def listener(layout: Layout, *, env: dict[str, str]) -> Service:
    """Holds networks' connections open. Nothing is lost without it: channels are polled all the time."""
    return Service(
        name="listener",
        label="listener",
        argv=[str(layout.python), "manage.py", "listen"],
        log=layout.log("listener"),
        ready=_logged(LISTENER_READY),
        env=env,
        cwd=layout.root,
        stop_seconds=10,
    )


def _python(layout: Layout, module: str, *options: str) -> list[str]:
    # `-m` rather than the script in .venv/bin: that one's first line breaks when the checkout is moved.
    return [str(layout.python), "-m", module, *options]


def _logged(pattern: "re.Pattern[str]") -> Callable[[Child], bool]:
    def ready(child: Child) -> bool:
        return bool(pattern.search(child.log_since_start()))

    return ready
