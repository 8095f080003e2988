"""What `bench` may be asked. Needs Python only: a mistake is told before any server starts."""

import argparse
import os
from pathlib import Path
from typing import NoReturn

SCALES = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "1m": 1_000_000}
SCENARIOS = ("ingest", "list", "thread", "search", "live", "calm", "triage")
MAX_ROUNDS = 100
MAX_MANY = 100_000


class _OneLine(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def add_to(parser: argparse.ArgumentParser) -> None:
    """The bench's arguments on somebody's parser."""
    parser.add_argument("scenarios", nargs="*", type=_scenario, metavar="scenario", help=f"{', '.join(SCENARIOS)}; all by default")
    parser.add_argument("--scale", action="append", choices=list(SCALES), help="rows to fill first; may be repeated (10k, 100k)")
    parser.add_argument("--rounds", type=_rounds, default=5, help="how often each figure is taken (5)")
    parser.add_argument("--json", type=_file, help="also write the result here")
    parser.add_argument("--pushes", type=_many, default=10_000, help="changes that arrive while `calm` sits (10000)")
    parser.add_argument("--conversations", type=_many, default=200, help="that `triage` deals with in each direction (200)")
    parser.add_argument("--seed", type=int, default=11, help="of the made-up mentions (11)")


def checked(arguments: list[str]) -> list[str]:
    """`arguments`, fit for the Django command wherever it runs. Ends the process with one line (code 2) for what cannot be."""
    parser = _OneLine(prog="bench", description="Measure against raw Postgres and raw pub/sub of the same run (docs/speed.md).")
    add_to(parser)
    chosen = parser.parse_args(arguments)
    # Relative to where the person stands; the command runs in the checkout.
    return [*arguments, "--json", str(chosen.json)] if chosen.json else arguments


def _scenario(word: str) -> str:
    if word not in SCENARIOS:
        raise argparse.ArgumentTypeError(f"there is no scenario “{word}”, only {', '.join(SCENARIOS)}")
    return word


def _rounds(word: str) -> int:
    if not word.isascii() or not word.isdigit() or not 1 <= int(word) <= MAX_ROUNDS:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_ROUNDS} is needed, not “{word}”")
    return int(word)


def _many(word: str) -> int:
    if not word.isascii() or not word.isdigit() or not 1 <= int(word) <= MAX_MANY:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_MANY} is needed, not “{word}”")
    return int(word)


def _file(word: str) -> Path:
    path = Path(word).absolute()
    if not word or path.is_dir():
        raise argparse.ArgumentTypeError(f"“{word}” is no file's name")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{path} may not be written")
    return path
