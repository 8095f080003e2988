"""Timing that survives a busy machine: interleaved rounds, paired ratios, medians, and the CPU the kernel accounted."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.gates import Gate


@dataclass(slots=True)
class Spent:
    """What one stretch of work cost: seconds by the clock, and CPU seconds of this process and of its backend."""

    seconds: float = 0.0
    client_cpu: float = 0.0
    server_cpu: float = 0.0

    def add(self, other: "Spent") -> None:
        """Both stretches together."""
        self.seconds += other.seconds
        self.client_cpu += other.client_cpu
        self.server_cpu += other.server_cpu


def backend_cpu() -> float:
    """CPU seconds of our Postgres backend so far; 0 where Linux does not tell."""
    connection.ensure_connection()
    try:
        # Nanoseconds on a processor; /proc/PID/stat counts in hundredths of a second, longer than a page takes.
        return int(Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


@contextmanager
def spending() -> Iterator[Spent]:
    """Fill in what the block cost."""
    spent = Spent()
    server, client, clock = backend_cpu(), time.process_time(), time.perf_counter()
    yield spent
    spent.seconds = time.perf_counter() - clock
    spent.client_cpu = time.process_time() - client
    spent.server_cpu = backend_cpu() - server


def calm(ratios: Sequence[float]) -> bool:
    """Whether rounds agree well enough to believe their median; others ask for as many rounds again."""
    return max(ratios) <= 2 * min(ratios)


def statements(work: Callable[[], Any]) -> list[str]:
    """The statements that `work` runs, as they went to the server; transaction control left out."""
    with CaptureQueriesContext(connection) as captured:
        work()
    control = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
    return [query["sql"] for query in captured.captured_queries if not query["sql"].upper().startswith(control)]


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


def in_turns(one: Callable[[], Any], other: Callable[[], Any], *, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds of both, run in turns so that a busy moment meets both alike, each first as often as second."""
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(times + 2):
        for side, work in ((0, one), (1, other))[:: 1 if number % 2 else -1]:
            began = time.perf_counter()
            work()
            if number >= 2:  # the first two only warm up
                found[side].append((time.perf_counter() - began) * 1000)
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

    def gate(self, row: Row, gate: Gate) -> None:
        """Say what the figure must hold, and whether it does."""
        row.gate = str(gate)
        row.holds = gate.holds(row.value)

    @property
    def failed(self) -> list[Row]:
        return [row for row in self.rows if row.holds is False]


def round_to_size(count: int) -> str:
    """10000 → 10k."""
    return f"{count // 1_000_000}m" if count >= 1_000_000 else f"{count // 1000}k" if count >= 1000 else str(count)
