"""What each fault did, counted: rows for `faultmatrix`, from the same scenes that the test command plays in small.

Loads nothing of the product: `matrix` reads the rows outside of Django.
"""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from tests.faults.scale import REPORT, SEED

#: A test's name says which fault of the matrix it plays.
FAULT = re.compile(r"test_f(\d+)_")
#: The stages (tests.faults.stage) of the test that runs now.
MADE: list[Any] = []
#: How long each wait for everything to rest took in the test that runs now, in seconds.
WAITS: list[float] = []


@dataclass(frozen=True)
class Figure:
    """One scene of one fault. `settled` is the longest wait until everything rested; None when nothing was waited for."""

    fault: int
    scene: str
    seed: int
    passed: bool
    lost: int
    doubled: int
    settled: float | None


def fault_of(name: str) -> int | None:
    """The number of the fault that a test plays, or None."""
    found = FAULT.match(name)
    return int(found[1]) if found else None


def begin() -> None:
    """Another test starts: nothing was made and nothing waited for yet."""
    MADE.clear()
    WAITS.clear()


def keep(name: str, *, passed: bool) -> None:
    """Write down what became of the test that has just run."""
    fault = fault_of(name)
    if not REPORT or fault is None:
        return
    counted = [stage.reckoned for stage in MADE if stage.reckoned is not None]
    lost, doubled = sum(found.lost for found in counted), sum(found.doubled for found in counted)
    figure = Figure(fault, name, SEED, passed, lost, doubled, round(max(WAITS), 1) if WAITS else None)
    with open(REPORT, "a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(figure)) + "\n")
