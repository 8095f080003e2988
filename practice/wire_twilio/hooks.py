"""Calling whoever wants to be called: forms, signed as Twilio signs them, to an address on this machine only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from ..calling import Ring, Then, bell, check_near
from ..clock import now_ms
from . import render
from .numbers import token_of

if TYPE_CHECKING:
    from ..world import World

FORM = "application/x-www-form-urlencoded"


def hook_of(world: World, brand: sqlite3.Row) -> str:
    """Where a brand's number wants to be told."""
    row = world.store.one("SELECT url FROM phone_hooks WHERE brand_id = ?", (brand["id"],))
    return str(row["url"]) if row is not None else ""


def set_hook(world: World, brand: sqlite3.Row, url: str) -> None:
    """Tell this address from now on; nobody with an empty one. Raises `BadField`."""
    check_near(url)
    with world.store.write() as db:
        db.execute("DELETE FROM phone_hooks WHERE brand_id = ?", (brand["id"],))
        if url:
            db.execute("INSERT INTO phone_hooks VALUES (?, ?)", (brand["id"], url))


def signed(token: str, url: str, form: dict[str, str]) -> str:
    """Twilio's signature (twilio.com/docs/usage/webhooks/webhooks-security, read 2026-11)."""
    words = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), words.encode(), hashlib.sha1).digest()).decode()


def tell(world: World, brand: sqlite3.Row, url: str, form: dict[str, str], *, in_ms: int = 0, then: Then | None = None) -> None:
    """Call that address soon. Addresses that lead elsewhere are only written down."""
    if not url:
        return
    signature = signed(token_of(world, brand), url, form)
    headers = {"X-Twilio-Signature": signature, "Content-Type": FORM}
    shown = {"form": form, "signature": signature}
    bell(world).waiting.append(Ring(brand["id"], url, urlencode(form).encode(), headers, now_ms() + in_ms, shown, then))


def follow(world: World, row: sqlite3.Row, brand: sqlite3.Row, url: str) -> None:
    """Tell what becomes of a message of ours, step by step (…/messaging/guides/track-outbound-message-status)."""
    other = render.other_of(world, row, brand)
    for wait in (render.SENT_MS, render.DELIVERED_MS):
        status, error = render.state_of(row, brand, other, row["created_ms"] + wait)
        own = render.message_sid(row)
        form = {
            "MessageSid": own, "SmsSid": own, "AccountSid": render.sid("AC", brand["id"]), "From": render.number_of(brand),
            "To": render.number_of(other), "MessageStatus": status, "SmsStatus": status, "ApiVersion": "2010-04-01",
            **({"ErrorCode": str(error)} if error else {}),
        }  # fmt: skip
        tell(world, brand, url, form, in_ms=wait)
