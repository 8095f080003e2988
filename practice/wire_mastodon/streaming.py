"""Mastodon's streaming wire (docs.joinmastodon.org/methods/streaming, read 2026-11): server-sent events that stay open.

`/user` and `/user/notification` tell of mentions as `notification`, `/user` of deleted ones as `delete` too; every fifteen seconds
comes the comment `:thump`. A trouble is drawn once, when somebody begins to listen, from the group `stream`.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from .. import shapes
from ..traffic import Seen
from ..wire.gate import Answer, Call, Sender
from . import render
from .gate import MastodonGate
from .work import MENTIONS, base_of

LOOK_SECONDS = 0.1
THUMP_SECONDS = 15.0
HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"private, no-store")]


async def health(request: Request) -> Response:
    """GET /api/v1/streaming/health."""
    return PlainTextResponse("OK")


def begins(call: Call) -> Answer:
    """What the door asks before a stream opens is all it asks."""
    return Answer({})


async def until_gone(sender: Sender) -> None:
    """Until the listener has hung up."""
    while (await sender.receive())["type"] != "http.disconnect":
        pass


class StreamGate(MastodonGate):
    """An endpoint whose answer stays open."""

    async def serve(self, request: Request, sender: Sender, seen: Seen) -> int:
        call = await self.read(request, seen)
        call.token, call.user = self.identify(call)
        if call.user is None and "access_token" in call.query:
            call.headers = {"authorization": f"Bearer {call.query['access_token']}"}
            call.token, call.user = self.identify(call)
        user_id = call.user["id"] if call.user is not None else None
        fired = self.world.trouble.draw(groups=self.endpoint.groups, writes=False, lists=True, documents=True, user_id=user_id)
        seen.trouble, seen.user_id = ",".join(fired), str(user_id) if user_id is not None else None
        refused = self.refuse(fired)
        if refused is not None:
            return await sender.answer(*refused)
        answer = self.work(call)
        if answer.status != 200:
            return await sender.answer(answer.status, shapes.dump(answer.body), answer.headers)
        await sender.send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        gone = asyncio.create_task(until_gone(sender))
        try:
            await self.tell(call, sender, set(fired), gone)
        finally:
            gone.cancel()
        return 200

    async def tell(self, call: Call, sender: Sender, fired: set[str], gone: asyncio.Task[None]) -> None:
        """Say what happens until the listener has gone, or what the trouble wants said."""

        async def say(text: bytes) -> None:
            await sender.send({"type": "http.response.body", "body": text, "more_body": True})

        if "hang" in fired:  # open, and silent for ever
            await gone
            return
        if "garble" in fired:
            await say(b'event: notifica\xff\xfe\ndata: {"id": "1\n\n<html>\x00')
            sender.close()
            return
        known, quiet = self.newest(call), 0.0
        there = self.mentions(call)
        while not gone.done() and call.token is not None:
            if quiet >= THUMP_SECONDS:
                quiet = 0.0
                await say(b":thump\n")
            for row in self.since(call, known):
                known = max(known, row["id"])
                event = b"event: notification\ndata: " + json.dumps(self.notification(call, row)).encode() + b"\n\n"
                await say(event * (2 if "twice" in fired else 1))
            if self.endpoint.path.endswith("/user"):
                now = self.mentions(call)
                for lost in there - now:
                    await say(b"event: delete\ndata: %d\n\n" % lost)
                there = now
            await asyncio.wait({gone}, timeout=LOOK_SECONDS)
            quiet += LOOK_SECONDS
            if self.identify(call)[0] is None:  # the token was revoked: Mastodon ends its streams
                sender.close()
                return

    def newest(self, call: Call) -> int:
        sql = f"SELECT coalesce(max(p.id), 0) AS id FROM {MENTIONS} AND p.network = 'mastodon'"
        return int(self.world.store.one(sql, (call.me["id"],))["id"])

    def since(self, call: Call, known: int) -> list[Any]:
        sql = f"SELECT p.* FROM {MENTIONS} AND p.network = 'mastodon' AND p.id > ? AND p.deleted_ms IS NULL ORDER BY p.id"
        return list(self.world.store.all(sql, (call.me["id"], known)))

    def mentions(self, call: Call) -> set[int]:
        sql = f"SELECT p.id FROM {MENTIONS} AND p.network = 'mastodon' AND p.deleted_ms IS NULL"
        return {row["id"] for row in self.world.store.all(sql, (call.me["id"],))}

    def notification(self, call: Call, row: Any) -> dict[str, Any]:
        shown = render.status(self.world, row, base_of(call))
        shared = {name: shown[name] for name in ("created_at", "account")}
        return {"id": str(row["id"]), "type": "mention", **shared, "status": shown}
