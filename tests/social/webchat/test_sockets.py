"""The socket of a widget: for pages of its own sites only, for who says truly who they are, and it carries no word."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator

from config.asgi import application
from config.sockets import visitors
from social import consumers
from social.services import connecting
from tests.social.webchat.factories import ORIGIN, Shop, open_shop, token

pytestmark = pytest.mark.django_db(transaction=True)


def play(scene: Callable[[], Awaitable[None]]) -> None:
    """Run a scene in a loop of its own."""

    async def bounded() -> None:
        await asyncio.wait_for(scene(), 40)

    async_to_sync(bounded)()


@pytest.fixture
def shop(transactional_db: None) -> Any:
    from tests.chromium import end_other_connections

    yield open_shop()
    end_other_connections()


def knock(shop: Shop, *, origin: bytes | None = ORIGIN.encode(), key: str | None = None) -> WebsocketCommunicator:
    headers = [(b"host", b"localhost"), *([(b"origin", origin)] if origin is not None else [])]
    return WebsocketCommunicator(application, f"/chat/{key or shop.channel.hook_key}/live/", headers=headers)


async def admitted(line: WebsocketCommunicator, given: Any) -> dict[str, Any]:
    """The first frame after saying who asks."""
    assert (await line.connect(timeout=10))[0]
    await line.send_to(text_data=given if isinstance(given, str) else json.dumps(given))
    return dict(await line.receive_output(timeout=10))


def test_every_visitors_socket_is_tested_here() -> None:
    assert [str(entry.pattern) for entry in visitors] == ["chat/<str:key>/live/"]


def test_an_answer_rings_and_says_nothing(shop: Shop) -> None:
    shop.say()
    shop.digest()

    async def scene() -> None:
        line = knock(shop)
        hello = await admitted(line, {"token": token()})
        assert json.loads(hello["text"]) == {"t": "hello"}
        await asyncio.to_thread(shop.answer, "secret words")
        told = await line.receive_json_from(timeout=10)
        assert told == {"t": "changed"}
        await line.disconnect()

    play(scene)
    assert shop.lines(after=1) == [(2, True, "secret words")]


def test_a_signed_user_hears_their_own_thread_and_no_other(shop: Shop) -> None:
    secret = shop.secret()
    shop.say("mine", **shop.signed("42", secret))
    shop.say("another's", who=5)

    async def scene() -> None:
        given = shop.signed("42", secret)
        del given["token"]
        line = knock(shop)
        await admitted(line, given)
        await asyncio.to_thread(lambda: shop.say("more of another's", line="line-0002", who=5))
        assert await line.receive_nothing(timeout=1)
        await asyncio.to_thread(lambda: shop.say("more", line="line-0002", **shop.signed("42", secret)))
        assert await line.receive_json_from(timeout=10) == {"t": "changed"}
        await line.disconnect()

    play(scene)


@pytest.mark.parametrize("origin", [b"https://evil.example", b"http://localhost", b"null", b"", None, b"\xff"])
def test_other_pages_are_not_let_in(shop: Shop, origin: bytes | None) -> None:
    """Not even our own pages: the widget of a shop is for the shop."""

    async def scene() -> None:
        connected, _code = await knock(shop, origin=origin).connect(timeout=10)
        assert not connected

    play(scene)


def test_a_key_nobody_made_and_an_address_that_is_none_are_denied(shop: Shop) -> None:
    async def scene() -> None:
        for key in ("x" * 22, "nobody"):
            assert not (await knock(shop, key=key).connect(timeout=10))[0]
        lost = WebsocketCommunicator(application, "/chat/nowhere", headers=[(b"origin", ORIGIN.encode())])
        assert not (await lost.connect(timeout=10))[0]

    play(scene)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"token": token(7)}, 4404), ({"token": "short"}, 4403), ({"user": "42", "signature": "0" * 64}, 4403), ("not json", 4404),
        ("[" * 1900, 4404), ("[]", 4404), ("x" * 5000, 4404),
    ],
)  # fmt: skip
def test_who_says_nothing_true_hears_nothing(shop: Shop, given: Any, code: int) -> None:
    shop.say()
    shop.secret()

    async def scene() -> None:
        answer = await admitted(knock(shop), given)
        assert (answer["type"], answer["code"]) == ("websocket.close", code)

    play(scene)


def test_who_says_nothing_at_all_is_sent_away(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "HELLO_SECONDS", 0.2)

    async def scene() -> None:
        line = knock(shop)
        assert (await line.connect(timeout=10))[0]
        assert (await line.receive_output(timeout=10))["code"] == 4404

    play(scene)


def test_an_open_socket_ends_with_its_right(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "BEAT_SECONDS", 0.3)
    shop.say()

    def let_go() -> None:
        with shop.inside():
            connecting.disconnect(channel_id=shop.channel.pk, actor_id=None)

    async def scene() -> None:
        line = knock(shop)
        await admitted(line, {"token": token()})
        assert await line.receive_json_from(timeout=10) == {"t": "beat"}
        await asyncio.to_thread(let_go)
        while (frame := await line.receive_output(timeout=10))["type"] != "websocket.close":
            assert frame["type"] == "websocket.send"
        assert frame["code"] == 4403

    play(scene)


def test_what_a_page_says_later_is_dropped(shop: Shop) -> None:
    shop.say()

    async def scene() -> None:
        line = knock(shop)
        await admitted(line, {"token": token()})
        await line.send_to(text_data=json.dumps({"t": "changed", "group": "w.1.all"}))
        await line.send_to(bytes_data=b"\x00" * 1000)
        assert await line.receive_nothing(timeout=0.5)
        await line.disconnect()

    play(scene)
