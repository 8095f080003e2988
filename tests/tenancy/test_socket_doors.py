"""Where a socket may be opened from, and what an address answers that is none. No handshake here comes as far as a database."""

import asyncio

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.test import override_settings

from config.asgi import application
from config.origins import is_ours

BASE = "https://rabta.example"


@pytest.mark.parametrize(
    ("origin", "host", "ours"),
    [
        (BASE, "rabta.example", True),
        ("https://inside.example:8420", "inside.example:8420", True),
        ("https://inside.example:8421", "inside.example:8420", False),
        ("http://rabta.example", "rabta.example", False),
        ("https://rabta.example:9999", "rabta.example", False),
        ("https://rabta.example.evil.example", "rabta.example", False),
        ("https://evil.example", "evil.example", False),
        ("null", "rabta.example", False),
        ("", "rabta.example", False),
        ("", "", False),
        ("https://", "", False),
    ],
)
def test_only_pages_of_this_very_address(origin: str, host: str, ours: bool) -> None:
    with override_settings(BASE_URL=BASE, ALLOWED_HOSTS=["rabta.example", "inside.example"]):
        assert is_ours(origin, host) is ours


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/ws/meridian/", b"http://localhost:9999"),
        ("/ws/meridian/", b"https://localhost:8420"),
        ("/ws/\x00/", b"http://localhost:8420"),
        ("/nowhere/", b"http://localhost:8420"),
    ],
)
def test_a_handshake_from_elsewhere_or_to_nowhere_is_denied(path: str, origin: bytes) -> None:
    async def knock() -> bool:
        headers = [(b"origin", origin), (b"host", b"localhost:8420")]
        line = WebsocketCommunicator(application, "/", headers=headers)
        line.scope["path"] = path
        return bool((await asyncio.wait_for(line.connect(timeout=10), 20))[0])

    with override_settings(BASE_URL="http://localhost:8420", ALLOWED_HOSTS=["localhost"]):
        assert not async_to_sync(knock)()
