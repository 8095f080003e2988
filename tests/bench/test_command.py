"""`bench` as a person calls it: a small run through the real command, and one clear line for what cannot be."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from bench.arguments import checked
from tests.boot.standins import ROOT


def test_it_measures_and_says_by_its_code_whether_all_holds(tmp_path: Path) -> None:
    """At this size ratios of time say little, so none is asserted: only that code, table and JSON agree, and what is counted."""
    file = tmp_path / "figures.json"
    argv = [sys.executable, "manage.py", "bench", "ingest", "list", "--scale", "1k", "--rounds", "1", "--json", str(file)]
    env = {**os.environ, "RABTA_BOOTED": "1", "REDIS_URL": os.environ["RABTA_TEST_REDIS_URL"]}
    process = subprocess.Popen(argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    table, trouble = process.communicate(timeout=120)
    _drop(f"bench_{process.pid}")
    assert file.exists(), trouble
    facts = json.loads(file.read_text(encoding="utf-8"))
    rows = {row["metric"]: row for row in facts["rows"]}
    gated = {metric for metric, row in rows.items() if row["gate"]}
    assert gated == {
        "new ÷ raw",
        "seen page ÷ new page",
        "statements a new page of 100",
        "RLS on ÷ off, slowest query",
        "queries of the HTTP page",
    }
    assert rows["statements a new page of 100"]["holds"]
    assert rows["queries of the HTTP page"]["holds"]
    assert all(metric in table for metric in rows)
    assert process.returncode == any(row["holds"] is False for row in facts["rows"]), trouble
    assert {"at", "machine", "cores", "load", "scales", "rounds", "seed"} <= set(facts)


def _drop(name: str) -> None:
    owner = psycopg2.connect(os.environ["DATABASE_OWNER_URL"])
    owner.autocommit = True
    try:
        owner.cursor().execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        owner.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ingets"], "there is no scenario “ingets”, only ingest, list, thread, search, live, calm, triage"),
        (["--scale", "5k"], "argument --scale: invalid choice: '5k'"),
        (["--rounds", "0"], "a number from 1 to 100 is needed, not “0”"),
        (["--rounds", "many"], "a number from 1 to 100 is needed, not “many”"),
        (["--seed", "x"], "argument --seed: invalid int value: 'x'"),
        (["--json", "/no/such/folder/file"], "there is no folder /no/such/folder"),
        (["--json", "/"], "“/” is no file's name"),
        (["--frob"], "unrecognized arguments: --frob"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        checked(arguments)
    assert end.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("bench: ")
    assert said in line


def test_a_file_is_meant_from_where_the_person_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert checked(["list", "--json", "figures.json"])[-2:] == ["--json", str(tmp_path / "figures.json")]
    assert checked(["list", "--scale", "1k"]) == ["list", "--scale", "1k"]
