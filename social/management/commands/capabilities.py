"""`manage.py capabilities`: write docs/capabilities.md from the network files."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from social.matrix import as_markdown


class Command(BaseCommand):
    """Write the matrix of networks, or say that it is stale."""

    help = "Write docs/capabilities.md from the files in social/networks/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is stale")

    def handle(self, *args: Any, **options: Any) -> None:
        file = Path(settings.BASE_DIR) / "docs" / "capabilities.md"
        text = as_markdown()
        if options["check"]:
            if not file.exists() or file.read_text("utf-8") != text:
                raise CommandError("docs/capabilities.md is stale: run `python3 manage.py capabilities`.")
            self.stdout.write("docs/capabilities.md says what the network files say.")
            return
        file.write_text(text, "utf-8")
        self.stdout.write(f"Wrote {file.relative_to(settings.BASE_DIR)}.")
