"""A wrong environment: each process ends with one line that names the variable and says what would be right."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import reading
from tests.boot.standins import ROOT
from tests.boot.test_start_up_check import COMMANDS

NUMBERS = ["abc", "nan", "inf", "-1", "1e400", "0x5", "٣٣٣٣٣٣"]


@pytest.mark.parametrize("value", NUMBERS)
def test_what_is_no_number_in_range_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RABTA_X", value)
    with pytest.raises(ImproperlyConfigured, match="RABTA_X is"):
        reading.seconds("RABTA_X", 5.0, low=0.1, high=600.0)
    with pytest.raises(ImproperlyConfigured, match="RABTA_X is"):
        reading.whole("RABTA_X", 8, low=1, high=512)


def test_what_is_right_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RABTA_X", "0.5")
    assert reading.seconds("RABTA_X", 5.0, low=0.1) == 0.5
    monkeypatch.setenv("RABTA_X", "")
    assert (reading.seconds("RABTA_X", 5.0, low=0.1), reading.whole("RABTA_X", 8, low=1, high=9)) == (5.0, 8)
    monkeypatch.setenv("RABTA_X", "9")
    assert reading.whole("RABTA_X", 8, low=1, high=9) == 9


@pytest.mark.parametrize("value", ["nonsense", "ftp://x", "http://", "localhost:8420", "http://x:99999", "http://x;script-src *"])
def test_what_is_no_web_address_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RABTA_X", value)
    with pytest.raises(ImproperlyConfigured, match="RABTA_X is"):
        reading.web_address("RABTA_X", "")


@pytest.mark.parametrize("value", ["nonsense", "http://x:1", "imap://", "imap://x", "imap://x:99999", "imap://a b:1"])
def test_what_is_no_mail_server_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RABTA_X", value)
    with pytest.raises(ImproperlyConfigured, match="RABTA_X is"):
        reading.mail_server("RABTA_X", ("imap", "imaps"))
    monkeypatch.setenv("RABTA_X", "imaps://x:1/")
    assert reading.mail_server("RABTA_X", ("imap", "imaps")) == "imaps://x:1"


@pytest.mark.parametrize(
    "value",
    ["nonsense", "postgresql://", "postgresql://a:geheim@h:99999/x", "postgresql://a:geheim@h:abc/x", "mysql://a:geheim@h/x", "sqlite:///x"],
)
def test_what_is_no_database_or_broker_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RABTA_X", value)
    for read in (reading.database, reading.broker_address, lambda name: reading.mail(name, "")):
        with pytest.raises(ImproperlyConfigured, match="RABTA_X is no address") as refused:
            read("RABTA_X")
        assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("value", ["postgresql://a:b@h:5432/x", "postgres://a@h/x", "postgresql:///x"])
def test_what_is_a_database_is_read(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RABTA_X", value)
    assert reading.database("RABTA_X")["NAME"] == "x"


def test_a_secret_s_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        monkeypatch.setenv("RABTA_X_FILE", str(path))
        with pytest.raises(ImproperlyConfigured, match=f"RABTA_X_FILE names {path}"):
            reading.required("RABTA_X")


@pytest.mark.parametrize("process", COMMANDS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RABTA_CALL_SECONDS", "soon"),
        ("FIELD_KEYS", "a:b"),
        ("DATABASE_URL", "postgresql://a:b@127.0.0.1:9/x"),
    ],
)
def test_a_process_ends_with_one_line(process: str, name: str, value: str, tmp_path: Path) -> None:
    command = [sys.executable, *COMMANDS[process], *([f"{tmp_path}/beat"] if process == "scheduler" else [])]
    ended = subprocess.run(
        command, cwd=ROOT, env=os.environ | {name: value}, capture_output=True, text=True, timeout=90, check=False
    )
    assert ended.returncode != 0
    said = ended.stdout + ended.stderr
    assert "Traceback" not in said
    [line] = [line for line in said.splitlines() if "Rabta does not start." in line]
    assert name in line


def test_a_command_ends_with_one_line() -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT, env=os.environ | {"RABTA_UNDO_SECONDS": "never", "RABTA_NO_VENV": "1"},
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert ended.returncode != 0
    assert "Traceback" not in ended.stdout + ended.stderr
    assert "RABTA_UNDO_SECONDS is “never”" in ended.stderr
