"""DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL switch the embedded servers off, and demo and practice with them."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.boot import ports, runstate, valkey
from config.boot.layout import Layout
from config.boot.supervisor import Supervisor
from tests.boot import standins
from tests.boot.clusters import PACKAGES, throw_away_cluster
from tests.boot.standins import alive_below, manage, running, until

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks at the machine's processes in /proc"),
]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The addresses of a Postgres and a Valkey that are not ours."""
    folder = tmp_path_factory.mktemp("outside valkey")
    boss = Supervisor(report=lambda line: None, changed=lambda children: None)
    port = ports.any_free()
    with throw_away_cluster() as cluster:
        cluster.make_roles()
        service = valkey.service(valkey.find(PACKAGES), folder, port=port, password="outside", durable=False, log=folder / "log")
        try:
            boss.wait_ready(boss.start(service), tick=lambda: None)
            yield {
                "DATABASE_URL": cluster.url("rabta_app", "app-secret"),
                "DATABASE_OWNER_URL": cluster.url("rabta_owner", "owner-secret"),
                "REDIS_URL": valkey.url("outside", port),
            }
        finally:
            boss.stop(groups=[["valkey"]])


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    made = standins.build(tmp_path)
    yield made
    until(lambda: not alive_below(made), what="the end of every process of this checkout")


def names(layout: Layout) -> list[str]:
    state = runstate.running(layout)
    assert state is not None
    return [process.name for process in state.processes]


def test_all_of_them_given_nothing_embedded_runs_and_no_demo(layout: Layout, servers: dict[str, str]) -> None:
    with running(layout, **servers) as said:
        assert names(layout) == ["web", "worker", "scheduler", "listener"]
        assert "Practice network" not in said.stdout
        assert not layout.demo_logins.exists()
        given = json.loads(layout.environment_file.read_text())
        assert {name: given[name] for name in servers} == servers
        assert given["RABTA_EMBEDDED"] == "0"
        assert not [name for name in given if name.startswith("PRACTICE_") or name.endswith("_BASE")]
        assert not (layout.state / "postgres").exists()


def test_demo_and_practice_come_when_asked_for_by_name(layout: Layout, servers: dict[str, str]) -> None:
    with running(layout, "--demo", **servers) as said:
        assert names(layout) == ["practice", "web", "worker", "scheduler", "listener"]
        assert "Practice network" in said.stdout
        assert "ada@acme.test" in said.stdout


def test_a_broker_alone_leaves_the_database_embedded_but_no_demo(layout: Layout, servers: dict[str, str]) -> None:
    with running(layout, REDIS_URL=servers["REDIS_URL"]):
        assert names(layout) == ["postgres", "web", "worker", "scheduler", "listener"]
        assert json.loads(layout.environment_file.read_text())["RABTA_EMBEDDED"] == "0"
        assert not layout.demo_logins.exists()


def test_own_secrets_win(layout: Layout, servers: dict[str, str]) -> None:
    own = {"SECRET_KEY": "own-secret", "FIELD_KEYS": "k9:own", "RABTA_BASE_URL": "https://support.example.org"}
    with running(layout, **servers, **own) as said:
        given = json.loads(layout.environment_file.read_text())
        assert {name: given[name] for name in own} == own
        assert "https://support.example.org" in said.stdout


def test_servers_that_do_not_answer_are_told(layout: Layout, servers: dict[str, str]) -> None:
    nowhere = f"postgresql://rabta_owner:x@127.0.0.1:{ports.any_free()}/rabta"
    said = manage(layout, "up", **(servers | {"DATABASE_OWNER_URL": nowhere}))
    assert said.returncode == 1
    assert "Connection refused" in said.stdout
    assert "`prepare` failed" in said.stdout
