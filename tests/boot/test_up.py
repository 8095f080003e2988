"""`up`, `down` and `status` as a person uses them, on a checkout whose applications are stand-ins (standins.py)."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from config.boot import ports, runstate, valkey
from config.boot.layout import Layout
from tests.boot import standins
from tests.boot.standins import alive_below, begin, manage, page, pid_of, running, state_of, until

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks at the machine's processes in /proc"),
]


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    """A checkout that each test starts and stops itself; its data is kept from test to test."""
    made = standins.build(tmp_path_factory.mktemp("up"))
    yield made
    manage(made, "down")
    until(lambda: not alive_below(made), what="the end of every process of this checkout")


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Layout, str]]:
    """Another one, that runs throughout, and what was said when it was started from nothing."""
    made = standins.build(tmp_path_factory.mktemp("shared"))
    with running(made) as said:
        yield made, said.stdout
    until(lambda: not alive_below(made), what="the end of every process of this checkout")


@pytest.fixture
def instance(started: tuple[Layout, str]) -> Layout:
    return started[0]


def starts(layout: Layout) -> int:
    """How often `prepare` ran against this database: tells that data was kept."""
    urls = json.loads(layout.environment_file.read_text())
    with psycopg2.connect(urls["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM starts")
        return int(cursor.fetchone()[0])


def test_it_goes_from_nothing_to_the_first_page_and_says_where(started: tuple[Layout, str]) -> None:
    layout, said = started
    state = state_of(layout)
    assert page(layout) == 200
    for shown in (state.url, state.practice_url, "ada@acme.test", "open sesame", "python3 manage.py down"):
        assert shown in said
    names = [process.name for process in state.processes]
    assert names == ["postgres", "valkey", "practice", "web", "worker", "scheduler", "listener"]
    for step in ("Python environment", "Database", "Message broker", "Practice network", "Tables and demo data"):
        assert f"✓ {step}" in said
    urls = json.loads(layout.environment_file.read_text())
    assert state.url == urls["RABTA_BASE_URL"]
    assert urls["RABTA_EMBEDDED"] == "1"
    assert urls["X_API_BASE"] == urls["PRACTICE_URL"] == state.practice_url
    assert urls["EMAIL_IMAP_BASE"].startswith("imap://127.0.0.1:")
    assert urls["EMAIL_SMTP_BASE"].startswith("smtp://127.0.0.1:")


def test_secrets_and_state_are_readable_by_their_owner_alone(instance: Layout) -> None:
    assert instance.state.stat().st_mode & 0o777 == 0o700
    files = (instance.secrets_file, instance.environment_file, instance.run_file)
    for secret in (*files, instance.state / "valkey" / "valkey.conf"):
        assert secret.stat().st_mode & 0o777 == 0o600, secret
    keys = json.loads(instance.secrets_file.read_text())
    seen = alive_below(instance)
    assert len(seen) > 6
    for process in seen:
        assert not [name for name, value in keys.items() if value in process], process


def test_servers_listen_on_loopback_alone_and_ask_for_a_password(instance: Layout) -> None:
    port = next(process.port for process in state_of(instance).processes if process.name == "postgres")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(host="127.0.0.1", port=port, user="rabta_app", password="wrong", dbname="rabta")
    listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    rows = [line.split() for line in listening.splitlines() if ":" in line]
    for process in state_of(instance).processes:
        if process.port:
            where = {row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{process.port:04X}")}
            assert where == {f"0100007F:{process.port:04X}"}, process.name
            if process.name == "valkey":
                assert not valkey.answers(process.port, "wrong")


def test_up_on_a_running_instance_says_so_and_changes_nothing(instance: Layout) -> None:
    before = state_of(instance)
    for words in (("up",), ("up", "--detach")):
        said = manage(instance, *words)
        assert said.returncode == 0
        assert "already running" in said.stdout
        assert before.url in said.stdout
    assert [p.pid for p in state_of(instance).processes] == [p.pid for p in before.processes]


def test_status_tells_what_runs_and_down_is_content_with_nothing(instance: Layout, tmp_path: Path) -> None:
    said = manage(instance, "status")
    assert said.returncode == 0
    for name in ("postgres", "valkey", "practice", "web", "worker", "scheduler", "listener"):
        assert any(line.split()[:2] == [name, "running"] for line in said.stdout.splitlines()), name
    said = manage(instance, "status", RABTA_STATE_DIR=str(tmp_path))
    assert (said.returncode, "not running" in said.stdout) == (3, True)
    said = manage(instance, "down", RABTA_STATE_DIR=str(tmp_path))
    assert (said.returncode, "not running" in said.stdout) == (0, True)
    assert page(instance) == 200


@pytest.mark.parametrize(("words", "code"), [(("down", "--help"), 0), (("down", "now"), 2), (("status", "--help"), 0)])
def test_asking_how_does_nothing(instance: Layout, words: tuple[str, ...], code: int) -> None:
    before = [p.pid for p in state_of(instance).processes]
    said = manage(instance, *words)
    assert said.returncode == code
    assert "usage: manage.py" in said.stdout + said.stderr
    assert [p.pid for p in state_of(instance).processes] == before
    assert page(instance) == 200


def test_other_commands_get_the_running_instances_environment(instance: Layout, tmp_path: Path) -> None:
    said = manage(instance, "show")
    assert said.returncode == 0, said.stderr
    seen = json.loads(said.stdout)
    recorded = json.loads(instance.environment_file.read_text())
    assert {name: seen.get(name) for name in recorded} == recorded
    own = dict.fromkeys(("DATABASE_URL", "DATABASE_OWNER_URL"), "postgresql://a@b/c")
    seen = json.loads(manage(instance, "show", SECRET_KEY="own", **own).stdout)
    assert seen["DATABASE_URL"] == own["DATABASE_URL"]
    assert "RABTA_EMBEDDED" not in seen
    shutil.copy(instance.environment_file, tmp_path)
    elsewhere = manage(instance, "show", RABTA_STATE_DIR=str(tmp_path))
    assert "Rabta is not running" in elsewhere.stderr


def test_taken_ports_lead_to_the_next_free_ones(layout: Layout) -> None:
    held = []
    for port in (8420, 8421):
        holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind(("127.0.0.1", port))
            holder.listen()
        except OSError:
            pass  # somebody else on this machine has taken it for us
        held.append(holder)
    try:
        with running(layout):
            state = state_of(layout)
            used = {int(url.rsplit(":", 1)[1]) for url in (state.url, state.practice_url)}
            assert len(used) == 2
            assert used.isdisjoint({8420, 8421})
            assert page(layout) == 200
    finally:
        for holder in held:
            holder.close()


@pytest.mark.parametrize("name", ["practice", "web"])
def test_a_port_lost_at_the_last_moment_is_replaced(layout: Layout, tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with running(layout, SQUAT=str(tmp_path)) as said:
        squatter, lost = (int(word) for word in (tmp_path / f"{name}.squatter").read_text().split())
        try:
            assert f"Port {lost} was taken by another program just now" in said.stdout
            state = state_of(layout)
            assert str(lost) not in state.url + state.practice_url
            assert page(layout) == 200
            assert [process.name for process in state.processes].count(name) == 1
            assert json.loads(layout.environment_file.read_text())["PRACTICE_URL"] == state.practice_url
        finally:
            os.kill(squatter, signal.SIGKILL)


def test_a_wished_port_lost_at_the_last_moment_is_told(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "web").touch()
    wished = ports.any_free()
    ports._promised.pop(wished).close()
    said = manage(layout, "up", "--port", str(wished), SQUAT=str(tmp_path))
    os.kill(int((tmp_path / "web.squatter").read_text().split()[0]), signal.SIGKILL)
    assert said.returncode == 1
    assert f"Port {wished} was taken by another program just now" in said.stdout
    until(lambda: not alive_below(layout), what="the end of whoever took the port, and of all else")


@pytest.mark.parametrize("name", ["postgres", "valkey", "practice", "web", "worker", "scheduler", "listener"])
def test_any_killed_process_is_started_again(instance: Layout, name: str) -> None:
    first = pid_of(instance, name)
    os.kill(first, signal.SIGKILL)
    until(
        lambda: [p for p in state_of(instance).processes if p.name == name and p.pid != first and p.state == "running"],
        seconds=30,
        what=f"{name} running again",
    )
    assert page(instance) == 200
    assert starts(instance) > 0


def test_nothing_is_left_of_a_killed_instance_and_the_next_start_is_clean(layout: Layout) -> None:
    with running(layout):
        before = starts(layout)
        os.kill(state_of(layout).pid, signal.SIGKILL)
        until(lambda: not alive_below(layout), what="the end of everything it had started")
        assert manage(layout, "status").returncode == 3
    with running(layout):
        assert page(layout) == 200
        assert starts(layout) == before + 1


def test_a_number_taken_by_another_process_after_a_reboot_does_not_stop_the_database(layout: Layout) -> None:
    with running(layout):
        pass
    other = subprocess.Popen(["sleep", "600"])
    (layout.state / "postgres" / "postmaster.pid").write_text(f"{other.pid}\n{layout.state / 'postgres'}\n1\n")
    with running(layout):
        assert page(layout) == 200
    assert other.poll() is None
    other.kill()
    other.wait()


def test_ctrl_c_stops_everything_in_order(layout: Layout) -> None:
    process = begin(layout, "up")
    try:
        until(lambda: (found := runstate.running(layout)) is not None and found.ready, seconds=40, what="being ready")
    finally:
        process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in said
    stopping = said[said.index(" Stopping") :]
    order = ["web server", "worker", "scheduler", "listener", "practice network", "message broker", "database"]
    assert [line.strip().split(":")[0] for line in stopping.splitlines()[1:] if ": stopped" in line] == order
    assert not alive_below(layout)


def test_a_stop_in_the_middle_of_starting_leaves_nothing(layout: Layout) -> None:
    process = begin(layout, "up")
    until(lambda: (found := runstate.running(layout)) is not None and found.processes, what="the first server")
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert "Traceback" not in said
    assert not alive_below(layout)


def test_a_failing_step_shows_the_end_of_its_log_and_one_line(layout: Layout) -> None:
    (layout.state / "fail").touch()
    try:
        said = manage(layout, "up", "--detach")
    finally:
        (layout.state / "fail").unlink()
    assert said.returncode == 1
    assert "RuntimeError: prepare was told to fail" in said.stdout  # what the trace ends with, and only that
    assert f"`prepare` failed: see {layout.log('prepare')}" in said.stdout
    assert "Traceback" not in said.stdout + said.stderr
    assert not alive_below(layout)


def test_a_vanished_keyring_is_named_before_anything_is_made_over_the_data(layout: Layout) -> None:
    with running(layout):
        pass
    kept = layout.secrets_file.read_bytes()
    layout.secrets_file.unlink()
    try:
        said = manage(layout, "up", "--detach")
        assert said.returncode == 1
        assert "the database it opens is still there" in said.stdout
        layout.secrets_file.write_text('{"secret_key": ')
        said = manage(layout, "up", "--detach")
        assert said.returncode == 1
        assert "is damaged" in said.stdout
    finally:
        layout.secrets_file.write_bytes(kept)
    assert not alive_below(layout)
