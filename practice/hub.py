"""The blog's hub (WebSub, W3C Recommendation of 2018-01-23): whoever asks is asked back, and called when the blog has changed.

It calls on this machine only, as everything here does; a promise lasts at most ten days. Calls carry the feed and are signed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from .calling import PATIENCE_SECONDS, Ring, bell, near
from .clock import now_ms

if TYPE_CHECKING:
    from .world import World

MOST_SECONDS = 10 * 86_400
#: Milliseconds before a call that nobody answered is tried again.
WAITS = (1_000, 5_000)
LONGEST_SECRET = 199
_TASKS: set[asyncio.Task[None]] = set()


def hub(world: World, topic: str) -> Callable[[Request], object]:
    """The endpoint that takes subscriptions to one topic."""

    async def take(request: Request) -> Response:
        form = await request.form()
        said = {name: str(form.get(f"hub.{name}", "")) for name in ("mode", "topic", "callback", "secret", "lease_seconds")}
        if said["mode"] not in ("subscribe", "unsubscribe") or said["topic"] != topic:
            return PlainTextResponse("This hub knows one topic, and two modes.", 400)
        if not near(said["callback"]) or len(said["secret"]) > LONGEST_SECRET:
            return PlainTextResponse("The callback must lead to this machine, and the secret be short.", 400)
        # Asked back beside the answer, as hubs do.
        task = asyncio.create_task(ask_back(world, said))
        _TASKS.add(task)
        task.add_done_callback(_TASKS.discard)
        return Response(status_code=202)

    return take


async def ask_back(world: World, said: dict[str, str]) -> None:
    """Ask the callback whether it wants this, and do it when it says so."""
    wished = int(said["lease_seconds"]) if said["lease_seconds"].isdigit() else MOST_SECONDS
    seconds, challenge = min(max(wished, 1), MOST_SECONDS), secrets.token_hex(16)
    query = {"hub.mode": said["mode"], "hub.topic": said["topic"], "hub.challenge": challenge}
    if said["mode"] == "subscribe":
        query["hub.lease_seconds"] = str(seconds)
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
            answer = await client.get(said["callback"], params=query)
    except httpx.HTTPError:
        return
    if not 200 <= answer.status_code < 300 or answer.text != challenge:
        return
    with world.store.write() as db:
        db.execute("DELETE FROM hub WHERE topic = ? AND callback = ?", (said["topic"], said["callback"]))
        if said["mode"] == "subscribe":
            until = now_ms() + seconds * 1000
            db.execute("INSERT INTO hub VALUES (?, ?, ?, ?)", (said["topic"], said["callback"], said["secret"], until))


def tell(world: World, topic: str, body: bytes, kind: str, links: str) -> None:
    """Call everybody who was promised it."""
    for row in world.store.all("SELECT * FROM hub WHERE topic = ? AND until_ms > ?", (topic, now_ms())):
        headers = {"content-type": kind, "link": links}
        if row["secret"]:
            headers["x-hub-signature"] = "sha256=" + hmac.new(row["secret"].encode(), body, hashlib.sha256).hexdigest()
        bell(world).waiting.append(Ring(0, row["callback"], body, headers, now_ms(), {"topic": topic}, waits=WAITS))
