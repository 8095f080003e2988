"""The database crashes, its disk fills up, the way to it is cut, under load: no acknowledged click is lost or sent twice."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from inbox.services.ingest import ingest
from tests.faults.conftest import Ground
from tests.faults.load import CLICKS, load
from tests.faults.scale import OUTAGE_SECONDS
from tests.faults.servers import Database, Wire, using
from tests.faults.stage import make_stage

pytestmark = [pytest.mark.faults]


@pytest.fixture(scope="module")
def database(ground: Ground) -> Iterator[Database]:
    """A durable database of these tests' own."""
    folder = ground.folder / "database"
    folder.mkdir()
    found = Database(folder)
    found.start()
    try:
        found.furnish()
        yield found
    finally:
        found.stop()


def test_f11_no_acknowledged_click_is_lost_when_the_database_crashes(ground: Ground, database: Database, tmp_path: Path) -> None:
    with using(database.app_url), load(ground, tmp_path, "f11", DATABASE_URL=database.app_url) as under:
        for at in (CLICKS // 4, CLICKS // 2):
            under.until_clicked(at)
            before = under.clicked()
            database.crash()
            database.start()
            connection.close()
            under.complain(f"after a crash, {at}")
        under.assert_whole()
        assert under.clicked() > before


def test_f11_what_was_read_is_digested_again_when_the_database_forgets_the_digest(ground: Ground, database: Database) -> None:
    # Digesting does not wait for the disk; what it is made from does (docs/adr/commits.md).
    with using(database.app_url):
        stage = make_stage(ground.network, "f11d")
        stage.connect()
        for number in range(3):
            stage.complain(f"before crash {number}")
            stage.read()
            database.crash()
            database.start()
            connection.close()
            ingest(**stage.ids)
            stage.reckon().assert_whole()


def test_f20_a_full_disk_costs_time_and_no_click(ground: Ground, database: Database, tmp_path: Path) -> None:
    with using(database.app_url), load(ground, tmp_path, "f20", DATABASE_URL=database.app_url) as under:
        under.until_clicked(CLICKS // 4)
        database.fill_the_disk()
        assert database.process is not None
        # It cannot write its log, and Postgres then stops rather than promise anything.
        under.until(lambda: database.process.poll() is not None, seconds=60)  # type: ignore[union-attr]
        before = under.clicked()
        time.sleep(OUTAGE_SECONDS)
        assert under.clicked() == before, "a click was acknowledged that nothing keeps"
        database.start()
        connection.close()
        under.complain("there is room again")
        under.assert_whole()


def test_f19_a_way_to_the_database_that_is_cut_leaves_no_half_reply(ground: Ground, tmp_path: Path) -> None:
    parts = urlsplit(ground.environment["DATABASE_URL"])
    wire = Wire((str(parts.hostname), int(parts.port or 5432)))
    through = wire.led(ground.environment["DATABASE_URL"])
    with contextlib.closing(wire), load(ground, tmp_path, "f19", DATABASE_URL=through) as under:
        under.until_clicked(CLICKS // 4)
        wire.cut()
        time.sleep(OUTAGE_SECONDS)
        wire.mend()
        under.complain("the line is mended")
        under.assert_whole()
