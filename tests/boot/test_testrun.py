"""`test` brings its own servers, takes them away whatever happens, and passes pytest's verdict on."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.boot import runstate, testrun
from config.boot.layout import Layout
from tests.boot import standins
from tests.boot.standins import alive_below, begin, manage, running, until

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks at the machine's processes in /proc"),
]

#: A test suite of one file. It leaves what it saw in a folder outside.
SUITE = """
import json, os, pathlib, time
import psycopg2
SEEN = pathlib.Path(os.environ["SEEN"])
def test_sees():
    SEEN.joinpath("environment").write_text(json.dumps(dict(os.environ)))
    maintenance = psycopg2.connect(os.environ["DATABASE_OWNER_URL"])
    maintenance.autocommit = True
    name = f"own_{os.getpid()}"
    maintenance.cursor().execute(f"CREATE DATABASE {name}")
    own = os.environ["DATABASE_OWNER_URL"].rsplit("/", 1)[0] + "/" + name
    with psycopg2.connect(own) as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE word (text citext)")
    app = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + "/" + name
    with psycopg2.connect(app) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO word VALUES ('a') RETURNING text")
        assert cursor.fetchone() == ("a",)
def test_fails():
    assert os.environ.get("SHOULD") != "fail"
def test_hangs():
    if os.environ.get("SHOULD") == "hang":
        SEEN.joinpath("hanging").touch()
        time.sleep(600)
"""


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    made = standins.build(tmp_path_factory.mktemp("test"))
    (made.root / "tests" / "test_suite.py").write_text(SUITE, encoding="utf-8")
    return made


@pytest.fixture
def seen(tmp_path: Path, layout: Layout) -> Iterator[dict[str, str]]:
    """The environment for a run: folders for temporary things and for what was seen, and some browser."""
    (tmp_path / "temporary").mkdir()
    browser = os.environ.get("RABTA_CHROMIUM", sys.executable)
    yield {
        "SEEN": str(tmp_path),
        "TMPDIR": str(tmp_path / "temporary"),
        "RABTA_CHROMIUM": browser,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # seconds a run
    }
    until(lambda: not alive_below(layout), what="the end of every process of this checkout")
    left = [path.name for path in (tmp_path / "temporary").iterdir() if path.name.startswith(testrun.PREFIX)]
    assert left == []


PLAIN = ("-p", "xdist", "-n0", "-q", "-p", "no:cacheprovider")


def test_a_run_that_passes(layout: Layout, seen: dict[str, str]) -> None:
    said = manage(layout, "test", *PLAIN, **seen)
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.strip().splitlines()[-1].startswith("3 passed")
    environment = json.loads(Path(seen["SEEN"], "environment").read_text())
    assert environment["RABTA_TEST"] == "1"
    assert environment["RABTA_CHROMIUM"] == seen["RABTA_CHROMIUM"]
    assert environment["REDIS_URL"].startswith("redis://:")
    assert environment["RABTA_STATE_DIR"] != str(layout.state)


def test_a_run_that_fails_passes_the_verdict_on(layout: Layout, seen: dict[str, str]) -> None:
    said = manage(layout, "test", *PLAIN, SHOULD="fail", **seen)
    assert said.returncode == 1
    assert said.stdout.strip().splitlines()[-1].startswith("1 failed, 2 passed")


def test_a_run_without_tests_is_no_success(layout: Layout, seen: dict[str, str]) -> None:
    assert manage(layout, "test", *PLAIN, "-k", "nothing_of_that_name", **seen).returncode == 5


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_cleans_up(layout: Layout, seen: dict[str, str], sign: signal.Signals) -> None:
    process = begin(layout, "test", *PLAIN, SHOULD="hang", **seen)
    until(Path(seen["SEEN"], "hanging").exists, seconds=40, what="the hanging test")
    process.send_signal(sign)
    said, _ = process.communicate(timeout=40)
    assert process.returncode != 0
    assert "Traceback (most recent call last)" not in said


def test_a_killed_run_is_cleaned_up_by_the_next_one(layout: Layout, seen: dict[str, str]) -> None:
    process = begin(layout, "test", *PLAIN, SHOULD="hang", **seen)
    until(Path(seen["SEEN"], "hanging").exists, seconds=40, what="the hanging test")
    process.kill()
    process.communicate(timeout=20)
    until(lambda: not alive_below(layout), what="the end of what the killed run had started")
    temporary = Path(seen["TMPDIR"])
    assert any(path.name.startswith(testrun.PREFIX) for path in temporary.iterdir())
    assert manage(layout, "test", *PLAIN, "-k", "test_fails", **seen).returncode == 0


def test_it_does_not_touch_a_running_instance(layout: Layout, seen: dict[str, str]) -> None:
    with running(layout):
        before = runstate.running(layout)
        assert manage(layout, "test", *PLAIN, **seen).returncode == 0
        environment = json.loads(Path(seen["SEEN"], "environment").read_text())
        ours = json.loads(layout.environment_file.read_text())
        for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_KEYS"):
            assert environment[name] != ours[name]
        assert runstate.running(layout) == before


def test_a_browser_that_cannot_be_run_is_named(layout: Layout, seen: dict[str, str]) -> None:
    said = manage(layout, "test", **(seen | {"RABTA_CHROMIUM": "/nowhere/chromium"}))
    assert said.returncode == 1
    assert "RABTA_CHROMIUM names /nowhere/chromium, which cannot be run" in said.stdout
