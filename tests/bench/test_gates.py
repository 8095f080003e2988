"""Every gate of docs/speed.md is the one that is computed, and one that does not hold ends the command with code 1."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
from django.db import connection

from bench import gates
from bench.ground import Ground, lay
from bench.management.commands.bench import Command
from bench.measure import Report
from bench.pages import Pages
from bench.scenarios import ingest
from bench.scenarios.live import _delays
from social.networks.values import Page
from tests.boot.standins import ROOT

ASKED = {"scenarios": ["ingest"], "scales": ["tiny"], "rounds": 1, "seed": 1}


@dataclass(slots=True)
class RowByRow(Ground):
    """What Rabta would be if it stored and digested mention by mention."""

    def store(self, page: Page) -> int:
        stored = 0
        for item in page.items:
            stored += Ground.store(self, Page(items=(item,), cursor=page.cursor))
            self.digest()
        return stored


@pytest.fixture(scope="module")
def raw_table(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """The table to compare with, made by the owner beside the product's."""
    name = connection.settings_dict["NAME"]
    base, _slash, _old = os.environ["DATABASE_OWNER_URL"].rpartition("/")
    owner = psycopg2.connect(f"{base}/{name}")
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute(ingest.RAW_TABLE)
    yield
    with owner.cursor() as cursor:
        cursor.execute("DROP TABLE bench_raw")
    owner.close()


def measured(ground: Ground) -> Report:
    report = Report()
    ingest.run(report, ground, Pages(1, account="bench", people=40), scale="tiny", rounds=1, pages_a_round=1)
    return report


@pytest.mark.django_db(transaction=True)
def test_it_takes_few_statements_for_a_page_and_gates_them(raw_table: None) -> None:
    report = measured(lay())
    assert [row.metric for row in report.rows if row.gate] == ["new ÷ raw", "seen page ÷ new page", "statements a new page of 100"]
    statements = report.rows[-2]
    assert statements.holds, statements
    assert statements.value == 14


@pytest.mark.django_db(transaction=True)
def test_a_product_that_works_row_by_row_ends_it_with_code_one(
    raw_table: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = lay()
    report = measured(RowByRow(plain.user, plain.workspace, plain.member, plain.channel, plain.claim))
    assert {"new ÷ raw", "statements a new page of 100"} <= {row.metric for row in report.failed}
    with pytest.raises(SystemExit) as end:
        Command().tell(report, seconds=1.0, asked=ASKED, file=tmp_path / "figures.json")
    assert end.value.code == 1
    assert "FAILS" in capsys.readouterr().out
    told = {row["metric"]: row["holds"] for row in json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))["rows"]}
    assert told["new ÷ raw"] is False


def test_gates_that_hold_end_it_quietly(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    report.gate(report.add("list", "queries", 12), gates.QUERIES_OF_THE_PAGE)
    Command().tell(report, seconds=1.0, asked=ASKED, file=None)
    assert "holds" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("gate", "good", "bad"), [(gates.NEW_TO_RAW, 0.25, 0.249), (gates.WALLS, 1.25, 1.251), (gates.MISSING_ROWS, 0, 1)]
)
def test_a_bound_itself_still_holds(gate: gates.Gate, good: float, bad: float) -> None:
    assert gate.holds(good)
    assert not gate.holds(bad)
    assert not gate.holds(float("nan"))


def test_the_document_states_the_gates_that_are_computed() -> None:
    rules, _heading, _figures = (ROOT / "docs/speed.md").read_text(encoding="utf-8").partition("## Figures")
    rows = re.findall(r"^\| [^|]+ \| ([≥≤]? ?[\d.]+) \|", rules, re.MULTILINE)
    every = [gate for gate in vars(gates).values() if isinstance(gate, gates.Gate)]
    assert sorted("≤ 0" if row == "0" else row for row in rows) == sorted(str(gate) for gate in every)


def test_a_frame_counts_between_its_message_and_the_next() -> None:
    delays, lost = _delays([10.0, 20.0], [[10.5, 20.25], [9.9, 20.5], [10.25, 21.5]])
    assert sorted(delays) == [250.0, 250.0, 500.0, 500.0]
    assert lost == 2
