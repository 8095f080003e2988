"""X calls us from the practice network: whoever speaks is heard at once, and what a poll brings as well stands once."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from inbox.models import Message
from inbox.services.ingest import ingest
from tests.flows.conftest import Line, line_on, network, running  # noqa: F401 - fixtures
from tests.practice.conftest import Network

SECONDS = 20.0


@pytest.fixture
def line(network: Network, live_server: Any, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """`brand`, connected with the secret of its app, and subscribed."""
    settings.PRACTICE_URL = settings.X_API_BASE = network.base
    settings.BASE_URL = live_server.url
    pair = network.call("POST", "/tokens", account="brand")
    values = {name: pair[name] for name in ("access_token", "refresh_token")}
    line = line_on(network, "x", values | {"consumer_secret": network.client_secret})
    hook = f"{live_server.url}/hooks/{line.channel.hook_key}/"
    network.call("PUT", "/x/brand/hook", status=400, url=hook, consumer_secret="another")
    network.call("PUT", "/x/brand/hook", url=hook)
    return line


def until(line: Line, holds: Callable[[], Any]) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        ingest(**line.ids)
        if line.of(holds):
            return
        time.sleep(0.05)
    raise AssertionError(f"It was never told: {line.network.call('GET', '/x/brand/calls')}")


def test_who_speaks_is_heard_without_a_poll_and_stands_once(line: Line) -> None:
    ours = line.network.post("brand", "We deliver in two days.")
    line.network.trouble("twice", group="hook", probability=0.5)
    line.network.post("ayesha", "@brand میرا پارسل کہاں ہے؟")
    line.network.call("POST", "/posts", author="ayesha", text="@brand late again", reply_to=ours["id"])
    line.network.call("POST", "/dms", **{"from": "ayesha", "to": "brand", "text": "my number"})
    until(line, lambda: Message.objects.count() == 3)
    assert line.of(lambda: Message.objects.filter(visibility="private").count()) == 1
    line.network.call("DELETE", "/trouble")
    assert line.pull() == 0
    assert line.of(lambda: Message.objects.count()) == 3


def test_what_a_call_missed_a_poll_brings(line: Line) -> None:
    line.network.call("PUT", "/x/brand/hook", url="")
    line.network.post("ayesha", "@brand nobody called")
    assert line.pull() == 1
