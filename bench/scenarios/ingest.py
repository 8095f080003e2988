"""Ingest: a fetched page until its conversations are announced, against raw execute_values of the same run.

Raw writes one table (ten columns, a kilobyte of jsonb, a unique key, three indexes, a search index). A mention of ours writes
social_rawitem twice (stored, then ingested), inbox_message, crm_interaction, and, shared by the page, inbox_conversation,
inbox_conversationcount, crm_contact, crm_identity, social_pull and activity_event. Understanding is not in it: no such room yet.
"""

import json
from collections.abc import Callable

from django.db import connection, transaction
from psycopg2.extras import execute_values

from bench.ground import Ground
from bench.measure import Report, Spent, spending, statements
from bench.pages import PAGE, Pages
from social.networks.base import Page

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


def run(report: Report, ground: Ground, pages: Pages, *, scale: str, rounds: int, pages_a_round: int) -> None:
    """Interleave raw, new pages and seen pages; ratios are paired per round."""
    name = f"ingest@{scale}"

    def ours(page: Page) -> None:
        ground.store(page)
        ground.digest()

    raw_rates, new_rates, seen_rates, ratios, jumps, mixed = [], [], [], [], [], []
    spent: list[Spent] = []
    spent_raw: list[Spent] = []
    for number in range(rounds):
        fresh = list(pages.pages(pages_a_round))
        again = fresh
        same = list(pages.pages(pages_a_round))
        order: list[tuple[str, Callable[[Page], None], list[Page]]] = [("raw", raw_page, same), ("new", ours, fresh)]
        if number % 2:
            order.reverse()
        rates = {}
        for label, work, chunk in order:
            rates[label], cost = _rate(work, chunk)
            (spent_raw if label == "raw" else spent).append(cost)
        rates["seen"], _cost = _rate(ours, again)
        blend = [_blend(old, new) for old, new in zip(fresh, pages.pages(pages_a_round), strict=True)]
        rates["mixed"], _cost = _rate(ours, blend)
        raw_rates.append(rates["raw"])
        new_rates.append(rates["new"])
        seen_rates.append(rates["seen"])
        mixed.append(rates["mixed"] / rates["raw"])
        ratios.append(rates["new"] / rates["raw"])
        jumps.append(rates["seen"] / rates["new"])
    report.add(name, "raw execute_values(100)", raw_rates, unit="rows/s")
    report.add(name, "new mentions, stored and announced", new_rates, unit="rows/s")
    report.gate(report.add(name, "new ÷ raw", ratios), at_least=0.25)
    report.add(name, "30 % seen ÷ raw", mixed)
    report.gate(report.add(name, "seen page ÷ new page", jumps), at_least=5)
    size = pages_a_round * PAGE
    report.add(name, "client CPU", [s.client_cpu / size * 1e6 for s in spent], unit="µs/row")
    report.add(name, "server CPU", [s.server_cpu / size * 1e6 for s in spent], unit="µs/row")
    report.add(name, "client CPU, raw", [s.client_cpu / size * 1e6 for s in spent_raw], unit="µs/row")
    report.add(name, "server CPU, raw", [s.server_cpu / size * 1e6 for s in spent_raw], unit="µs/row")
    page = pages.page()
    report.gate(report.add(name, "statements a new page of 100", statements(lambda: ours(page))), at_most=15)
    report.add(name, "statements a seen page", statements(lambda: ground.store(page)))


def _rate(work: Callable[[Page], None], chunk: list[Page]) -> tuple[float, Spent]:
    with spending() as spent:
        for page in chunk:
            work(page)
    return len(chunk) * PAGE / spent.seconds, spent


def _blend(old: Page, new: Page) -> Page:
    return Page(items=old.items[:30] + new.items[30:], cursor=new.cursor)
