"""The whole product for a test: web, worker and scheduler as processes of their own, on this test's database and practice network.

Nothing is shared with another pytest worker: the database is this worker's, the Valkey database and the names of pushes are the
product's own, ports are free ones. Processes die with pytest.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis

from config.boot import processes, services
from tests.practice.conftest import Network, free_port

ROOT = Path(__file__).resolve().parents[2]
#: Valkey has sixteen databases; pytest workers count from the first, their products from the last.
LAST_DATABASE = 15
READY_SECONDS = 60.0


def product_environment(network: Network, *, port: int | None = None, **more: str) -> dict[str, str]:
    """What a process of the product needs to work on this test's database, Valkey and practice network."""
    from django.db import connection

    place = connection.settings_dict
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"postgresql://{place['USER']}:{place['PASSWORD']}@{place['HOST']}:{place['PORT']}/{place['NAME']}",
        "RABTA_DB_ROLE": "app",
        "REDIS_URL": os.environ["RABTA_TEST_REDIS_URL"],
        "PRACTICE_URL": network.base,
        "X_API_BASE": network.base,
        "MASTODON_API_BASE": network.base,
        "X_CLIENT_ID": network.client_id,
        "X_CLIENT_SECRET": network.client_secret,
        "RABTA_BASE_URL": f"http://localhost:{port or 8420}",
        "LOG_LEVEL": "WARNING",
        **more,
    }


def own_valkey() -> dict[str, str]:
    """A Valkey database and names of pushes that no other pytest worker uses."""
    parts = urlsplit(os.environ["RABTA_TEST_REDIS_URL"])
    number = LAST_DATABASE - int(parts.path.removeprefix("/"))
    return {"REDIS_URL": urlunsplit(parts._replace(path=f"/{number}")), "RABTA_PUSH_PREFIX": f"rabta-product-{number}"}


class Product:
    """The processes, by name: `web`, `worker`, `scheduler`, or another one of their kind."""

    def __init__(self, environment: Mapping[str, str], port: int, folder: Path) -> None:
        self.environment = {**os.environ, **environment}
        self.port = port
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def base(self) -> str:
        return self.environment["RABTA_BASE_URL"]

    def start(self, name: str, *, like: str = "") -> None:
        """Start a process and wait until it is ready. `like` says which kind it is when the name does not."""
        said, ready = self.begin(name, like=like)
        deadline = time.monotonic() + READY_SECONDS
        while not ready((self.folder / f"{name}.log").read_bytes()[said:].decode(errors="replace")):
            alive = self.running[name].poll() is None
            assert alive, f"{name} ended at once:\n{self.tail(name)}"
            assert time.monotonic() < deadline, f"{name} did not become ready:\n{self.tail(name)}"
            time.sleep(0.05)

    def begin(self, name: str, *, like: str = "") -> tuple[int, Callable[[str], bool]]:
        """Start a process. Returns how long its log was before, and what tells from the rest of it that it is ready."""
        argv, ready = self._kind(like or name, name)
        log = self.folder / f"{name}.log"
        said = log.stat().st_size if log.exists() else 0
        with log.open("ab") as stream:
            self.running[name] = processes.launch(
                [sys.executable, "-m", *argv], env=self.environment, cwd=ROOT, stdout=stream, stderr=stream
            )
        return said, ready

    def kill(self, name: str) -> None:
        """End a process and all it started with SIGKILL."""
        process = self.running.pop(name)
        processes.kill_group(process.pid)
        process.wait(timeout=10)

    def end(self, *names: str) -> None:
        """Stop these in order, all at once; what does not go is killed."""
        for name in names:
            self.running[name].send_signal(signal.SIGTERM)
        for name in names:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.running[name].wait(timeout=15)
            self.kill(name)

    def close(self) -> None:
        """Stop everything. Nothing stays."""
        self.end(*(name for name in ("scheduler", "worker", "web") if name in self.running), *self._others())

    def _others(self) -> list[str]:
        return [name for name in self.running if name not in ("scheduler", "worker", "web")]

    def pool(self) -> list[int]:
        """Ids of the worker's children, which do the jobs."""
        pid = self.running["worker"].pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]

    def flush(self) -> None:
        """Forget everything that lies in the product's Valkey database."""
        client = redis.Redis.from_url(self.environment["REDIS_URL"])
        client.flushdb()
        client.close()

    def tail(self, name: str) -> str:
        """The end of what a process wrote."""
        return (self.folder / f"{name}.log").read_text("utf-8", errors="replace")[-3000:]

    def _kind(self, kind: str, name: str) -> tuple[list[str], Callable[[str], bool]]:
        """The command after `python -m`, and what tells from its log that it is ready."""
        if kind == "web":
            return ["config.server", "--port", str(self.port)], lambda _: services.answers(self.port, "/healthz")
        if kind == "listener":
            return ["manage", "listen"], _said(services.LISTENER_READY)
        celery = ["celery", "-A", "config"]
        if kind == "worker":
            options = ["--concurrency", "2", "--queues", services.QUEUES, "--without-gossip", "--without-mingle"]
            return [*celery, "worker", *options, "--hostname", f"{name}@test", "--loglevel", "INFO"], _said(services.WORKER_READY)
        schedule = str(self.folder / f"{name}-schedule")
        return [*celery, "beat", "--schedule", schedule, "--pidfile", "", "--loglevel", "INFO"], _said(services.BEAT_READY)


def _said(pattern: "re.Pattern[str]") -> Callable[[str], bool]:
    return lambda log: bool(pattern.search(log))


@contextlib.contextmanager
def product(network: Network, folder: Path, **more: str) -> Iterator[Product]:
    """The whole product, ready; always stopped."""
    port = free_port()
    environment = product_environment(network, port=port, **own_valkey(), **more)
    found = Product(environment, port, folder)
    found.flush()
    try:
        for name in ("web", "worker", "scheduler"):
            found.start(name)
        yield found
    finally:
        found.close()
        found.flush()
