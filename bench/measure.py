"""Timing that survives a busy machine: interleaved rounds, paired ratios, medians, and the CPU the kernel accounted."""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Spent:
    """What one stretch of work cost: seconds by the clock, and CPU seconds of this process and of its backend."""

    seconds: float = 0.0
    client_cpu: float = 0.0
    server_cpu: float = 0.0


def backend_cpu() -> float:
    """CPU seconds of our Postgres backend so far; 0 where the server runs on another machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / TICKS


@contextmanager
def spending() -> Iterator[Spent]:
    """Fill in what the block cost."""
    spent = Spent()
    server, client, clock = backend_cpu(), time.process_time(), time.perf_counter()
    yield spent
    spent.seconds = time.perf_counter() - clock
    spent.client_cpu = time.process_time() - client
    spent.server_cpu = backend_cpu() - server


def statements(work: Callable[[], Any]) -> int:
    """How many statements `work` runs, transaction control left out."""
    with CaptureQueriesContext(connection) as captured:
        work()
    control = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
    return sum(not query["sql"].upper().startswith(control) for query in captured.captured_queries)


def timings(work: Callable[[], Any], *, times: int) -> list[float]:
    """Milliseconds of each of `times` runs, after two that only warm up."""
    work()
    work()
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1000)
    return found


def p50(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, int(len(values) * 0.95) - 1)]


@dataclass(slots=True)
class Row:
    """One line of the result: a figure, its spread over rounds, and the gate it must hold."""

    scenario: str
    metric: str
    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    gate: str = ""
    holds: bool | None = None
    note: str = ""


@dataclass(slots=True)
class Report:
    """All lines of a run."""

    rows: list[Row] = field(default_factory=list)

    def add(self, scenario: str, metric: str, values: Sequence[float] | float, **options: Any) -> Row:
        """Add a figure; of several values the median stands, with lowest and highest beside it."""
        several = list(values) if isinstance(values, Sequence) else [float(values)]
        spread = {"low": min(several), "high": max(several)} if len(several) > 1 else {}
        row = Row(scenario, metric, p50(several), **spread, **options)
        self.rows.append(row)
        return row

    def gate(self, row: Row, *, at_least: float | None = None, at_most: float | None = None) -> None:
        """Say what the figure must hold, and whether it does."""
        row.gate = f"≥ {at_least:g}" if at_least is not None else f"≤ {at_most:g}"
        row.holds = row.value >= at_least if at_least is not None else row.value <= (at_most or 0.0)

    @property
    def failed(self) -> list[Row]:
        return [row for row in self.rows if row.holds is False]


def round_to_size(count: int) -> str:
    """10000 → 10k."""
    return f"{count // 1_000_000}m" if count >= 1_000_000 else f"{count // 1000}k" if count >= 1000 else str(count)
