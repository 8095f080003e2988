"""Sockets: only members hear, only of their own workspace, only as long as they may, and nothing sent to one does anything."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.contrib.sessions.backends.db import SessionStore

from accounts.services.members import deactivate_member
from config.asgi import application
from config.sockets import urlpatterns
from core.push import group_name, push_changed
from core.tenancy import tenant
from tests.inbox.factories import hear, post
from tests.tenancy.world import SECRET_WORD, World, fingerprint

pytestmark = pytest.mark.django_db(transaction=True)
#: How long a page may stay open after it should have ended: its own beat comes every eight seconds.
PATIENCE_SECONDS = 15
HERE = b"http://localhost"


def socket_of(world: World, who: str, slug: str, *, origin: bytes = HERE) -> WebsocketCommunicator:
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in world.browser(who).cookies.items())
    headers = [(b"origin", origin), (b"host", b"localhost"), (b"cookie", cookies.encode())]
    return WebsocketCommunicator(application, f"/ws/{slug}/", headers=headers)


def play(scene: Callable[[], Awaitable[None]]) -> None:
    """Run a scene in a loop of its own."""

    async def bounded() -> None:
        await asyncio.wait_for(scene(), 30)

    async_to_sync(bounded)()


async def refused(line: WebsocketCommunicator) -> int:
    connected, code = await line.connect(timeout=10)
    assert not connected
    return int(code or 0)


async def frame(line: WebsocketCommunicator, kind: str) -> dict[str, Any]:
    """The next frame of this kind."""
    while True:
        found = await line.receive_json_from(timeout=10)
        if found["t"] == kind:
            return dict(found)


async def ended(line: WebsocketCommunicator) -> int:
    while True:
        try:
            event = await line.receive_output(timeout=PATIENCE_SECONDS)
        except TimeoutError as error:
            raise AssertionError("the page is still open") from error
        if event["type"] == "websocket.close":
            return int(event["code"])


def test_every_socket_is_tested_here() -> None:
    assert [str(entry.pattern) for entry in urlpatterns] == ["ws/<slug:slug>/"]


def test_members_hear_what_changed_and_no_word_of_it(world_committed: World) -> None:
    world = world_committed

    async def scene() -> None:
        line = socket_of(world, "agent", "meridian")
        assert (await line.connect(timeout=10))[0]
        await frame(line, "hello")
        await asyncio.to_thread(hear, world.desk.channel, post(world.desk.channel, f"again {SECRET_WORD}"))
        told = await frame(line, "changed")
        assert told["g"] == group_name(world.cast.meridian.pk, "channel", world.desk.channel.pk)
        assert all(isinstance(number, int) for number in told["ids"])
        assert SECRET_WORD not in json.dumps(told)
        await line.disconnect()

    play(scene)


def test_nobody_else_is_let_in(world_committed: World) -> None:
    world = world_committed

    async def scene() -> None:
        assert await refused(socket_of(world, "outsider", "meridian")) == 4404
        assert await refused(socket_of(world, "outsider", "no-such-place")) == 4404
        assert await refused(socket_of(world, "stranger", "meridian")) == 4401
        foreign = socket_of(world, "owner", "meridian", origin=b"https://evil.example")
        assert await refused(foreign) in (1000, 403, 4403)
        dead = WebsocketCommunicator(
            application,
            "/ws/meridian/",
            headers=[(b"origin", HERE), (b"host", b"localhost"), (b"cookie", b"sessionid=nobody-made-this")],
        )
        assert await refused(dead) == 4401

    play(scene)


def test_another_workspaces_pushes_are_never_heard(world_committed: World) -> None:
    world = world_committed

    def both_change() -> None:
        for desk in (world.desk, world.own):
            hear(desk.channel, post(desk.channel, "again"))
        with tenant(world.cast.meridian.pk):
            push_changed(group_name(world.cast.meridian.pk, "all"), [1])
            push_changed(group_name(world.cast.meridian.pk, "user", world.cast.outsider.pk), [1])

    async def scene() -> None:
        line = socket_of(world, "outsider", "elsewhere")
        assert (await line.connect(timeout=10))[0]
        hello = await frame(line, "hello")
        await asyncio.to_thread(both_change)
        told = [await frame(line, "changed")]
        while not await line.receive_nothing(timeout=1):
            told.append(await line.receive_json_from())
        own = group_name(world.cast.outside.pk, "")
        heard = {name for one in told for name in [one.get("g", own), *(one["seq"] if one["t"] == "beat" else [])]}
        assert all(name.startswith(own) for name in [*heard, *hello["seq"]])
        await line.disconnect()

    play(scene)


def test_whoever_is_deactivated_is_out_at_once(world_committed: World) -> None:
    world = world_committed
    owner, agent = world.cast.member("owner"), world.cast.member("agent")

    async def scene() -> None:
        line = socket_of(world, "agent", "meridian")
        assert (await line.connect(timeout=10))[0]
        await frame(line, "hello")
        await asyncio.to_thread(deactivate_member, by=owner, membership_id=agent.pk)
        assert await ended(line) == 4401
        assert await refused(socket_of(world, "agent", "meridian")) == 4404

    play(scene)


def test_a_session_that_ended_closes_its_page(world_committed: World) -> None:
    world = world_committed
    key = world.browser("agent").cookies["sessionid"].value

    async def scene() -> None:
        line = socket_of(world, "agent", "meridian")
        assert (await line.connect(timeout=10))[0]
        await frame(line, "hello")
        await asyncio.to_thread(SessionStore(key).delete)
        # Nobody tells this page: its own beat, every eight seconds, finds out.
        assert await ended(line) == 4401

    play(scene)


def test_no_frame_does_anything(world_committed: World) -> None:
    world = world_committed
    before = world_of_meridian(world)
    frames: list[dict[str, Any]] = [
        {"text": ""},
        {"text": "{"},
        {"text": "null"},
        {"text": "[" * 10_000},
        {"text": json.dumps({"type": "changed", "group": "w.1.all", "seq": 1, "ids": [1]})},
        {"text": json.dumps({"type": "ended"})},
        {"text": json.dumps({"t": "hello", "slug": "zarrin"})},
        {"text": "\x00\ud7ff😀" * 1000},
        {"bytes": b"\x00\xff" * 1000},
        {"bytes": b'{"type": "websocket.close"}'},
    ]

    async def scene() -> None:
        line = socket_of(world, "outsider", "elsewhere")
        assert (await line.connect(timeout=10))[0]
        await frame(line, "hello")
        for sent in frames:
            await line.send_input({"type": "websocket.receive", **sent})
        # It is still the same open page, and hears of its own workspace.
        await asyncio.to_thread(hear, world.own.channel, post(world.own.channel, "still here"))
        await frame(line, "changed")
        await line.disconnect()

    play(scene)
    assert world_of_meridian(world) == before


def world_of_meridian(world: World) -> str:
    return fingerprint(world.cast.meridian.pk)
