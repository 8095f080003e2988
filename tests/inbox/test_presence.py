"""Who is here: told within a second, one person on two devices, gone with the page or its silence, nothing of other workspaces."""

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings

from accounts.models import User
from config.asgi import application
from core.errors import Invalid
from core.push import group_name
from inbox.frames import Pace, read_frame
from inbox.services import presence
from inbox.services.presence import Here
from tests.accounts.factories import Cast, make_cast, signed_in
from tests.inbox.factories import Desk, make_desk
from tests.tenancy.test_sockets import HERE, ended, frame, play

PLACES = itertools.count(7_000_000_000)


# --- frames ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        (None, "frame", "not_text"),
        ("", "frame", "not_json"),
        ("[" * 150, "frame", "not_json"),
        ('{"t": "look", "id": 1}' + " " * 200, "frame", "too_large"),
        ("[]", "frame", "not_an_object"),
        ("null", "frame", "not_an_object"),
        ("{}", "t", "unknown"),
        ('{"t": "changed"}', "t", "unknown"),
        ('{"t": ["look"]}', "t", "unknown"),
        ('{"t": "look"}', "id", "not_a_number"),
        ('{"t": "look", "id": "1"}', "id", "not_a_number"),
        ('{"t": "look", "id": true}', "id", "not_a_number"),
        ('{"t": "look", "id": 0}', "id", "not_a_number"),
        ('{"t": "look", "id": 1.0}', "id", "not_a_number"),
        ('{"t": "look", "id": 9223372036854775808}', "id", "not_a_number"),
        ('{"t": "look", "id": 1, "slug": "zarrin"}', "slug", "unknown"),
        ('{"t": "typing", "id": 1}', "id", "unknown"),
    ],
)
def test_a_bad_frame_is_named_by_its_field(text: str | None, field: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_frame(text)
    assert (refused.value.field, refused.value.code) == (field, code)


def test_a_page_speaks_no_faster_than_a_person() -> None:
    pace = Pace()
    assert all(pace.take() for _ in range(30))
    assert not pace.take()
    assert not pace.is_flood
    assert not any(pace.take() for _ in range(100))
    assert pace.is_flood


# --- what Valkey keeps ----------------------------------------------------------------------------------------------------


class Ear:
    """Hears what is told to a channel's group."""

    def __init__(self, workspace_id: int, channel_id: int) -> None:
        config: Any = settings.CHANNEL_LAYERS["default"]["CONFIG"]
        self.client = redis.Redis.from_url(settings.REDIS_URL)
        self.ear = self.client.pubsub(ignore_subscribe_messages=True)
        self.ear.subscribe(f"{config['prefix']}__group__{group_name(workspace_id, 'channel', channel_id)}")
        self.ear.get_message(timeout=5)

    def heard(self) -> list[dict[str, Any]]:
        layer: Any = get_channel_layer()
        found = []
        while (told := self.ear.get_message(timeout=0.05)) is not None:
            found.append(layer.deserialize(told["data"]))
        return found


@pytest.fixture
def place() -> Iterator[int]:
    """A workspace of its own in Valkey; Postgres is not asked."""
    number = next(PLACES)
    yield number
    redis.Redis.from_url(settings.REDIS_URL).delete(f"rabta:here:{group_name(number)}")


def at(conversation: int, member: int, socket: str = "", *, writes: bool = False) -> Here:
    return Here(conversation, 5, member, writes, socket or f"page-of-{member}")


def test_one_push_a_change_and_none_for_what_stays(place: int) -> None:
    ear = Ear(place, 5)
    pages = [at(1, member) for member in range(1, 201)]
    for page in pages:
        presence.move(place, old=None, new=page)
    assert len(ear.heard()) == 200
    for page in pages:
        presence.move(place, old=page, new=page)
    assert ear.heard() == []
    presence.move(place, old=pages[0], new=at(1, 1, writes=True))
    (told,) = ear.heard()
    assert told["who"][:2] == [[1, True], [2, False]]
    presence.move(place, old=at(1, 1, writes=True), new=at(2, 1))
    assert [(one["conversation"], len(one["who"])) for one in ear.heard()] == [(1, 199), (2, 1)]


def test_two_devices_are_one_person(place: int) -> None:
    ear = Ear(place, 5)
    desk, phone = at(1, 7, "desk"), at(1, 7, "phone")
    presence.move(place, old=None, new=desk)
    presence.move(place, old=None, new=phone)
    assert [one["who"] for one in ear.heard()] == [[[7, False]]]
    presence.move(place, old=desk, new=None)
    assert ear.heard() == []
    presence.move(place, old=phone, new=None)
    assert [one["who"] for one in ear.heard()] == [[]]


def test_who_falls_silent_is_gone_and_told_once(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ear = Ear(place, 5)
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.05)
    presence.move(place, old=None, new=at(1, 7))
    assert len(ear.heard()) == 1
    deadline = time.monotonic() + 10
    while presence.sweep(place):
        assert time.monotonic() < deadline
    assert presence.sweep(place) == []
    assert [one["who"] for one in ear.heard()] == [[]]
    assert redis.Redis.from_url(settings.REDIS_URL).exists(f"rabta:here:{group_name(place)}") == 0


# --- the socket -----------------------------------------------------------------------------------------------------------


def line_of(user: User, slug: str = "meridian") -> WebsocketCommunicator:
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in signed_in(user).cookies.items())
    headers = [(b"origin", HERE), (b"host", b"localhost"), (b"cookie", cookies.encode())]
    return WebsocketCommunicator(application, f"/ws/{slug}/", headers=headers)


