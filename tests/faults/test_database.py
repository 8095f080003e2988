"""F11: a database that restarts at once, under load, twice. No acknowledged click is lost, nothing is sent twice.

The database is this test's own, and a durable one: that of the other tests forgets what a crash interrupts.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connection

from accounts.services.tokens import create_token
from config.boot import environment, keyring, postgres, processes
from config.boot.layout import Layout
from tests.faults.children import ROOT, children
from tests.faults.conftest import Ground
from tests.faults.stage import Stage, make_stage
from tests.flows.product import Product
from tests.practice.conftest import free_port

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("database")]

CLICKS = 30
LOAD_SECONDS = 45.0


class Server:
    """A Postgres of one's own, with both roles and all tables."""

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
        deadline = time.monotonic() + 60
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

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.crash()


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


def test_f11_no_acknowledged_click_is_lost_when_the_database_crashes(ground: Ground, tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    try:
        server.furnish()
        port = free_port()
        own = {**ground.environment, "DATABASE_URL": server.app_url, "RABTA_BASE_URL": f"http://localhost:{port}"}
        pages = Product(own, port, tmp_path)
        with using(server.app_url), children(own, tmp_path / "children.log") as forge, contextlib.closing(pages):
            pages.start("web")
            stages = [make_stage(ground.network, name) for name in ("f11a", "f11b")]
            places = [furnished(stage, pages.base, tmp_path) for stage in stages]
            pids = [
                forge.start("click_on", **place, name=stage.name, number=CLICKS, seconds=LOAD_SECONDS)
                for stage, place in zip(stages, places, strict=True)
            ]
            workers = [forge.start("toil", seconds=2 * LOAD_SECONDS, until=str(tmp_path / "enough")) for _ in range(2)]
            for at in (CLICKS // 4, CLICKS // 2):
                ground.until(lambda at=at: clicked(places) >= at, seconds=LOAD_SECONDS, forge=forge)  # type: ignore[misc]
                before = clicked(places)
                server.crash()
                server.start()
                for stage in stages:
                    stage.complain(f"after a crash, {at}")
            assert [forge.wait(pid) for pid in pids] == [0, 0], forge.tail()
            assert clicked(places) == 2 * CLICKS > before
            (tmp_path / "enough").touch()
            assert [forge.wait(pid) for pid in workers] == [0, 0], forge.tail()
            connection.close()
            ground.until(lambda: rested(forge, stages), seconds=60, forge=forge)
            for stage in stages:
                stage.replies = [f"Answer {turn} of {stage.name}." for turn in range(CLICKS)]
                stage.reckon().assert_whole()
    finally:
        server.stop()


def furnished(stage: Stage, base: str, folder: Path) -> dict[str, str]:
    """A connected channel with one conversation; where and how clicks are sent, and where they are written down."""
    stage.connect()
    stage.complain("my parcel is late")
    stage.read()
    _row, token = create_token(by=stage.member, name="Faults")
    return {"url": base + stage.messages_url(), "token": token, "acknowledged": str(folder / f"{stage.name}.txt")}


def clicked(places: list[dict[str, str]]) -> int:
    """How many clicks were acknowledged by now."""
    files = [Path(place["acknowledged"]) for place in places]
    return sum(len(file.read_text("utf-8").splitlines()) for file in files if file.exists())


def rested(forge: Any, stages: list[Stage]) -> bool:
    """One more round, and whether everything rests after it."""
    try:
        forge.must("work")
        return not any(stage.unsettled() for stage in stages)
    except OperationalError:
        connection.close()
        return False
