"""A practice network, the product's settings and a process that forks, for the time of one module; the tables are empty after."""

import base64
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from tests.faults.children import Children, children
from tests.flows.product import product_environment
from tests.practice.conftest import Network

#: Short enough for a test, long enough for a busy machine.
TIMES = {
    "RABTA_CALL_SECONDS": "3",
    "RABTA_LEASE_MARGIN_SECONDS": "2",
    # Longer than practice's latest acceptance after we hung up (trouble `late`, 0.9 s).
    "RABTA_SETTLE_SECONDS": "1.5",
    "RABTA_POLL_SECONDS": "0.5",
    "RABTA_UNDO_SECONDS": "0",
    "RABTA_BACKFILL_PAUSE_SECONDS": "0",
    "LOG_LEVEL": "WARNING",
}
#: Rings of keys: the one everything runs with, and the one after a rotation.
_OLD, _FRESH = (f"{name}:{base64.b64encode(os.urandom(32)).decode()}" for name in ("old", "fresh"))
RING, FRESH_RING = f"{_OLD},{_FRESH}", f"{_FRESH},{_OLD}"
#: The database of these tests refuses messages with this word, as it may refuse anything one day.
REFUSED_WORD = "unstorable"


@dataclass
class Ground:
    """Everything a fault test stands on."""

    network: Network
    children: Children
    folder: Path
    environment: dict[str, str]

    def until(self, holds: Callable[[], bool], *, seconds: float = 20.0, forge: Children | None = None) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"it never came to hold:\n{(forge or self.children).tail()}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """For one module: its own practice network, the children, this process on the same settings; a clean database after."""
    folder = tmp_path_factory.mktemp("faults")
    network = Network(folder / "practice", "--no-cast")
    network.start()
    try:
        network.call("PATCH", "/rules", limit_factor=10_000)
        with django_db_blocker.unblock():
            environment = product_environment(network, FIELD_KEYS=RING, **TIMES)
            settings = override_settings(
                PRACTICE_URL=network.base,
                X_API_BASE=network.base,
                X_CLIENT_ID=network.client_id,
                X_CLIENT_SECRET=network.client_secret,
                FIELD_KEYS=RING,
                CALL_SECONDS=float(TIMES["RABTA_CALL_SECONDS"]),
                LEASE_MARGIN_SECONDS=float(TIMES["RABTA_LEASE_MARGIN_SECONDS"]),
                SETTLE_SECONDS=float(TIMES["RABTA_SETTLE_SECONDS"]),
                POLL_SECONDS=float(TIMES["RABTA_POLL_SECONDS"]),
            )
            with settings, _refusing_database(), children(environment, folder / "children.log") as forge:
                yield Ground(network, forge, folder, environment)
            call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)
    finally:
        network.stop()


@contextmanager
def _refusing_database() -> Iterator[None]:
    """A constraint that an item of the network can break; the database's owner makes it and takes it away."""
    owner = psycopg2.connect(os.environ["DATABASE_OWNER_URL"], dbname=connection.settings_dict["NAME"])
    owner.autocommit = True
    try:
        with owner.cursor() as cursor:
            cursor.execute(f"ALTER TABLE inbox_message ADD CONSTRAINT faults_refuse CHECK (body NOT LIKE '%{REFUSED_WORD}%')")
        yield
    finally:
        with owner.cursor() as cursor:
            cursor.execute("ALTER TABLE inbox_message DROP CONSTRAINT faults_refuse")
        owner.close()