async def opened(line: WebsocketCommunicator) -> dict[str, Any]:
    assert (await line.connect(timeout=10))[0]
    return await frame(line, "hello")


async def say(line: WebsocketCommunicator, **words: Any) -> None:
    await line.send_input({"type": "websocket.receive", "text": json.dumps(words)})


async def refusal(line: WebsocketCommunicator, **words: Any) -> tuple[str, str]:
    await say(line, **words)
    told = await frame(line, "error")
    return told["field"], told["code"]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return make_desk(cast.meridian, cast.member("owner"))


@pytest.mark.django_db(transaction=True)
def test_colleagues_hear_who_looks_and_writes_and_leaves(cast: Cast, desk: Desk) -> None:
    agent, number = cast.member("agent").pk, desk.conversation.pk
    owners, agents, late = (line_of(cast.user(role)) for role in ("owner", "agent", "sales"))
    lines = [owners, agents]

    async def scene() -> None:
        for line in lines:
            assert (await opened(line))["here"] == []
        began = time.monotonic()
        await say(agents, t="look", id=number)
        assert (await frame(owners, "here"))["in"] == [[number, [[agent, False]]]]
        await say(agents, t="typing")
        assert (await frame(owners, "here"))["in"] == [[number, [[agent, True]]]]
        assert time.monotonic() - began < 2 * 1.0  # each within a second
        await say(agents, t="take")
        assert await frame(owners, "taken") == {"t": "taken", "id": number, "by": agent}
        assert (await opened(late))["here"] == [[number, [[agent, True]]]]
        await late.disconnect()
        await say(agents, t="look", id=desk.private.pk)
        told = (await frame(owners, "here"))["in"]
        if len(told) == 1:  # told together, or one after the other
            told += (await frame(owners, "here"))["in"]
        assert sorted(told) == sorted([[number, []], [desk.private.pk, [[agent, False]]]])
        await agents.disconnect()
        assert (await frame(owners, "here"))["in"] == [[desk.private.pk, []]]
        await owners.disconnect()

    play(scene)


@pytest.mark.django_db(transaction=True)
def test_a_bad_frame_is_answered_and_a_flood_is_cut(cast: Cast, desk: Desk) -> None:
    viewers, strangers, agents = line_of(cast.user("viewer")), line_of(cast.outsider, "elsewhere"), line_of(cast.user("agent"))
    viewer = cast.member("viewer").pk

    async def scene() -> None:
        for line in (viewers, strangers, agents):
            await opened(line)
        assert await refusal(agents, t="typing") == ("t", "nowhere")
        await say(viewers, t="look", id=desk.conversation.pk)
        assert await refusal(viewers, t="typing") == ("t", "forbidden")
        assert await refusal(viewers, t="take") == ("t", "forbidden")
        assert (await frame(agents, "here"))["in"] == [[desk.conversation.pk, [[viewer, False]]]]
        # Another workspace's conversation is as unknown as one that nobody has, and nobody there hears of the look.
        theirs = await refusal(strangers, t="look", id=desk.conversation.pk)
        assert theirs == await refusal(strangers, t="look", id=2**62) == ("id", "not_found")
        await say(strangers, t="ping")
        await frame(strangers, "pong")
        assert await agents.receive_nothing(timeout=0.5)
        for _ in range(200):
            await say(strangers, t="ping")
        assert await ended(strangers) == 4429
        await say(agents, t="ping")
        await frame(agents, "pong")
        for line in (viewers, agents):
            await line.disconnect()

    play(scene)


@pytest.mark.django_db(transaction=True)
def test_the_page_goes_on_without_valkey(cast: Cast, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    agents = line_of(cast.user("agent"))

    def away(*_args: Any, **_more: Any) -> None:
        raise redis.ConnectionError("nobody there")

    async def scene() -> None:
        await opened(agents)
        monkeypatch.setattr(presence, "_redis", away)
        await say(agents, t="look", id=desk.conversation.pk)
        await say(agents, t="ping")
        await frame(agents, "pong")
        await agents.disconnect()

    play(scene)
