"""`manage.py listen`: the process that holds networks' connections open. Any number may run; they share the channels."""

import signal
import threading
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.startup import begin
from social.services.listening import listener


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT, and then leaves what it holds to others at once."""

    help = "Listen to the networks that stream: whenever one says something, its channel is polled (docs/adr/listening.md)."
    requires_system_checks: list[str] = []  # what a process must know before it begins, `begin` asks

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--beat-file", type=Path, help="touched every two seconds, for whoever looks whether it is alive")

    def handle(self, *args: Any, **options: Any) -> None:
        begin()
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: stopping.set())
        listening = listener(beat_file=options["beat_file"])
        self.stdout.write(f"Listening, to {listening.most} channels at most.")
        self.stdout.flush()
        listening.run(stopping)
