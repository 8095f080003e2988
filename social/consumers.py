"""The socket of an open chat widget: it says that something was said, never what. The widget reads that at the public door."""

import asyncio
import contextlib
import json
from typing import Any

import redis
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings

from core.errors import RabtaError
from social.services import chatting

#: A widget says who it is within so long, and hears that the line is alive every so often.
HELLO_SECONDS = 10.0
BEAT_SECONDS = 25.0
MAX_HELLO = 2_000
REFUSED = 4403
NOT_FOUND = 4404


class ChatConsumer(AsyncJsonWebsocketConsumer):
    """`/chat/<key>/live/`: the widget's first frame says who it is; then `changed` frames, and a beat that checks its right."""

    async def connect(self) -> None:
        """Admit pages of the channel's own sites. There is no session here: cookies are neither asked for nor believed."""
        self.group = ""
        self.jobs: list[asyncio.Task[None]] = []
        headers = dict(self.scope["headers"])
        self.origin = headers.get(b"origin", b"").decode("latin-1")
        self.address = _address(self.scope, headers)
        try:
            await database_sync_to_async(self._enter)()
        except RabtaError:
            await self.close(REFUSED)
            return
        await self.accept()
        self.jobs.append(asyncio.create_task(self._wait()))

    def _enter(self) -> chatting.Place:
        return chatting.enter(key=self.scope["url_route"]["kwargs"]["key"], origin=self.origin)

    async def disconnect(self, code: int) -> None:
        """Leave the group and stop the clock."""
        for job in self.jobs:
            job.cancel()
        if self.group:
            with contextlib.suppress(redis.RedisError, OSError):
                await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """The first frame: who asks. Whatever comes later is dropped unread."""
        if self.group:
            return
        try:
            given = json.loads(text_data or "") if len(text_data or "") <= MAX_HELLO else None
        except (ValueError, RecursionError):
            given = None
        try:
            group = await database_sync_to_async(self._group)(given) if isinstance(given, dict) else ""
        except RabtaError:
            await self.close(REFUSED)
            return
        if not group:
            await self.close(NOT_FOUND)
            return
        self.group = group
        await self.channel_layer.group_add(group, self.channel_name)
        # Said after joining: what was said before this, the widget reads now; what is said later, it is told.
        await self.send_json({"t": "hello"})
        self.jobs.append(asyncio.create_task(self._beat()))

    def _group(self, given: dict[str, Any]) -> str:
        place = self._enter()
        chatting.slow_down(place, address=self.address, what="socket")
        thread_id = chatting.thread_of(place, chatting.person_of(place, given))
        return chatting.visitors_group(place.workspace_id, thread_id) if thread_id else ""

    async def changed(self, event: dict[str, Any]) -> None:
        """Something was said in this thread."""
        await self.send_json({"t": "changed"})

    async def _wait(self) -> None:
        await asyncio.sleep(HELLO_SECONDS)
        if not self.group:
            await self.close(NOT_FOUND)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                await database_sync_to_async(self._enter)()
            except RabtaError:
                await self.close(REFUSED)
                return
            await self.send_json({"t": "beat"})


def _address(scope: dict[str, Any], headers: dict[bytes, bytes]) -> str:
    """Where the socket comes from. The last address of X-Forwarded-For is our own proxy's word; without one nobody is believed."""
    if settings.BEHIND_PROXY:
        return headers.get(b"x-forwarded-for", b"unknown").decode("latin-1").rpartition(",")[2].strip()
    return str((scope.get("client") or ["unknown"])[0])
