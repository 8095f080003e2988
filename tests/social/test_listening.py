"""Listening: real networks' wires, real threads and sockets; the listener is the product's own, turned by hand or a process."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from core.clock import now
from core.tenancy import tenant
from social.models import Channel, ChannelState, Ear, Listener, Pull, RawItem
from social.services import connecting, ears, listening, pulling
from tests.accounts.factories import Cast
from tests.social.networks.servers import ROOT, Practice

pytestmark = pytest.mark.django_db
INSTANCE = "mastodon.example"


def until(
    found: Callable[[], Any],
    *,
    seconds: float = 8.0,
    turn: Callable[[], None] = lambda: time.sleep(0.05),
    told: Callable[[], str] = lambda: "It never came to that.",
) -> Any:
    """What `found` gives once it gives anything, turning meanwhile."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := found():
            return answer
        turn()
    raise AssertionError(told())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here waits as long as an installation does; what is waited for stays the same."""
    monkeypatch.setattr(listening, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(listening, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(ears, "FIRST_SECONDS", 0.05)


@pytest.fixture
def hand() -> Iterator[listening.Listener]:
    """A listener that a test turns by hand."""
    made = listening.Listener(20)
    yield made
    made.stop()


@pytest.fixture
def channel(practice: Practice, cast: Cast) -> Channel:
    practice.person("anar", is_brand=True, network="mastodon")
    practice.person("sara", network="mastodon")
    return connect(practice, cast.meridian.pk)


def connect(practice: Practice, workspace_id: int) -> Channel:
    values = {"instance": INSTANCE, "access_token": practice.tokens("anar")["access_token"]}
    return connecting.connect_with_tokens(network="mastodon", values=values, workspace_id=workspace_id, actor_id=None)


def row(channel: Channel) -> Ear | None:
    with tenant(channel.workspace_id):
        return Ear.objects.filter(channel_id=channel.pk).first()


def is_open(channel: Channel) -> bool:
    found = row(channel)
    return found is not None and found.opened_at is not None


def pull_of(channel: Channel) -> Pull:
    with tenant(channel.workspace_id):
        return Pull.objects.get(channel_id=channel.pk)


def read(channel: Channel) -> int:
    return pulling.pull(workspace_id=channel.workspace_id, channel_id=channel.pk)


def listen(hand: listening.Listener, channel: Channel) -> None:
    """Let it take the channel, and read what was there."""
    until(lambda: is_open(channel), turn=hand.turn)
    read(channel)


def test_a_mention_makes_the_poll_due_at_once_and_polls_are_rare_meanwhile(
    practice: Practice, channel: Channel, hand: listening.Listener
) -> None:
    assert read(channel) == 0
    before = pull_of(channel)
    assert before.due_at < now() + timedelta(seconds=70)
    listen(hand, channel)
    assert pull_of(channel).due_at > now() + timedelta(seconds=200), "the network will say when"
    assert read(channel) == 0
    practice.post("sara", "@anar where is my parcel?")
    until(lambda: pull_of(channel).due_at <= now(), turn=hand.turn)
    assert read(channel) == 1
    assert row(channel).bells_total >= 1  # type: ignore[union-attr]


def test_a_bell_during_a_poll_is_answered_by_another_poll(practice: Practice, channel: Channel, hand: listening.Listener) -> None:
    listen(hand, channel)
    with tenant(channel.workspace_id):
        pulling.make_due(channel_id=channel.pk)
    claim = pulling._claim(channel.workspace_id, channel.pk)
    assert isinstance(claim, pulling.Claim)
    practice.post("sara", "@anar hello")
    until(lambda: pull_of(channel).rung, turn=hand.turn)
    pulling._finish(claim, wait=0.0, pause=60.0, rare=300.0)
    assert pull_of(channel).due_at <= now()
    assert read(channel) == 1


def test_a_bell_asks_no_sooner_than_limits_and_trouble_allow(channel: Channel, hand: listening.Listener) -> None:
    listen(hand, channel)
    claimed = hand.held[(channel.workspace_id, channel.pk)].key
    later = now() + timedelta(minutes=9)
    for facts in ({"not_before": later, "failures": 0}, {"not_before": None, "failures": 3}):
        with tenant(channel.workspace_id):
            Pull.objects.filter(channel_id=channel.pk).update(due_at=later, rung=False, **facts)
        assert ears.rang(claimed)
        found = pull_of(channel)
        assert (found.rung, found.due_at) == (True, later)


def test_a_burst_is_one_poll_a_second_and_loses_nothing(practice: Practice, channel: Channel, hand: listening.Listener) -> None:
    listen(hand, channel)
    began, stored = time.monotonic(), 0
    for number in range(60):
        practice.post("sara", f"@anar complaint {number}")

    def all_read() -> bool:
        nonlocal stored
        stored += read(channel)
        return stored == 60

    until(all_read, turn=hand.turn, seconds=20)
    bells = row(channel).bells_total  # type: ignore[union-attr]
    assert 1 <= bells <= time.monotonic() - began + 2
    with tenant(channel.workspace_id):
        assert RawItem.objects.count() == 60


def test_when_the_stream_closes_polls_are_as_frequent_as_ever(
    practice: Practice, channel: Channel, hand: listening.Listener
) -> None:
    listen(hand, channel)
    with tenant(channel.workspace_id):
        connecting.pause(channel_id=channel.pk, actor_id=None)
    until(lambda: not hand.held, turn=hand.turn)
    found = row(channel)
    assert found is not None
    assert (found.opened_at, found.listener_id) == (None, None)
    with tenant(channel.workspace_id):
        connecting.resume(channel_id=channel.pk, actor_id=None)
    read(channel)
    assert pull_of(channel).due_at < now() + timedelta(seconds=70)
    listen(hand, channel)


def test_revoked_tokens_end_the_stream_and_the_poll_says_so(practice: Practice, channel: Channel, hand: listening.Listener) -> None:
    listen(hand, channel)
    practice.call("POST", "/tokens/revoke", {"account": "anar"})
    until(lambda: not is_open(channel), turn=hand.turn)
    assert pull_of(channel).due_at <= now()
    read(channel)
    with tenant(channel.workspace_id):
        assert Channel.objects.get(pk=channel.pk).state == ChannelState.NEEDS_RECONNECT
    renewed = connect(practice, channel.workspace_id)
    assert renewed.pk == channel.pk
    until(lambda: is_open(channel), turn=hand.turn)


@pytest.mark.parametrize("lie", ["401", "429", "500", "html", "garble"])
def test_a_stream_that_lies_is_left_for_a_while_and_polls_go_on(
    practice: Practice, channel: Channel, hand: listening.Listener, lie: str
) -> None:
    practice.trouble(lie, group="stream")
    until(lambda: (found := row(channel)) is not None and found.failures, turn=hand.turn)
    with tenant(channel.workspace_id):
        pulling.make_due(channel_id=channel.pk)
    practice.post("sara", "@anar hello")
    assert read(channel) == 1
    assert pull_of(channel).due_at < now() + timedelta(seconds=70)
    assert row(channel).due_at > now()  # type: ignore[union-attr]


def test_silence_is_noticed(
    practice: Practice, channel: Channel, hand: listening.Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(listening.network_of("mastodon")), "silence_seconds", 0.5)
    practice.trouble("hang", group="stream")
    until(lambda: (found := row(channel)) is not None and found.error_code in ("silent", "unanswered"), turn=hand.turn)
    assert not is_open(channel)


def test_two_listeners_never_both_hold_a_channel_and_a_dead_one_is_replaced(
    practice: Practice, channel: Channel, hand: listening.Listener, settings: Any
) -> None:
    settings.LISTENER_LEASE_SECONDS = 0.6
    other = listening.Listener(20)
    try:
        for _turn in range(12):
            hand.turn()
            other.turn()
        assert len(hand.held) + len(other.held) == 1
        first, second = (hand, other) if hand.held else (other, hand)
        # The first is frozen: its lease runs out, and somebody else has the channel.
        until(lambda: second.held and is_open(channel), turn=second.turn, seconds=6)
        fence = row(channel).fence  # type: ignore[union-attr]
        assert not ears.rang(next(iter(first.held.values())).key), "its bells ring nothing any more"
        until(lambda: not first.held, turn=first.turn)
        assert row(channel).fence == fence  # type: ignore[union-attr]
    finally:
        other.stop()


def test_channels_of_a_dead_listener_are_polled_as_ever_even_when_nobody_follows(
    channel: Channel, hand: listening.Listener
) -> None:
    listen(hand, channel)
    assert pull_of(channel).due_at > now() + timedelta(seconds=200)
    assert ears.sweep() == 0
    Listener.objects.update(leased_until=now() - timedelta(seconds=1))
    assert ears.sweep() == 1
    assert pull_of(channel).due_at <= now()
    assert not is_open(channel)
    read(channel)
    assert pull_of(channel).due_at < now() + timedelta(seconds=70)


def test_connections_are_bounded_and_shared_among_workspaces(practice: Practice, cast: Cast) -> None:
    practice.person("anar", is_brand=True, network="mastodon")
    names = [f"shop{number}" for number in range(4)]
    for name in names:
        practice.person(name, is_brand=True, network="mastodon")
        values = {"instance": INSTANCE, "access_token": practice.tokens(name)["access_token"]}
        connecting.connect_with_tokens(network="mastodon", values=values, workspace_id=cast.meridian.pk, actor_id=None)
    small = listening.Listener(3)
    try:
        until(lambda: len(small.held) == 3, turn=small.turn)
        poor = connect(practice, cast.outside.pk)
        until(lambda: poor.pk in {ear.key["c"] for ear in small.held.values()}, turn=small.turn)
        assert len(small.held) == 3
        assert {workspace for workspace, _channel in small.held} == {cast.meridian.pk, cast.outside.pk}
        for _turn in range(12):
            small.turn()
        assert poor.pk in {ear.key["c"] for ear in small.held.values()}, "it keeps its turn"
    finally:
        small.stop()
    left = [thread for thread in threading.enumerate() if thread.name.startswith("ear-")]
    assert not [thread for thread in left if _lasts(thread)]


def _lasts(thread: threading.Thread) -> bool:
    thread.join(5)
    return thread.is_alive()


def test_a_mail_is_in_the_inbox_within_two_seconds(practice: Practice, cast: Cast, hand: listening.Listener) -> None:
    values = {"address": "support@practice.example", "password": "practice"}
    box = connecting.connect_with_tokens(network="email", values=values, workspace_id=cast.meridian.pk, actor_id=None)
    listen(hand, box)
    assert pull_of(box).due_at > now() + timedelta(seconds=200)
    practice.mail("Where is my parcel?")
    began = time.monotonic()
    until(lambda: pull_of(box).due_at <= now(), turn=hand.turn)
    assert read(box) == 1
    assert time.monotonic() - began < 2


@pytest.mark.django_db(transaction=True)
def test_a_killed_process_is_replaced_in_seconds(
    practice: Practice, channel: Channel, hand: listening.Listener, tmp_path: Path
) -> None:
    """Another process has the channel and is killed: its lease runs out, and the next one reads what came meanwhile."""
    place = connection.settings_dict
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql://{place['USER']}:{place['PASSWORD']}@{place['HOST']}:{place['PORT']}/{place['NAME']}",
        "MASTODON_API_BASE": practice.url,
        "PRACTICE_URL": practice.url,
        "RABTA_LISTENER_LEASE_SECONDS": "4",
        "RABTA_BOOTED": "1",
    }
    command = [sys.executable, "manage.py", "listen", "--beat-file", str(tmp_path / "beat")]
    log = tmp_path / "listener.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stream, stderr=stream)
    try:
        until(lambda: is_open(channel) or process.poll() is not None, seconds=60, told=lambda: log.read_text()[-3000:])
        assert process.poll() is None, log.read_text()[-3000:]
        assert (tmp_path / "beat").exists()
        read(channel)
        before = row(channel)
    finally:
        process.kill()
        process.wait()
    killed = time.monotonic()
    practice.post("sara", "@anar are you there?")
    until(lambda: hand.held and is_open(channel), turn=hand.turn)
    assert time.monotonic() - killed < 8
    after = row(channel)
    assert before is not None
    assert after is not None
    assert after.fence > before.fence
    assert pull_of(channel).due_at <= now()
    assert read(channel) == 1


def test_told_to_stop_it_leaves_its_channels_to_others_at_once(channel: Channel, hand: listening.Listener) -> None:
    listen(hand, channel)
    hand.stop()
    assert not hand.held
    other = listening.Listener(20)
    try:
        until(lambda: is_open(channel), turn=other.turn, seconds=2)
    finally:
        other.stop()
