"""`python3 manage.py bench [ingest list … calm triage] [--scale 10k]`: figures as ratios of one run, as a table and as JSON."""

import json
import os
import platform
import time
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from bench import ground as grounds
from bench.arguments import SCALES, SCENARIOS, add_to
from bench.measure import Report
from bench.pages import PAGE, Pages
from bench.scenarios import calm, ingest, live, reading, searching, triage
from core.clock import now


class Command(BaseCommand):
    """Exit code 1 when a gate does not hold."""

    help = "Measure ingest, list, thread and live against raw Postgres and raw pub/sub of the same run."
    requires_system_checks: list[str] = []
    shown = 0

    def add_arguments(self, parser: CommandParser) -> None:
        add_to(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        grounds.refuse_real_data()
        wanted = options["scenarios"] or list(SCENARIOS)
        scales = sorted(set(options["scale"] or ["10k", "100k"]), key=SCALES.__getitem__)
        report = Report()
        began = time.monotonic()
        self._tables()
        ground = grounds.lay()
        pages = Pages(options["seed"], account="bench", people=4000)
        small = self._neighbours(options["seed"])
        filled = 0
        for scale in scales:
            self.stdout.write(f"filling to {scale} …")
            filled = self._fill(ground, pages, filled, SCALES[scale])
            grounds.settle(ground)
            owner = os.environ["BENCH_OWNER_URL"]
            grounds.analyse(owner)
            if "ingest" in wanted:
                # Enough to see, and not so much that the scale is another afterwards.
                chunk = 3 if SCALES[scale] < 10_000 else 10 if SCALES[scale] == 10_000 else 20
                ingest.run(report, ground, pages, scale=scale, rounds=options["rounds"], pages_a_round=chunk)
            if "list" in wanted:
                reading.lists(report, ground, scale=scale, rounds=options["rounds"], owner_url=owner)
            if "thread" in wanted:
                reading.threads(report, ground, scale=scale, rounds=options["rounds"], owner_url=owner)
            if "search" in wanted:
                searching.run(report, ground, pages, small=small, scale=scale, owner_url=owner)
            self._show(report)
        if "live" in wanted:
            live.run(report, ground, pages)
        if "calm" in wanted:
            calm.run(report, ground, pages, say=self.stdout.write, pushes=options["pushes"])
        if "triage" in wanted:
            triage.run(report, ground, pages, say=self.stdout.write, count=options["conversations"])
        self._growth(report, scales)
        asked = {"scenarios": wanted, "scales": scales, "rounds": options["rounds"], "seed": options["seed"]}
        self.tell(report, seconds=time.monotonic() - began, asked=asked, file=options["json"])

    def tell(self, report: Report, *, seconds: float, asked: dict[str, Any], file: Path | None) -> None:
        """The table, and JSON into `file`. Ends the process with code 1 when a gate does not hold."""
        self._show(report)
        self._close(seconds)
        if file:
            facts = {"at": now().isoformat(timespec="seconds"), "machine": platform.machine(), "cores": os.cpu_count()}
            facts |= {"load": os.getloadavg(), "seconds": round(seconds), **asked, "rows": [asdict(row) for row in report.rows]}
            file.write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")
        if report.failed:
            raise SystemExit(1)

    def _tables(self) -> None:
        """Migrate as the owner, then go on as the application's role, whom the walls bind."""
        import environ  # noqa: PLC0415 - only here

        owner = environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"])
        app = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
        name = f"bench_{os.getpid()}"
        connection.settings_dict.update(USER=owner["USER"], PASSWORD=owner["PASSWORD"])
        connection.settings_dict["TEST"]["NAME"] = name
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        ingest.make_raw_table()
        connection.close()
        connection.settings_dict.update(app)
        base, _slash, _old = os.environ["DATABASE_OWNER_URL"].rpartition("/")
        os.environ["BENCH_OWNER_URL"] = f"{base}/{name}"
        base, _slash, _old = os.environ["DATABASE_URL"].rpartition("/")
        os.environ["DATABASE_URL"] = f"{base}/{name}"
        call_command("check", "--database", "default", stdout=StringIO())

    def _neighbours(self, seed: int) -> grounds.Ground:
        """Small workspaces beside the large one, as in life. Returns one of them."""
        for number in range(grounds.SMALL_TENANTS):
            small = grounds.lay(slug=f"small{number}", account=str(8000 + number))
            for page in Pages(seed + number + 1, account=f"small{number}", people=40).pages(2):
                small.store(page)
            small.digest()
        return small

    def _fill(self, ground: grounds.Ground, pages: Pages, filled: int, wanted: int) -> int:
        while filled < wanted:
            for page in pages.pages(min(20, (wanted - filled) // PAGE)):
                ground.store(page)
                filled += PAGE
            ground.digest()
        return filled

    def _growth(self, report: Report, scales: list[str]) -> None:
        """What the largest scale costs against the smallest."""
        for scenario, metric in (("list", "first page, open"), ("ingest", "new mentions, stored and announced")):
            found = {row.scenario: row.value for row in report.rows if row.metric == metric}
            first, last = found.get(f"{scenario}@{scales[0]}"), found.get(f"{scenario}@{scales[-1]}")
            if first and last and len(scales) > 1:
                ratio = last / first if scenario == "list" else first / last
                report.add(scenario, f"cost {scales[-1]} ÷ {scales[0]}", ratio)

    def _show(self, report: Report) -> None:
        """The lines that are new since the last time."""
        for row in report.rows[self.shown :]:
            spread = f"{row.low:.3g}–{row.high:.3g}" if row.low is not None else ""
            verdict = "" if row.holds is None else ("holds" if row.holds else "FAILS")
            figure = f"{row.value:>10.3g} {row.unit:<7} {spread:<15} {row.gate:<7} {verdict:<6} {row.note}"
            self.stdout.write(f"{row.scenario:<13} {row.metric:<44} {figure}")
        self.shown = len(report.rows)

    def _close(self, seconds: float) -> None:
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        self.stdout.write(f"{seconds:.0f} s, {os.cpu_count()} cores, load {load}")
