"""Ingest: a fetched page until its conversations are announced, against raw execute_values of the same run.

Raw writes one table (ten columns, a kilobyte of jsonb, a unique key, three indexes, a search index); docs/speed.md says which
tables a mention of ours writes. Understanding is not in it: no such room yet.
"""

import gc
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection, transaction
from psycopg2.extras import execute_values

from bench import gates
from bench.ground import Ground
from bench.measure import Report, Spent, calm, spending, statements
from bench.pages import PAGE, Pages
from social.networks.values import Page

#: Pages with known items among new ones, for information: one to so many new pages, since they fill the tables as well.
MIXED_EVERY = 3
RAW_TABLE = """
CREATE TABLE bench_raw (
    id bigserial PRIMARY KEY, workspace_id bigint NOT NULL, channel_id bigint NOT NULL, external_id text NOT NULL,
    contact_id bigint NOT NULL, conversation_id bigint NOT NULL, body text NOT NULL, payload jsonb NOT NULL,
    published_at timestamptz NOT NULL, search tsvector GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED,
    UNIQUE (workspace_id, channel_id, external_id));
CREATE INDEX ON bench_raw (workspace_id, conversation_id, published_at, id);
CREATE INDEX ON bench_raw (workspace_id, contact_id, published_at, id);
CREATE INDEX ON bench_raw (workspace_id, published_at, id);
CREATE INDEX ON bench_raw USING gin (search);
"""
RAW_INSERT = """
INSERT INTO bench_raw (workspace_id, channel_id, external_id, contact_id, conversation_id, body, payload, published_at)
VALUES %s ON CONFLICT DO NOTHING
"""


def make_raw_table() -> None:
    """Needs the owner's role."""
    with connection.cursor() as cursor:
        cursor.execute(RAW_TABLE)


def raw_page(page: Page) -> None:
    """The fastest plain way to store a page: one execute_values, one commit."""
    rows = [
        (
            1, 1, item.external_id, int(item.payload["post"]["author_id"]), int(item.payload["post"]["conversation_id"]) % 10**15,
            item.payload["post"]["text"], json.dumps(item.payload), item.payload["post"]["created_at"],
        )
        for item in page.items
    ]  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        execute_values(cursor.cursor, RAW_INSERT, rows, page_size=PAGE)


@dataclass(slots=True)
class _Figures:
    """What the rounds found."""

    rates: dict[str, list[float]] = field(default_factory=lambda: {"raw": [], "new": [], "seen": [], "mixed": []})
    spent: dict[str, list[Spent]] = field(default_factory=lambda: {"raw": [], "new": [], "seen": [], "mixed": []})

    def ratios(self, above: str, below: str) -> list[float]:
        """Round by round, the rate of one kind to that of another."""
        return [a / b for a, b in zip(self.rates[above], self.rates[below], strict=True)]


def run(report: Report, ground: Ground, pages: Pages, *, scale: str, rounds: int, pages_a_round: int) -> None:
    """Interleave raw, new and seen pages, page by page; ratios are paired per round."""
    name = f"ingest@{scale}"
    size = pages_a_round * PAGE
    figures = _Figures()

    def ours(page: Page) -> None:
        # As the puller does: a page without anything new rings for nobody.
        if ground.store(page):
            ground.digest()

    for number in range(2 * rounds):
        if number >= rounds and calm(figures.ratios("new", "raw")):
            break
        _round(figures, ours, pages, pages_a_round)
    report.add(name, "raw execute_values(100)", figures.rates["raw"], unit="rows/s")
    report.add(name, "new mentions, stored and announced", figures.rates["new"], unit="rows/s")
    report.gate(report.add(name, "new ÷ raw", figures.ratios("new", "raw")), gates.NEW_TO_RAW)
    report.add(name, "30 % seen ÷ raw", figures.ratios("mixed", "raw"))
    report.gate(report.add(name, "seen page ÷ new page", figures.ratios("seen", "new")), gates.SEEN_TO_NEW)
    for label, kind in (("", "new"), (", raw", "raw")):
        report.add(name, f"client CPU{label}", [s.client_cpu / size * 1e6 for s in figures.spent[kind]], unit="µs/row")
        report.add(name, f"server CPU{label}", [s.server_cpu / size * 1e6 for s in figures.spent[kind]], unit="µs/row")
    page = pages.page()
    new = len(statements(lambda: ours(page)))
    report.gate(report.add(name, "statements a new page of 100", new), gates.STATEMENTS_A_PAGE)
    report.add(name, "statements a seen page", len(statements(lambda: ours(page))))


def _round(figures: _Figures, ours: Callable[[Page], None], pages: Pages, count: int) -> None:
    fresh, same, other = list(pages.pages(count)), list(pages.pages(count)), list(pages.pages(-(-count // MIXED_EVERY)))
    blends = [Page(items=old.items[:30] + new.items[30:], cursor=new.cursor) for old, new in zip(fresh, other, strict=False)]
    # The bench holds more pages than a worker ever does: none of ours shall pay for collecting around them.
    gc.collect()
    gc.freeze()
    spent = {kind: Spent() for kind in figures.spent}
    for number, (new, raw) in enumerate(zip(fresh, same, strict=True)):
        turn: list[tuple[str, Callable[[Page], None], Page]] = [("raw", raw_page, raw), ("new", ours, new)]
        turn = turn[::-1] if number % 2 else turn
        blend = [] if number % MIXED_EVERY else [("mixed", ours, blends[number // MIXED_EVERY])]
        for kind, work, page in [*turn, ("seen", ours, new), *blend]:
            with spending() as once:
                work(page)
            spent[kind].add(once)
    gc.unfreeze()
    for kind, whole in spent.items():
        figures.spent[kind].append(whole)
        done = len(blends) if kind == "mixed" else count
        figures.rates[kind].append(done * PAGE / whole.seconds)
