"""The product itself, not stand-ins: started from nothing, killed process by process and as a whole, started again."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.boot import processes
from config.boot.layout import Layout
from tests.boot import standins
from tests.boot.standins import ROOT, alive_below, manage, running, until

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks at the machine's processes in /proc"),
]


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    """A copy of this checkout, without what a person or an earlier run left in it."""
    root = tmp_path_factory.mktemp("whole") / "the whole thing"
    left = shutil.ignore_patterns(".git", ".venv", ".rabta", ".*_cache", "__pycache__", "test-results", "build")
    shutil.copytree(ROOT, root, ignore=left)
    made = Layout(root=root, state=root / ".rabta")
    standins.borrow_venv(made)
    yield made
    manage(made, "down")
    until(lambda: not alive_below(made), seconds=30, what="the end of every process of this checkout")


def descendants(layout: Layout, name: str) -> list[int]:
    """Processes that a recorded one has started, for example the worker's pool."""
    parent = standins.pid_of(layout, name)
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(pid) for pid in children.split()]


def test_it_starts_survives_kills_and_leaves_nothing(layout: Layout) -> None:
    with running(layout, "--no-demo", seconds=150) as said:
        for step in ("Database", "Message broker", "Tables", "Web, worker, scheduler, listener"):
            assert f"✓ {step}" in said.stdout
        assert standins.page(layout) == 200

        pool = until(lambda: descendants(layout, "worker"), what="the worker's pool")
        first = standins.pid_of(layout, "worker")
        os.kill(first, signal.SIGKILL)
        until(lambda: not any(processes.start_mark(pid) for pid in pool), what="the end of the killed worker's pool")
        until(lambda: standins.pid_of(layout, "worker", state="running") not in {0, first}, seconds=60, what="its return")

        os.kill(standins.state_of(layout).pid, signal.SIGKILL)
        until(lambda: not alive_below(layout), what="the end of everything the killed instance had started")

    with running(layout, "--no-demo", seconds=150):
        assert standins.page(layout) == 200
        checked = manage(layout, "check", "--database", "default")
        assert checked.returncode == 0, checked.stderr
