"""The tools that watch the code find nothing: layers of rooms, lint, types, migrations. Each is also shown to find something."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(sysconfig.get_path("scripts"))


def run(*command: str, cwd: Path = ROOT, **environment: str) -> tuple[int, str]:
    """Run a tool; its code and everything it said."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, done.stdout + done.stderr


def tool(name: str) -> str:
    """A tool of this environment, whatever the path says."""
    return str(SCRIPTS / name)


def test_rooms_import_only_what_lies_nearer_the_ground() -> None:
    code, said = run(tool("lint-imports"), "--no-cache")
    assert code == 0, said
    assert "0 broken" in said


def test_the_contract_notices_a_step_up(tmp_path: Path) -> None:
    """The same contract over three rooms of which the lowest looks up."""
    for room, text in {"core": "import inbox\n", "social": "import core\n", "inbox": "import social\n"}.items():
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text(text)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.importlinter]\nroot_packages = ["core", "social", "inbox"]\n'
        '[[tool.importlinter.contracts]]\nname = "Rooms"\ntype = "layers"\nlayers = ["inbox", "social", "core"]\n'
    )
    code, said = run(tool("lint-imports"), "--no-cache", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert code == 1, said
    assert "core is not allowed to import inbox" in said


def test_every_room_stands_in_the_contract() -> None:
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    here = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert here == set(contracts["root_packages"])
    rooms = next(contract for contract in contracts["contracts"] if contract["name"].startswith("Rooms"))
    assert set(rooms["layers"]) == here - {"practice"}
    assert rooms.get("ignore_imports", []) == []


def test_ruff_finds_nothing() -> None:
    code, said = run(tool("ruff"), "check", "--no-cache", "--output-format", "concise", ".")
    assert code == 0, said


def test_ruff_looks_at_what_matters(tmp_path: Path) -> None:
    """A file with what trusted code must not hold, under our own settings."""
    bad = tmp_path / "bad.py"
    bad.write_text("import os, requests\nprint(eval('1'))  # TODO later\nrequests.get('http://a', verify=False)\n")
    code, said = run(
        tool("ruff"), "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), "--output-format", "concise", str(bad)
    )
    assert code == 1
    for rule in ("E401", "S307", "T201", "S501", "S113", "FIX002"):
        assert rule in said, (rule, said)


def test_types_of_the_ground_rooms_hold() -> None:
    code, said = run(tool("mypy"))
    assert code == 0, said


def test_types_are_looked_at_strictly(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("def add(a, b):\n    return a + b\n\n\nx: int = 'one'\n")
    code, said = run(tool("mypy"), "--config-file", str(ROOT / "pyproject.toml"), str(bad))
    assert code == 1
    assert "no-untyped-def" in said
    assert "assignment" in said


@pytest.mark.parametrize("room", ["core", "activity", "accounts", "social"])
def test_the_ground_rooms_are_under_strict_types(room: str) -> None:
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]
    assert settings["strict"] is True
    assert room in settings["packages"]
    loose = {module for entry in settings["overrides"] if entry.get("ignore_errors") for module in entry["module"]}
    assert not any(module.startswith(room) for module in loose)


def test_no_model_waits_for_a_migration() -> None:
    code, said = run(sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")
    assert code == 0, said


def test_the_project_passes_its_own_start_up_checks() -> None:
    code, said = run(sys.executable, "manage.py", "check", "--database", "default")
    assert code == 0, said
