"""Rate limits per account and endpoint in X's fixed windows of 15 minutes."""

from __future__ import annotations

from dataclasses import dataclass

from .clock import now_ms

WINDOW_SECONDS = 900


@dataclass
class Window:
    """One account's use of one endpoint; `reset` is the epoch second the window ends."""

    reset: int
    used: int = 0


@dataclass(frozen=True)
class Verdict:
    """What the three x-rate-limit headers say, and whether the call may pass."""

    limit: int
    remaining: int
    reset: int
    allowed: bool

    def headers(self) -> dict[str, str]:
        return {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(self.remaining),
            "x-rate-limit-reset": str(self.reset),
        }


class Limits:
    """Counts in memory: a restart forgives, as nobody needs a practice network to hold a grudge."""

    def __init__(self) -> None:
        self._windows: dict[tuple[int, str], Window] = {}

    def clear(self) -> None:
        self._windows.clear()

    def take(self, *, user_id: int, endpoint: str, limit: int, factor: float) -> Verdict:
        """Count one call. A refused call is not counted."""
        now = now_ms() // 1000
        allowed_calls = max(1, int(limit * factor))
        window = self._windows.get((user_id, endpoint))
        if window is None or window.reset <= now:
            window = self._windows[user_id, endpoint] = Window(now + WINDOW_SECONDS)
        if window.used >= allowed_calls:
            return Verdict(allowed_calls, 0, window.reset, False)
        window.used += 1
        return Verdict(allowed_calls, allowed_calls - window.used, window.reset, True)

    def exhaust(self, *, user_id: int, endpoint: str, seconds: int) -> None:
        """Use up an account's window, so that the next calls get a true 429 until `seconds` have passed."""
        self._windows[user_id, endpoint] = Window(now_ms() // 1000 + seconds, 1 << 60)
