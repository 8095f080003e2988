"""How large a fault is played: small in the test command, in full by `faultmatrix`, which names these in the environment."""

import os

REPLIES = int(os.environ.get("RABTA_FAULT_REPLIES", "20"))
MENTIONS = int(os.environ.get("RABTA_FAULT_MENTIONS", "40"))
SEED = int(os.environ.get("RABTA_FAULT_SEED", "7"))
#: For how long a server is away, in seconds.
OUTAGE_SECONDS = float(os.environ.get("RABTA_FAULT_OUTAGE", "4"))
#: Where each fault's figures are written, one JSON object a line; nowhere in the test command.
REPORT = os.environ.get("RABTA_FAULT_REPORT", "")
#: In so many scenes a process is killed at one point: in the first of its step here, in all of them by `faultmatrix`.
EACH = None if REPORT else 1
#: Everything rests within so many seconds, more where more is to be done.
SETTLED_SECONDS = 60.0 + REPLIES


def some(whole: int, part: int) -> int:
    """A part of a number, at least one."""
    return max(1, whole // part)
