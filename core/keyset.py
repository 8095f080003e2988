"""Keyset pages: “what comes after this row”, at the same cost on the first page and the thousandth."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from core.errors import Invalid

MAX_ID = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in an order by (time, id)."""

    at: datetime
    id: int

    def encode(self) -> str:
        """Opaque text for an address."""
        delta = self.at - _EPOCH
        micros = (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
        return base64.urlsafe_b64encode(f"{micros}.{self.id}".encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, *, field: str = "after") -> "Position | None":
        """What `encode` made; None for an empty text. Raises Invalid for anything else."""
        if not text:
            return None
        try:
            micros, _dot, number = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(".")
            return cls(_EPOCH + timedelta(microseconds=int(micros)), int(number))
        except (ValueError, OverflowError, binascii.Error, UnicodeDecodeError) as error:
            raise Invalid(_("This page marker is not one of ours."), field=field, code="bad_cursor") from error


def number_after(text: str, *, field: str = "after") -> int | None:
    """A place in an order by id alone; None for an empty text. Raises Invalid for anything that is no id."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_ID):
        raise Invalid(_("This page marker is not one of ours."), field=field, code="bad_cursor")
    return int(text)
