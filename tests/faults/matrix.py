"""`python -m tests.faults.matrix`: the scenes of tests/faults/ in full size, seed after seed, and what they lost and doubled.

`manage.py faultmatrix` starts this on servers of its own. The scenes are those of the test command; only their size differs.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from config.boot.faultmatrix import FAULTS, parser
from tests.faults.figures import Figure

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Play what was asked for, print the table. Returns 1 when anything was lost or doubled, failed, or did not happen."""
    asked = parser().parse_args(arguments)
    faults = sorted(set(asked.only or FAULTS))
    began = time.monotonic()
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="rabta-matrix-") as folder:
        for seed in range(1, asked.seeds + 1):
            report = Path(folder, f"seed{seed}.jsonl")
            size = {"REPLIES": asked.replies, "MENTIONS": asked.mentions, "OUTAGE": asked.outage, "SEED": seed, "REPORT": report}
            _play(faults, {f"RABTA_FAULT_{name}": str(value) for name, value in size.items()})
            found += read(report)
        killed = bool(asked.only) or _kill_everywhere(Path(folder, "killed.jsonl"))
    print("\n".join(table(faults, found)))
    if not asked.only:
        print(f"killed at every commit and call, in every scene: {'holds' if killed else 'FAILS'}")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{asked.seeds} seed(s), {asked.replies} replies, {asked.mentions} mentions a fault; ", end="")
    print(f"{time.monotonic() - began:.0f} s on {os.cpu_count()} cores, load {load}")
    return 0 if killed and all(holds(fault, found) for fault in faults) else 1


def _play(faults: list[int], size: dict[str, str]) -> None:
    words = " or ".join(f"test_f{fault}_" for fault in faults)
    _pytest("-k", words, "tests/faults", **size)


def _kill_everywhere(report: Path) -> bool:
    """Kill a process at every commit and call in every scene, not only in the first of each step. Whether all of it held."""
    return _pytest("tests/faults/test_killed.py", RABTA_FAULT_REPORT=str(report)) == 0


def _pytest(*chosen: str, **more: str) -> int:
    argv = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-p", "no:randomly", "--no-header", *chosen]
    return subprocess.run(argv, cwd=ROOT, env={**os.environ, **more}, check=False).returncode


def read(report: Path) -> list[Figure]:
    """The figures that were written down, none when no scene came so far."""
    lines = report.read_text("utf-8").splitlines() if report.exists() else []
    return [Figure(**json.loads(line)) for line in lines]


def holds(fault: int, figures: Iterable[Figure]) -> bool:
    """Whether a fault was played, every scene of it passed, and nothing was lost or doubled."""
    rows = [figure for figure in figures if figure.fault == fault]
    return bool(rows) and all(row.passed and not row.lost and not row.doubled for row in rows)


def table(faults: list[int], figures: list[Figure]) -> list[str]:
    """One line a fault: scenes played over all seeds, lost, doubled, the longest time until everything rested."""
    lines = [f"{'fault':<50} {'scenes':>6} {'lost':>5} {'doubled':>7} {'settled in':>11}"]
    for fault in faults:
        rows = [figure for figure in figures if figure.fault == fault]
        waits = [row.settled for row in rows if row.settled is not None]
        settled = f"{max(waits):.1f} s" if waits else "–"
        counts = f"{len(rows):>6} {sum(row.lost for row in rows):>5} {sum(row.doubled for row in rows):>7} {settled:>11}"
        verdict = "" if holds(fault, figures) else "  FAILS" if rows else "  NOT PLAYED"
        lines.append(f"{f'F{fault} {FAULTS[fault]}':<50} {counts}{verdict}")
        lines += [f"    {row.scene} failed with seed {row.seed}" for row in rows if not row.passed]
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
