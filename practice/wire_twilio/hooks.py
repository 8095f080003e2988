"""Calling whoever wants to be called: forms, signed as Twilio signs them, to an address on this machine only."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpx

from ..clock import now_ms
from ..problems import BadField
from ..settings import is_loopback
from . import render
from .numbers import token_of

if TYPE_CHECKING:
    from ..world import World

BEAT_SECONDS = 0.1
PATIENCE_SECONDS = 15.0
KEPT = 200

#: What to do with what the called one answered.
Then = Callable[[str], None]


@dataclass
class Ring:
    """One call to make, and how it went."""

    brand_id: int
    url: str
    form: dict[str, str]
    due_ms: int
    then: Then | None = None
    signature: str = ""
    status: int = 0
    text: str = ""

    def describe(self) -> dict[str, Any]:
        return {"url": self.url, "form": self.form, "signature": self.signature, "status": self.status, "text": self.text[:2000]}


@dataclass
class Bell:
    """The calls of one world: those to make, and the last that were made."""

    waiting: list[Ring] = field(default_factory=list)
    made: list[Ring] = field(default_factory=list)


_BELLS: WeakKeyDictionary[Any, Bell] = WeakKeyDictionary()


def bell(world: World) -> Bell:
    return _BELLS.setdefault(world, Bell())


def hook_of(world: World, brand: sqlite3.Row) -> str:
    """Where a brand's number wants to be told."""
    row = world.store.one("SELECT url FROM phone_hooks WHERE brand_id = ?", (brand["id"],))
    return str(row["url"]) if row is not None else ""


def set_hook(world: World, brand: sqlite3.Row, url: str) -> None:
    """Tell this address from now on; nobody with an empty one. Raises `BadField`."""
    if url and not near(url):
        raise BadField("url", "must lead to this machine: http://localhost…")
    with world.store.write() as db:
        db.execute("DELETE FROM phone_hooks WHERE brand_id = ?", (brand["id"],))
        if url:
            db.execute("INSERT INTO phone_hooks VALUES (?, ?)", (brand["id"], url))


def near(url: str) -> bool:
    """Whether an address leads to this machine: a practice network calls nobody else."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and is_loopback(parts.hostname or "")


def signed(token: str, url: str, form: dict[str, str]) -> str:
    """Twilio's signature (twilio.com/docs/usage/webhooks/webhooks-security, read 2026-11)."""
    words = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), words.encode(), hashlib.sha1).digest()).decode()


def tell(world: World, brand: sqlite3.Row, url: str, form: dict[str, str], *, in_ms: int = 0, then: Then | None = None) -> None:
    """Call that address soon. Addresses that lead elsewhere are only written down."""
    if url:
        bell(world).waiting.append(Ring(brand["id"], url, form, now_ms() + in_ms, then, signed(token_of(world, brand), url, form)))


def later(world: World, brand: sqlite3.Row, in_ms: int, then: Then) -> None:
    """Do something after a while, calling nobody."""
    bell(world).waiting.append(Ring(brand["id"], "", {}, now_ms() + in_ms, then))


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


async def make(ring: Ring, client: httpx.AsyncClient) -> None:
    """Make one call and do what its answer asks for."""
    if near(ring.url):
        try:
            answer = await client.post(ring.url, data=ring.form, headers={"X-Twilio-Signature": ring.signature})
            ring.status, ring.text = answer.status_code, answer.text
        except httpx.HTTPError as error:
            ring.text = type(error).__name__
    if ring.then is not None:
        ring.then(ring.text if 200 <= ring.status < 300 else "")


@contextlib.asynccontextmanager
async def ringing(world: World) -> AsyncIterator[None]:
    """While inside, calls are made when they are due, one after the other."""

    async def work() -> None:
        own = bell(world)
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
            while True:
                due = [ring for ring in own.waiting if ring.due_ms <= now_ms()]
                for ring in due:
                    own.waiting.remove(ring)
                    await make(ring, client)
                    own.made = [*own.made, ring][-KEPT:] if ring.url else own.made
                await asyncio.sleep(BEAT_SECONDS)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
