"""The socket of an open page: it says that something changed, never what. The page reads that under its own permissions.

The page says where it is, and that somebody writes there: `inbox/frames.py`. Who is where is ids as well.
"""

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import Any

import redis
import structlog
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from accounts.policies import Permission
from accounts.selectors import may_stay, place_of
from core.errors import Invalid
from core.push import group_name, sequences
from core.tenancy import tenant
from inbox.frames import Frame, Pace, read_frame
from inbox.selectors import visible_channel_ids, visible_channel_of
from inbox.services import presence
from inbox.services.presence import Here

log = structlog.get_logger("rabta.sockets")

#: A page hears at most so often; what comes between is told together.
QUIET_SECONDS = 0.25
#: How often membership is checked again, and the page told the numbers of the last pushes.
BEAT_SECONDS = 8.0
NOT_FOUND = 4404
ENDED = 4401
FLOOD = 4429


class InboxConsumer(AsyncJsonWebsocketConsumer):
    """`/ws/<slug>/`: hello, then `changed` and `here` frames with ids and numbers, then a beat with the newest numbers."""

    async def connect(self) -> None:
        """Admit a member; anybody else gets the same close code as for a workspace that does not exist."""
        self.hushed: dict[str, dict[str, Any]] = {}
        self.spoken_at = 0.0
        self.jobs: list[asyncio.Task[None]] = []
        self.flush: asyncio.Task[None] | None = None
        self.names: list[str] = []
        #: Conversation → who is in it, where that changed since this page was last told.
        self.came: dict[int, list[list[int]]] = {}
        self.here: Here | None = None
        self.pace = Pace()
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self.close(ENDED)
            return
        place = await database_sync_to_async(self._place)(user)
        if place is None:
            await self.close(NOT_FOUND)
            return
        self.workspace_id, channel_ids, self.member_id, self.may_write = place
        self.user_id: int = user.id
        self.session_key: str = self.scope["session"].session_key or ""
        self.names = [group_name(self.workspace_id, kind, number) for number in channel_ids for kind in ("channel", "rings")]
        self.names += [group_name(self.workspace_id, "user", self.user_id), group_name(self.workspace_id, "all")]
        for name in self.names:
            await self.channel_layer.group_add(name, self.channel_name)
        await self.accept()
        # Numbers are read after joining: a push in between is told twice rather than never.
        await self.send_json({"t": "hello", "seq": await self._numbers(), "here": await self._everybody(channel_ids)})
        self.jobs.append(asyncio.create_task(self._beat()))

    def _place(self, user: Any) -> tuple[int, list[int], int, bool] | None:
        place = place_of(user, self.scope["url_route"]["kwargs"]["slug"])
        if place is None:
            return None
        with tenant(place.workspace.id):
            may_write = place.membership.may(Permission.CONVERSATIONS_REPLY)
            return place.workspace.id, visible_channel_ids(), place.membership.pk, may_write

    async def disconnect(self, code: int) -> None:
        """Leave all groups, stop the beat, and be nowhere."""
        for job in [*self.jobs, *([self.flush] if self.flush else [])]:
            job.cancel()
        for name in self.names:
            with contextlib.suppress(redis.RedisError, OSError):
                await self.channel_layer.group_discard(name, self.channel_name)
        if self.here is not None:
            await self._go(None)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """A word of the page. What is wrong with it is answered with its field; whoever floods is cut off."""
        if not self.pace.take():
            if self.pace.is_flood:
                await self.close(FLOOD)
            elif self.pace.refused == 1:
                await self._refuse(Invalid("Too many frames.", field="frame", code="too_many"))
            return
        try:
            await self._heed(read_frame(text_data))
        except Invalid as error:
            await self._refuse(error)

    async def _refuse(self, error: Invalid) -> None:
        await self.send_json({"t": "error", "field": error.field, "code": error.code})

    async def _heed(self, frame: Frame) -> None:
        if frame.kind == "ping":
            await self.send_json({"t": "pong"})
        elif frame.kind == "away":
            await self._go(None)
        elif frame.kind == "look":
            await self._go(await self._seen_from(frame.number))
        else:
            if not self.may_write:
                raise Invalid("This role writes no answers.", field="t", code="forbidden")
            if self.here is None:
                raise Invalid("Say first where you are.", field="t", code="nowhere")
            await self._go(replace(self.here, writes=True))
            if frame.kind == "take" and self.here is not None:
                await asyncio.to_thread(presence.take_over, self.workspace_id, self.here)

    async def _seen_from(self, conversation_id: int) -> Here:
        """A look at a conversation of this workspace; any other number is as unknown as one that nobody has."""
        if self.here is not None and self.here.conversation_id == conversation_id:
            return replace(self.here, writes=False)
        channel_id = await database_sync_to_async(self._channel_of)(conversation_id)
        if channel_id is None:
            raise Invalid("There is no such conversation.", field="id", code="not_found")
        return Here(conversation_id, channel_id, self.member_id, writes=False, socket=self.channel_name)

    def _channel_of(self, conversation_id: int) -> int | None:
        with tenant(self.workspace_id):
            return visible_channel_of(conversation_id)

    async def _go(self, new: Here | None) -> None:
        old, self.here = self.here, new
        try:
            await asyncio.to_thread(presence.move, self.workspace_id, old=old, new=new)
        except (redis.RedisError, OSError) as error:
            log.warning("presence_away", error=str(error))

    async def _everybody(self, channel_ids: list[int]) -> list[list[Any]]:
        """Who is where just now, of what this page may see."""
        try:
            lines = await asyncio.to_thread(presence.sweep, self.workspace_id)
        except (redis.RedisError, OSError) as error:
            log.warning("presence_away", error=str(error))
            return []
        shown = [here for here in lines if here.channel_id in channel_ids]
        numbers = sorted({here.conversation_id for here in shown})
        return [[number, [list(one) for one in presence.people_in(shown, number).items()]] for number in numbers]

    async def present(self, event: dict[str, Any]) -> None:
        """Somebody came, went or began to write."""
        self.came[event["conversation"]] = event["who"]
        self._soon()

    async def taken(self, event: dict[str, Any]) -> None:
        """Somebody took an answer over."""
        await self.send_json({"t": "taken", "id": event["conversation"], "by": event["by"]})

    async def changed(self, event: dict[str, Any]) -> None:
        """A push. Told at once when the page was quiet, else together with its neighbours."""
        group = event["group"]
        told = self.hushed.setdefault(group, {"g": group, "kind": event.get("kind", ""), "seq": 0, "ids": []})
        told["seq"] = event["seq"]
        told["ids"] = [*told["ids"], *event["ids"]][-100:]
        self._soon()

    def _soon(self) -> None:
        """Speak once the page was quiet for long enough."""
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
        came, self.came = self.came, {}
        self.spoken_at = time.monotonic()
        for frame in frames:
            await self.send_json({"t": "changed", **frame})
        if came:
            await self.send_json({"t": "here", "in": list(came.items())})

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if not await self._stays():
                return
            await self.send_json({"t": "beat", "seq": await self._numbers()})
            with contextlib.suppress(redis.RedisError, OSError):
                await asyncio.to_thread(presence.sweep, self.workspace_id)

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
