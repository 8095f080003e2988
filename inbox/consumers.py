"""The socket of an open page: it says that something changed, never what. The page reads that under its own permissions."""

import asyncio
import contextlib
import time
from typing import Any

import redis
import structlog
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from accounts.selectors import may_stay, place_of
from core.push import group_name, sequences
from core.tenancy import tenant
from inbox.selectors import visible_channel_ids

log = structlog.get_logger("rabta.sockets")

#: A page hears at most so often; what comes between is told together.
QUIET_SECONDS = 0.25
#: How often membership is checked again, and the page told the numbers of the last pushes.
BEAT_SECONDS = 8.0
NOT_FOUND = 4404
ENDED = 4401


class InboxConsumer(AsyncJsonWebsocketConsumer):
    """`/ws/<slug>/`: hello, then `changed` frames with ids and numbers, then a beat with the newest numbers."""

    async def connect(self) -> None:
        """Admit a member; anybody else gets the same close code as for a workspace that does not exist."""
        self.hushed: dict[str, dict[str, Any]] = {}
        self.spoken_at = 0.0
        self.jobs: list[asyncio.Task[None]] = []
        self.flush: asyncio.Task[None] | None = None
        self.names: list[str] = []
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self.close(ENDED)
            return
        place = await database_sync_to_async(self._place)(user)
        if place is None:
            await self.close(NOT_FOUND)
            return
        self.workspace_id, channel_ids = place
        self.user_id: int = user.id
        self.session_key: str = self.scope["session"].session_key or ""
        self.names = [group_name(self.workspace_id, kind, number) for number in channel_ids for kind in ("channel", "rings")]
        self.names += [group_name(self.workspace_id, "user", self.user_id), group_name(self.workspace_id, "all")]
        for name in self.names:
            await self.channel_layer.group_add(name, self.channel_name)
        await self.accept()
        # Numbers are read after joining: a push in between is told twice rather than never.
        await self.send_json({"t": "hello", "seq": await self._numbers()})
        self.jobs.append(asyncio.create_task(self._beat()))

    def _place(self, user: Any) -> tuple[int, list[int]] | None:
        place = place_of(user, self.scope["url_route"]["kwargs"]["slug"])
        if place is None:
            return None
        with tenant(place.workspace.id):
            return place.workspace.id, visible_channel_ids()

    async def disconnect(self, code: int) -> None:
        """Leave all groups and stop the beat."""
        for job in [*self.jobs, *([self.flush] if self.flush else [])]:
            job.cancel()
        for name in self.names:
            with contextlib.suppress(redis.RedisError, OSError):
                await self.channel_layer.group_discard(name, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Pages have nothing to say here; a frame is dropped unread, so that none can do harm."""

    async def changed(self, event: dict[str, Any]) -> None:
        """A push. Told at once when the page was quiet, else together with its neighbours."""
        group = event["group"]
        told = self.hushed.setdefault(group, {"g": group, "kind": event.get("kind", ""), "seq": 0, "ids": []})
        told["seq"] = event["seq"]
        told["ids"] = [*told["ids"], *event["ids"]][-100:]
        if self.flush is None or self.flush.done():
            wait = self.spoken_at + QUIET_SECONDS - time.monotonic()
            self.flush = asyncio.create_task(self._speak(max(wait, 0.0)))

    async def ended(self, event: dict[str, Any]) -> None:
        """Something ended for this person: a membership, a session. The page goes at once if it was this one's."""
        await self._stays()

    async def _speak(self, wait: float) -> None:
        if wait:
            await asyncio.sleep(wait)
        frames, self.hushed = list(self.hushed.values()), {}
        self.spoken_at = time.monotonic()
        for frame in frames:
            await self.send_json({"t": "changed", **frame})

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if not await self._stays():
                return
            await self.send_json({"t": "beat", "seq": await self._numbers()})

    async def _stays(self) -> bool:
        """Whether the person may still look; closes the page if not."""
        stays = await database_sync_to_async(may_stay)(
            user_id=self.user_id, workspace_id=self.workspace_id, session_key=self.session_key
        )
        if not stays:
            await self.close(ENDED)
        return stays

    async def _numbers(self) -> dict[str, int]:
        try:
            return await asyncio.to_thread(sequences, self.names)
        except (redis.RedisError, OSError) as error:
            log.warning("numbers_away", error=str(error))
            return {}
