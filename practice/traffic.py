"""What came in over the wire: counts, the most at one time, and the last requests one by one."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT_REQUESTS = 20_000


@dataclass
class Seen:
    """One request as it happened; times in milliseconds, `ended_ms` and `status` None while it runs.

    Status 0 means that the connection was closed without an answer.
    """

    request_id: str
    endpoint: str
    method: str
    path: str
    started_ms: int
    user_id: str | None = None
    ended_ms: int | None = None
    status: int | None = None
    trouble: str = ""


@dataclass
class Count:
    """Totals of one endpoint."""

    requests: int = 0
    running: int = 0
    running_max: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    accounts: Counter[str] = field(default_factory=Counter)


class Traffic:
    """Counters in memory; `clear` starts a new measurement."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._counts: dict[str, Count] = {}
        self._requests: deque[Seen] = deque(maxlen=KEPT_REQUESTS)

    def enter(self, seen: Seen) -> None:
        """A request begins."""
        count = self._counts.setdefault(seen.endpoint, Count())
        count.requests += 1
        count.running += 1
        count.running_max = max(count.running_max, count.running)
        self._requests.append(seen)

    def leave(self, seen: Seen, *, status: int, ended_ms: int) -> None:
        """A request ended with this status, or with 0 when it got no answer."""
        seen.status, seen.ended_ms = status, ended_ms
        count = self._counts.setdefault(seen.endpoint, Count())
        count.running = max(0, count.running - 1)
        count.statuses[str(status)] += 1
        if seen.user_id:
            count.accounts[seen.user_id] += 1

    def counts(self) -> dict[str, Any]:
        """Totals of every endpoint that was called."""
        return {
            name: {
                "requests": count.requests, "running": count.running, "running_max": count.running_max,
                "statuses": dict(count.statuses), "accounts": dict(count.accounts),
            }
            for name, count in sorted(self._counts.items())
        }  # fmt: skip

    def requests(self, *, endpoint: str | None = None, since_ms: int = 0) -> list[dict[str, Any]]:
        """Single requests, oldest first."""
        return [
            asdict(seen)
            for seen in self._requests
            if seen.started_ms >= since_ms and (endpoint is None or seen.endpoint == endpoint)
        ]
