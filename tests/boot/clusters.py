"""A Postgres of a test's own, with nothing in it."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from config.boot import plan, ports, postgres
from config.boot.supervisor import Supervisor
from tests.boot.standins import ROOT, environ

SECRET = "cluster-secret"
PACKAGES = Path(sys.prefix) / "lib" / f"python3.{sys.version_info[1]}" / "site-packages"


@dataclass
class Cluster:
    """A running server. Once roles are made their passwords are `owner-secret` and `app-secret`."""

    port: int
    binaries: postgres.Binaries

    def url(self, user: str, password: str, database: str = "rabta") -> str:
        return postgres.url(user, password, self.port, database)

    def ask(self, question: str, *, user: str = postgres.SUPERUSER, password: str = SECRET, database: str = "rabta") -> list[Any]:
        """The rows that `question` answers, in a transaction of its own."""
        with psycopg2.connect(self.url(user, password, database)) as connection, connection.cursor() as cursor:
            cursor.execute(question)
            return list(cursor.fetchall()) if cursor.description else []

    def make_roles(self) -> None:
        """Run config/boot/roles.py as `up` does."""
        env = {
            "CLUSTER_URL": self.url(postgres.SUPERUSER, SECRET, "postgres"),
            "DATABASE_OWNER_URL": self.url("rabta_owner", "owner-secret"),
            "DATABASE_URL": self.url("rabta_app", "app-secret"),
        }
        program = [sys.executable, "-P", str(ROOT / "config/boot/roles.py")]
        subprocess.run(program, env=plan.process_environment(env, environ()), check=True)


@contextmanager
def throw_away_cluster() -> Iterator[Cluster]:
    """Start one in a folder with a space in its name; gone with the block."""
    with tempfile.TemporaryDirectory(prefix="rabta roles ") as name:
        folder = Path(name)
        folder.chmod(0o711)
        binaries = postgres.find(PACKAGES, fallback_home=folder / "home")
        data = postgres.data_folder(binaries, folder / "data", fallback_home=folder / "home")
        boss = Supervisor(report=lambda line: None, changed=lambda children: None)
        log = folder / "log"
        try:
            postgres.init(binaries, data, password=SECRET, durable=False, log=log)
            made = Cluster(ports.any_free(), binaries)
            service = postgres.service(binaries, data, port=made.port, durable=False, log=log)
            boss.wait_ready(boss.start(service), tick=lambda: None)
            yield made
        finally:
            boss.stop(groups=[["postgres"]])
