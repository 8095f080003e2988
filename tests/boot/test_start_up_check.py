"""Web, worker, scheduler and listener refuse to begin as a database role that Row-Level Security would not bind."""

import os
import subprocess
import sys

import pytest

from tests.boot.standins import ROOT

COMMANDS = {
    "web": ["-m", "config.server", "--port", "0"],
    "worker": ["-m", "celery", "-A", "config", "worker", "--pool", "solo", "--without-mingle", "--without-gossip"],
    "listener": ["manage.py", "listen"],
    "scheduler": ["-m", "celery", "-A", "config", "beat", "--schedule"],
}


@pytest.mark.django_db
@pytest.mark.parametrize("process", COMMANDS)
def test_it_does_not_start_as_the_owner(process: str, tmp_path: object) -> None:
    from django.db import connection

    # The database of this test run, whose tables the owner owns.
    owner = os.environ["DATABASE_OWNER_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    command = [sys.executable, *COMMANDS[process], *([f"{tmp_path}/beat"] if process == "scheduler" else [])]
    ended = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"DATABASE_URL": owner}, capture_output=True, text=True, timeout=90, check=False
    )
    assert ended.returncode != 0
    assert "Rabta does not start." in ended.stderr
    assert "owns tables" in ended.stderr
