"""Telephone numbers and Twilio's ids of people here: both are made from the person's id."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

from .. import people, tokens

if TYPE_CHECKING:
    from ..world import World

NETWORK = "sms"
#: The ready-made shop's, so that a page can name them (cast.py).
SHOP_ID = 5_550_100
SHOP_TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def number_of(person: sqlite3.Row) -> str:
    """A number that nobody real has: 555 is kept free in North America."""
    return f"+1555{person['id'] % 10_000_000:07d}"


def sid(kind: str, number: int) -> str:
    """An id of Twilio's for something of ours."""
    return f"{kind}{number:032x}"


def number_in(text: str) -> int:
    """What is behind such an id; 0 for none of ours."""
    try:
        found = int(text[2:], 16)
    except ValueError:
        return 0
    return found if found < 2**63 else 0


def owner(world: World, number: str) -> sqlite3.Row | None:
    """Who has this number."""
    for person in people.everyone(world, network=NETWORK):
        if number_of(person) == number:
            return person
    return None


def account_of(world: World, account: str, password: str) -> sqlite3.Row | None:
    """The brand whose account and Auth Token these are."""
    token = tokens.find_valid(world, password)
    brand_id = token["user_id"] if token is not None else SHOP_ID if password == SHOP_TOKEN else 0
    brand = people.on(world, brand_id, NETWORK)
    return brand if brand is not None and brand["is_brand"] and sid("AC", brand["id"]) == account else None


def token_of(world: World, brand: sqlite3.Row) -> str:
    """The Auth Token that signs for a brand: the newest one."""
    row = world.store.one(
        "SELECT access FROM tokens WHERE user_id = ? AND revoked = 0 ORDER BY created_ms DESC, rowid DESC LIMIT 1", (brand["id"],)
    )
    return str(row["access"]) if row is not None else SHOP_TOKEN if brand["id"] == SHOP_ID else ""
