"""What a page may bring beside its items: files that came inside them, and what single ones cost. Frozen, as all values."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from social.networks.errors import Text
from social.networks.values import Media


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that came inside an item: what the item says of it, and its bytes, or in words why there are none."""

    media: Media
    content: bytes = field(repr=False)
    problem: Text = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one message or call cost, and when it was (UTC). `currency` by its three letters (ISO 4217)."""

    external_id: str
    amount: Decimal
    currency: str
    at: datetime
