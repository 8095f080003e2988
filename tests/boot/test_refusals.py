"""What stands in the way is told in one line that says what to do; never a stack trace."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.boot.layout import Layout
from config.boot.trouble import Trouble, from_os_error
from tests.boot import standins
from tests.boot.standins import ROOT, environ, manage


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return standins.build(tmp_path)


def refused(said: "subprocess.CompletedProcess[str]") -> str:
    """The one line, after checking that it is one and the exit code is 1."""
    text = said.stdout + said.stderr
    assert said.returncode == 1, text
    assert "Traceback" not in text
    [line] = [line for line in text.splitlines() if "Stopped:" in line]
    return line


@pytest.mark.parametrize(("given", "missing"), [("DATABASE_URL", "DATABASE_OWNER_URL"), ("DATABASE_OWNER_URL", "DATABASE_URL")])
def test_half_a_database_is_refused(layout: Layout, given: str, missing: str) -> None:
    line = refused(manage(layout, "up", **{given: "postgresql://someone@somewhere/db"}))
    assert f"{given} is set but {missing} is missing" in line


def test_a_state_folder_that_is_a_file_is_named(layout: Layout, tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.touch()
    assert f"{file} is a file where a folder is needed" in refused(manage(layout, "up", RABTA_STATE_DIR=str(file)))


@pytest.mark.skipif(sys.platform != "linux", reason="a folder that not even root may write to")
def test_a_state_folder_that_cannot_be_made_is_named(layout: Layout) -> None:
    line = refused(manage(layout, "up", RABTA_STATE_DIR="/sys/rabta"))
    assert "Not allowed to write (/sys/rabta)" in line
    assert "RABTA_STATE_DIR" in line


def test_a_missing_lock_is_named(layout: Layout) -> None:
    (layout.root / "requirements.txt").unlink()
    assert "git checkout requirements.txt" in refused(manage(layout, "up"))


@pytest.fixture(scope="module")
def fresh_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
    return made


@pytest.fixture
def bare(layout: Layout, fresh_venv: Path) -> Layout:
    """The checkout with pip and nothing else in `.venv`."""
    shutil.rmtree(layout.venv)
    shutil.copytree(fresh_venv, layout.venv, symlinks=True)
    return layout


def test_a_registry_that_cannot_be_reached_is_named(bare: Layout) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
    line = refused(manage(bare, "up", HOME=str(bare.root), **nowhere))
    assert "registry cannot be reached" in line
    assert str(bare.log("install")) in line


def test_a_broken_lock_is_named(bare: Layout, tmp_path: Path) -> None:
    # A local index with one package whose contents do not have the locked hash.
    index = tmp_path / "index" / "uv"
    index.mkdir(parents=True)
    (index / "uv-0.13.9-py3-none-any.whl").write_bytes(b"not what was locked")
    (index / "index.html").write_text('<a href="uv-0.13.9-py3-none-any.whl">uv-0.13.9-py3-none-any.whl</a>')
    own = {"PIP_INDEX_URL": f"file://{index.parent}", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
    lock = bare.root / "requirements.txt"
    lock.write_text("uv==0.13.9 --hash=sha256:" + "0" * 64 + "\n")
    line = refused(manage(bare, "up", HOME=str(bare.root), **own))
    assert "The lock file does not match the packages" in line
    assert "git checkout" in line
    lock.write_text("<<<<<<< ours\nuv==0.13.9\n")
    assert "The lock file does not match the packages" in refused(manage(bare, "up", HOME=str(bare.root), **own))


def test_a_python_without_its_venv_module_is_told_the_package(layout: Layout) -> None:
    # Debian splits ensurepip off; a name that maps to None cannot be found by any import.
    empty = layout.venv.rename(layout.venv.with_name("elsewhere"))
    assert empty.exists()
    script = (
        "import sys; sys.modules['ensurepip'] = None; sys.path.insert(0, '.'); "
        "from config.boot.command import main; sys.exit(main(['manage.py', 'up']))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=layout.root, env=environ(), capture_output=True, text=True, check=False
    )
    line = refused(said)
    assert "venv module is incomplete" in line
    assert f"python3.{sys.version_info[1]}-venv" in line


def test_an_old_python_is_told_so_by_a_file_it_can_read() -> None:
    source = (ROOT / "manage.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 4))
    script = f"import sys; sys.version_info = (3, 9, 2); exec(compile({source!r}, 'manage.py', 'exec'))"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert said.stderr.startswith("Rabta needs Python 3.11 or newer and this is 3.9")
    assert len(said.stderr.splitlines()) == 1


def test_too_little_room_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"Only \d+ MB are free at .* and Rabta needs \d+ MB"):
        Layout.require_room(tmp_path, 2**62)


def test_a_disk_that_fills_up_meanwhile_is_told() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this machine has no /dev/full")
    with pytest.raises(OSError, match="No space left") as raised, full.open("wb", buffering=0) as file:
        file.write(b"x")
    assert "The disk is full" in from_os_error(raised.value).line


def test_a_wish_that_contradicts_itself_is_told(layout: Layout) -> None:
    said = manage(layout, "up", "--demo", "--no-demo")
    assert said.returncode == 2
    assert "exclude each other" in said.stderr
    said = manage(layout, "up", "--port", "many")
    assert said.returncode == 2
    assert "--port" in said.stderr
