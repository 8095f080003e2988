"""What each fault did, counted: rows for `faultmatrix`, from the same scenes that the test command plays in small."""

import json
import re
from dataclasses import asdict, dataclass

from tests.faults.scale import REPORT, SEED
from tests.faults.stage import MADE, Reckoning

#: A test's name says which fault of the matrix it plays.
FAULT = re.compile(r"test_f(\d+)_")
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
    figure = Figure(
        fault, name, SEED, passed, sum(map(lost, counted)), sum(map(doubled, counted)), round(max(WAITS), 1) if WAITS else None
    )
    with open(REPORT, "a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(figure)) + "\n")


def lost(found: Reckoning) -> int:
    """Mentions that never arrived, and replies that stand nowhere although nobody was told so."""
    told = {text for text, state in found.states.items() if state in ("failed", "needs_decision", "cancelled")}
    missing = (found.wanted - found.posted) + (found.wanted_direct - found.posted_direct)
    return sum((found.expected - found.arrived).values()) + sum(n for text, n in missing.items() if text not in told)


def doubled(found: Reckoning) -> int:
    """Mentions that stand in the inbox, replies that stand on the network, more often than they were said."""
    more = (found.posted - found.wanted) + (found.posted_direct - found.wanted_direct) + (found.arrived - found.expected)
    return sum(more.values()) + sum((found.outgoing - found.receipts).values())
