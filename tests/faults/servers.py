"""Servers of a fault's own, to crash, to fill up, to cut off: a durable Postgres, a Valkey, a wire that can be cut."""

import contextlib
import os
import resource
import secrets
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from config.boot import environment, keyring, postgres, processes, valkey
from config.boot.layout import Layout
from tests.faults.children import ROOT
from tests.practice.conftest import free_port

START_SECONDS = 60.0


class Database:
    """A Postgres with both roles and all tables, durable: that of the other tests forgets what a crash interrupts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "postgres.log"
        self.port = free_port()
        keys = keyring.Keyring.random()
        self.binaries = postgres.find(environment.site_packages(Layout.of_checkout()), fallback_home=folder / "reachable")
        if self.binaries.identity.startswith("dropped"):
            folder.chmod(0o711)
        self.data = postgres.data_folder(self.binaries, folder / "data", fallback_home=folder / "reachable")
        postgres.init(self.binaries, self.data, password=keys.cluster_password, durable=True, log=self.log)
        self.cluster_url = postgres.url(postgres.SUPERUSER, keys.cluster_password, self.port, "postgres")
        self.app_url = postgres.url("rabta_app", keys.app_password, self.port)
        self.owner_url = postgres.url("rabta_owner", keys.owner_password, self.port)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, or start again after a crash, and wait until connections are taken."""
        postgres.forget_the_dead(self.data)
        service = postgres.service(self.binaries, self.data, port=self.port, durable=True, log=self.log)
        with self.log.open("ab") as log:
            self.process = processes.launch(service.argv, identity=service.identity, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not service.ready(None):  # type: ignore[arg-type]
            assert time.monotonic() < deadline, self.log.read_text("utf-8")[-2000:]
            time.sleep(0.05)

    def furnish(self) -> None:
        """Roles, database and tables, as the boot makes them."""
        names = {"CLUSTER_URL": self.cluster_url, "DATABASE_URL": self.app_url, "DATABASE_OWNER_URL": self.owner_url}
        for command in (["config/boot/roles.py"], ["manage.py", "migrate", "--verbosity", "0"]):
            subprocess.run(
                [sys.executable, "-P", *command] if command[0].startswith("config") else [sys.executable, *command],
                cwd=ROOT, env={**os.environ, **names, "RABTA_BOOTED": "1"}, check=True,
            )  # fmt: skip

    def crash(self) -> None:
        """An immediate shutdown: no checkpoint, no goodbye (pg_ctl -m immediate)."""
        assert self.process is not None
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=20)

    def fill_the_disk(self) -> None:
        """From here on no file of the server's grows. Postgres ignores SIGXFSZ, so that this is like a full disk (postmaster.c)."""
        for pid in self._pids():
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))

    def stop(self) -> None:
        """End whatever is left of it."""
        if self.process is not None and self.process.poll() is None:
            self.crash()

    def _pids(self) -> list[int]:
        assert self.process is not None
        found = [self.process.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                found += [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
        return found


class Broker:
    """A Valkey that keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.password = secrets.token_hex(8)
        self.url = valkey.url(self.password, self.port)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, empty, and wait until it answers."""
        program = valkey.find(environment.site_packages(Layout.of_checkout()))
        log = self.folder / "valkey.log"
        service = valkey.service(
            program, self.folder / "valkey", port=self.port, password=self.password, durable=False, log=log
        )
        with log.open("ab") as stream:
            self.process = processes.launch(service.argv, stdout=stream, stderr=stream)
        deadline = time.monotonic() + START_SECONDS
        while not valkey.answers(self.port, self.password):
            assert time.monotonic() < deadline, log.read_text("utf-8")[-2000:]
            time.sleep(0.05)

    def stop(self) -> None:
        """End it with SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=10)
            self.process = None


class Wire:
    """A TCP proxy to a server. Cut, it swallows every byte without a word, as a dead link does; mended, it hangs up on all."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self._cut = threading.Event()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def led(self, url: str) -> str:
        """The same address through this wire."""
        parts = urlsplit(url)
        return urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{self.port}"))

    def cut(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self._cut.set()

    def mend(self) -> None:
        """Whoever was connected meanwhile is hung up on; new connections pass."""
        self._cut.clear()
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.mend()
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self.listener.accept()
                far = socket.create_connection(self.target)
            except OSError:
                if self.listener.fileno() < 0:
                    return
                continue
            self._pairs.append((near, far))
            threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with near, far, selectors.DefaultSelector() as ready, contextlib.suppress(OSError):
            ready.register(near, selectors.EVENT_READ, far)
            ready.register(far, selectors.EVENT_READ, near)
            while True:
                for key, _events in ready.select():
                    assert isinstance(key.fileobj, socket.socket)
                    if not (piece := key.fileobj.recv(65536)):
                        return
                    if not self._cut.is_set():
                        key.data.sendall(piece)


@contextlib.contextmanager
def using(url: str) -> Iterator[None]:
    """Let this process's own queries go to another database for a while."""
    parts = urlsplit(url)
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(
        HOST=parts.hostname, PORT=parts.port, NAME=parts.path[1:], USER=parts.username, PASSWORD=parts.password
    )
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
