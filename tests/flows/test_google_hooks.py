"""Google tells us of reviews from the practice network: read at once, and once, however often and late it calls."""

import time
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from inbox.models import Message
from inbox.services.ingest import ingest
from social.models import Pull
from social.networks import network_of
from social.services.pulling import pull
from tests.flows.conftest import Line, line_on, network, people, running  # noqa: F401 - fixtures
from tests.practice.conftest import Network

SECONDS = 20.0
TOPIC, ACCOUNT = "projects/practice/topics/reviews", "push@practice.iam.gserviceaccount.com"


@pytest.fixture
def line(network: Network, live_server: Any, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """`anar`, a location whose topic pushes to our door; `sara`, who reviews it."""
    settings.PRACTICE_URL = settings.X_API_BASE = settings.GOOGLE_API_BASE = network.base
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = network.client_id, network.client_secret
    settings.GOOGLE_PUBSUB_TOPIC, settings.GOOGLE_PUBSUB_ACCOUNT = TOPIC, ACCOUNT
    settings.BASE_URL = live_server.url
    people(network, "google", "anar", "sara")
    issued = network.call("POST", "/tokens", account="anar", scopes=["users.read", "offline.access"])
    return line_on(network, "google", {name: issued[name] for name in ("access_token", "refresh_token")})


def test_a_review_is_announced_and_read_once(line: Line, live_server: Any) -> None:
    # A topic that Google may not publish to is refused there, in words on the channel's page; reviews are read all the same.
    assert line.pull() == 0
    assert "may not publish" in said(line)
    line.network.call("PUT", "/google/push", topic=TOPIC, url=f"{live_server.url}/hooks/app/google/", account=ACCOUNT)
    line.of(lambda: Pull.objects.update(cursor={}))
    line.pull()
    assert "at once" in said(line)
    line.network.trouble("twice", group="hook")
    first = heard(line)
    line.network.post("sara", "@anar میرا پارسل کہاں ہے؟", stars=2)
    assert heard(line, after=first) > first
    pull(**line.ids)
    ingest(**line.ids)
    assert line.of(lambda: Message.objects.count()) == 1
    assert line.pull() == 0
    (call, again) = line.network.call("GET", "/google/anar/calls")["made"]
    assert (call["status"], again["status"], call["body"]["type"]) == (202, 202, "NEW_REVIEW")


def said(line: Line) -> str:
    cursor = line.of(lambda: Pull.objects.get().cursor)
    return " ".join(str(words) for words in network_of("google").remarks(cursor))


def heard(line: Line, after: Any = None) -> Any:
    """When the channel is due; where `after` is given, once it rang."""
    end = time.monotonic() + SECONDS
    with line.inside():
        if after is None:
            later, before = now() + timedelta(hours=1), now() - timedelta(minutes=30)
            Pull.objects.update(due_at=later, last_started_at=before, rung=False)
            return before
    while time.monotonic() < end:
        row = line.of(lambda: Pull.objects.get())
        if row.rung and row.due_at <= now():
            return row.due_at
        time.sleep(0.05)
    raise AssertionError(f"It was never told: {line.network.call('GET', '/google/anar/calls')}")
