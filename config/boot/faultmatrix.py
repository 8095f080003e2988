"""What `faultmatrix` may be asked. Needs Python only: a mistake is told before any server starts."""

import argparse
import re
from typing import NoReturn

#: The faults of the matrix, in a few words each. Their scenes are the tests `test_f<number>_…` in tests/faults/.
FAULTS = {
    1: "a worker is killed again and again",
    2: "the network swallows answers",
    3: "the network accepts after we hung up",
    4: "errors after accepting",
    5: "a true limit",
    6: "garbled, slow and hanging answers",
    7: "the sign-in runs out amid the queue",
    8: "a sender is frozen past its lease",
    9: "the broker forgets everything",
    10: "the broker is down",
    11: "the database crashes under load",
    12: "the same items again and again, shuffled",
    13: "deleted before it was stored",
    14: "edited and deleted while somebody answers",
    15: "two readers of one channel",
    16: "visible late and out of order",
    17: "down for 48 hours",
    18: "a worker's clock is ten minutes off",
    19: "the way to the database is cut",
    20: "disk full, restart, two schedulers",
}
MAX_SEEDS = 50


class OneLine(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    """The arguments of `faultmatrix`."""
    does = "Play the fault matrix F1–F20 in full; exit code 1 when anything is lost or doubled."
    made = OneLine(prog="faultmatrix", description=does)
    made.add_argument("--seeds", type=_seeds, default=1, help="with how many seeds each fault is played (1; releases: 3)")
    made.add_argument("--only", action="append", type=_fault, metavar="F5", help="one fault; may be repeated")
    made.add_argument("--replies", type=whole, default=200, help="replies a fault (200)")
    made.add_argument("--mentions", type=whole, default=600, help="mentions a fault (600)")
    made.add_argument("--outage", type=whole, default=30, help="seconds for which servers are away; F10 four times as long (30)")
    return made


def _seeds(word: str) -> int:
    found = whole(word)
    if found > MAX_SEEDS:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_SEEDS} is needed, not “{word}”")
    return found


def whole(word: str) -> int:
    """A whole number from the command line, at least 1."""
    if not word.isascii() or not word.isdigit() or not 1 <= int(word) <= 100_000:
        raise argparse.ArgumentTypeError(f"a whole number above 0 is needed, not “{word}”")
    return int(word)


def _fault(word: str) -> int:
    if not re.fullmatch(r"[Ff][0-9]{1,2}", word) or int(word[1:]) not in FAULTS:
        raise argparse.ArgumentTypeError(f"there is no fault “{word}”, only F1 to F{max(FAULTS)}")
    return int(word[1:])
