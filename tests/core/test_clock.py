"""A trial installation's time is moved for all its processes at once; nobody else's is."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

ASK = "from core.clock import now; [print(now().timestamp(), flush=True) for _line in __import__('sys').stdin]"


def environment(file: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "RABTA_CLOCK_FILE": str(file), "DJANGO_SETTINGS_MODULE": "config.settings", **more}


def test_a_running_process_goes_with_its_installation(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_bytes(bytes(8))
    with subprocess.Popen(
        [sys.executable, "-c", ASK], env=environment(file), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        moments = []
        for ahead_ms in (0, 86_400_000):
            with file.open("r+b") as stream:
                stream.write(struct.pack("q", ahead_ms))
            process.stdin.write("now\n")
            process.stdin.flush()
            moments.append(float(process.stdout.readline()))
        process.stdin.close()
    assert 86_400 <= moments[1] - moments[0] < 86_400 + 60


@pytest.mark.parametrize("declared", ["", "0"])
def test_outside_of_trials_it_is_refused(tmp_path: Path, declared: str) -> None:
    file = tmp_path / "clock"
    file.write_bytes(bytes(8))
    ended = subprocess.run(
        [sys.executable, "-c", "import core.clock"],
        env=environment(file, RABTA_TEST=declared),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "RABTA_CLOCK_FILE" in ended.stderr
