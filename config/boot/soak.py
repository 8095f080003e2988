"""What `soak` may be asked. Needs Python only: a mistake is told before any server starts."""

import argparse

from config.boot.faultmatrix import OneLine, whole


def parser() -> argparse.ArgumentParser:
    """The arguments of `soak`."""
    does = "Live through a day of simulated time with real workers; exit code 1 when something is lost, doubled or late."
    made = OneLine(prog="soak", description=does)
    made.add_argument("--hours", type=whole, default=24, help="simulated hours, from six in the morning on (24)")
    made.add_argument("--channels", type=whole, default=200, help="channels in all, on six networks (200)")
    made.add_argument("--workspaces", type=whole, default=20, help="workspaces that share them (20)")
    made.add_argument("--poll", type=whole, default=5, help="minutes between two polls of a channel (5)")
    made.add_argument("--seed", type=whole, default=1, help="another number is another day (1)")
    return made
