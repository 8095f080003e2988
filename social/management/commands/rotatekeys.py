"""`manage.py rotatekeys`: seal every secret that is kept with the newest key of FIELD_KEYS, while everything goes on."""

import base64
import secrets
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services import factors
from core import crypto
from core.resealing import Rotated
from social.services import apps, rotating


class Command(BaseCommand):
    """Rotate the keys of secrets; see docs/operations.md for the order of steps."""

    help = "Seal every secret anew with the first key of FIELD_KEYS. Can be stopped and started again."

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
        found = _sum(rotating.rotate(progress=self._say), apps.rotate(), factors.rotate())
        seconds = time.monotonic() - began
        self.stdout.write(f"{found.resealed:,} secrets sealed anew in {seconds:.1f} s.")
        if found.busy:
            raise CommandError(f"{found.busy:,} were being written all the time: run this again.")
        if found.unreadable:
            places = ", ".join(found.unreadable[:20])
            raise CommandError(
                f"{len(found.unreadable):,} secrets open with no key of the ring ({places}): put their "
                "key back into FIELD_KEYS, or connect these channels again (a credential is named workspace/number). "
                "Keep the older keys until then."
            )
        self.stdout.write("Every secret is sealed with the newest key; the older ones can leave FIELD_KEYS.")

    def _say(self, done: int, wanted: int) -> None:
        self.stdout.write(f"  {done:,} of {wanted:,}")

    def _check(self) -> None:
        number = len(rotating.aged(limit=100_000)) + apps.aged() + factors.aged()
        if number:
            raise CommandError(f"{number:,} secrets are sealed with an older key: run `rotatekeys`.")
        self.stdout.write(f"Every secret is sealed with the newest key, “{crypto.newest_key()}”.")


def _sum(*found: Rotated) -> Rotated:
    unreadable = [name for each in found for name in each.unreadable]
    return Rotated(sum(each.resealed for each in found), sum(each.busy for each in found), unreadable)


def _new_entry(name: str) -> str:
    if not (name.isascii() and name.isalnum()):
        raise CommandError("A key is named by ASCII letters and digits, for example k2.")
    return f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}"
