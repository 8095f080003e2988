"""Calling whoever wants to be told: on this machine only, when it is due, and again for those networks that try again."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpx

from .clock import now_ms
from .problems import BadField
from .settings import is_loopback

if TYPE_CHECKING:
    from .world import World

BEAT_SECONDS = 0.1
PATIENCE_SECONDS = 15.0
KEPT = 200

#: What to do with what the called one answered.
Then = Callable[[str], None]


@dataclass(eq=False)
class Ring:
    """One call to make, and how it went."""

    brand_id: int
    url: str
    body: bytes
    headers: Mapping[str, str]
    due_ms: int
    #: What the list of calls shows of it.
    shown: dict[str, Any]
    then: Then | None = None
    #: Milliseconds before each further try, where the network makes one.
    waits: tuple[int, ...] = ()
    tries: int = 0
    status: int = 0
    text: str = ""

    def describe(self) -> dict[str, Any]:
        return {"url": self.url, **self.shown, "status": self.status, "text": self.text[:2000], "tries": self.tries}


@dataclass
class Bell:
    """The calls of one world: those to make, and the last that were made."""

    waiting: list[Ring] = field(default_factory=list)
    made: list[Ring] = field(default_factory=list)

    def describe(self, brand: sqlite3.Row) -> dict[str, Any]:
        """A brand's part of it, as the control API shows it."""
        made = [ring.describe() for ring in self.made if ring.brand_id == brand["id"]]
        return {"made": made, "waiting": sum(ring.brand_id == brand["id"] for ring in self.waiting)}


_BELLS: WeakKeyDictionary[Any, Bell] = WeakKeyDictionary()


def bell(world: World) -> Bell:
    return _BELLS.setdefault(world, Bell())


def near(url: str) -> bool:
    """Whether an address leads to this machine: a practice network calls nobody else."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and is_loopback(parts.hostname or "")


def check_near(url: str) -> None:
    """Raises `BadField` for an address that leads elsewhere. None at all is nobody to call."""
    if url and not near(url):
        raise BadField("url", "must lead to this machine: http://localhost…")


def later(world: World, brand: sqlite3.Row, in_ms: int, then: Then) -> None:
    """Do something after a while, calling nobody."""
    bell(world).waiting.append(Ring(brand["id"], "", b"", {}, now_ms() + in_ms, {}, then))


async def make(ring: Ring, client: httpx.AsyncClient) -> None:
    """Make one call and do what its answer asks for. Addresses that lead elsewhere are only written down."""
    if near(ring.url):
        ring.tries += 1
        try:
            answer = await client.post(ring.url, content=ring.body, headers=dict(ring.headers))
            ring.status, ring.text = answer.status_code, answer.text
        except httpx.HTTPError as error:
            ring.status, ring.text = 0, type(error).__name__
    if ring.then is not None:
        ring.then(ring.text if 200 <= ring.status < 300 else "")


def again(ring: Ring) -> bool:
    """Whether to try once more, and when: as long as nobody said yes and the network has patience."""
    if not near(ring.url) or 200 <= ring.status < 300 or ring.tries > len(ring.waits):
        return False
    ring.due_ms = now_ms() + ring.waits[ring.tries - 1]
    return True


@contextlib.asynccontextmanager
async def ringing(world: World) -> AsyncIterator[None]:
    """While inside, calls are made when they are due, one after the other."""

    async def work() -> None:
        own = bell(world)
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
            while True:
                due = [ring for ring in own.waiting if ring.due_ms <= now_ms()]
                for ring in due:
                    # Others see it wait until it is over.
                    await make(ring, client)
                    own.made = [*own.made, ring][-KEPT:] if ring.url and ring not in own.made else own.made
                    if not again(ring) and ring in own.waiting:
                        own.waiting.remove(ring)
                await asyncio.sleep(BEAT_SECONDS)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
