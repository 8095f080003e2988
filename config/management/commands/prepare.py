"""Everything between “servers are up” and “pages can be served”, in one process: starting Django twice would cost more."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string


class Command(BaseCommand):
    """Prints `STEP <text>`, `PROGRESS <done> <total> <text>` and `SAY <text>` lines, which `up` draws."""

    help = "Migrate when there is something to migrate, compile translations, and with --demo make the demo workspaces."
    requires_system_checks: list[str] = []  # the role check is for the application's role; this runs as the owner

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="make the two demo workspaces if they are not there")
        parser.add_argument("--conversations", type=int, default=3000, help="demo conversations of each workspace")

    def handle(self, *args: Any, **options: Any) -> None:
        self.migrate()
        self.compile_translations()
        if options["demo"]:
            self.say("STEP Demo workspaces")
            load = import_string("demo.services.load.load_demo")
            load(conversations=options["conversations"], progress=self.progress, tell=lambda text: self.say(f"SAY {text}"))

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def progress(self, done: int, total: int, text: str) -> None:
        """One step of something long."""
        self.say(f"PROGRESS {done} {total} {text}")

    def migrate(self) -> None:
        """Bring the tables up to date. Does nothing, quickly, when they are."""
        executor = MigrationExecutor(connection)
        targets = executor.loader.graph.leaf_nodes()
        plan = executor.migration_plan(targets)
        if not plan:
            return
        total = len(plan)
        done = 0

        def told(action: str, migration: Any = None, fake: bool = False) -> None:
            nonlocal done
            if action == "apply_success":
                done += 1
                self.progress(done, total, f"Tables: {migration}")

        executor.progress_callback = told
        executor.migrate(targets, plan)

    def compile_translations(self) -> None:
        """Compile each .po that is newer than its .mo, with babel: no system tool is needed."""
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                target = source.with_suffix(".mo")
                if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                    continue
                self.say(f"STEP Translations: {source.parent.parent.name}")
                with source.open("rb") as text:
                    catalog = read_po(text, locale=source.parent.parent.name)
                partial = target.with_suffix(".mo.part")
                with partial.open("wb") as binary:
                    write_mo(binary, catalog)
                partial.replace(target)
