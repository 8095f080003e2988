"""What must hold (docs/speed.md has the table; a test compares)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gate:
    """A bound on one figure: at least or at most."""

    bound: float
    at_least: bool = False

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"

    def holds(self, value: float) -> bool:
        """Whether `value` is on the right side; what is no number is on neither."""
        return value >= self.bound if self.at_least else value <= self.bound


NEW_TO_RAW = Gate(0.25, at_least=True)
SEEN_TO_NEW = Gate(5, at_least=True)
STATEMENTS_A_PAGE = Gate(15)
QUERIES_OF_THE_PAGE = Gate(12)
WALLS = Gate(1.25)
SEARCH_TO_LIST = Gate(5)
LIVE_TO_RAW = Gate(6)
KEY_PAINT_MS = Gate(100)
RENDERER_MB = Gate(250)
OPEN_AT_UNREAD_MS = Gate(150)
UNDONE = Gate(0)
MISSING_ROWS = Gate(0)
