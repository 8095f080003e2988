"""`manage.py rotatekeys`: seal every channel secret with the newest key of FIELD_KEYS, while everything goes on."""

import base64
import secrets
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import crypto
from social.services import rotating


class Command(BaseCommand):
    """Rotate the keys of secrets; see docs/operations.md for the order of steps."""

    help = "Seal every channel secret anew with the first key of FIELD_KEYS. Can be stopped and started again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; say how many secrets an older key sealed")
        parser.add_argument("--new-key", metavar="ID", help="print a new entry for FIELD_KEYS under this name, and do nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_key"]:
            self.stdout.write(_new_entry(options["new_key"]))
            return
        if options["check"]:
            self._check()
            return
        self.stdout.write(f"Sealing with key “{crypto.newest_key()}”.")
        began = time.monotonic()
        found = rotating.rotate(progress=self._say)
        seconds = time.monotonic() - began
        self.stdout.write(f"{found.resealed:,} secrets sealed anew in {seconds:.1f} s.")
        if found.busy:
            raise CommandError(f"{found.busy:,} were being written all the time: run this again.")
        if found.unreadable:
            places = ", ".join(f"{workspace}/{credential}" for workspace, credential in found.unreadable[:20])
            raise CommandError(
                f"{len(found.unreadable):,} secrets open with no key of the ring (workspace/credential {places}): "
                "put their key back into FIELD_KEYS, or connect these channels again. Keep the older keys until then."
            )
        self.stdout.write("Every secret is sealed with the newest key; the older ones can leave FIELD_KEYS.")

    def _say(self, done: int, wanted: int) -> None:
        self.stdout.write(f"  {done:,} of {wanted:,}")

    def _check(self) -> None:
        first = rotating.aged(limit=100_000)
        if first:
            raise CommandError(f"{len(first):,} secrets are sealed with an older key: run `rotatekeys`.")
        self.stdout.write(f"Every secret is sealed with the newest key, “{crypto.newest_key()}”.")


def _new_entry(name: str) -> str:
    if not (name.isascii() and name.isalnum()):
        raise CommandError("A key is named by ASCII letters and digits, for example k2.")
    return f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}"
