"""Noticing deletions where nobody tells of them: who has a turn, what each look asks about, and what it costs."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from core.tenancy import tenant
from inbox.models import Message
from social.models import Channel, Pull, RawItem, ReadCount
from social.networks.x import X
from social.services import rechecking
from tests.accounts.factories import make_user, make_workspace
from tests.flows.conftest import Line

SILENT = ("telegram", "sms", "email", "custom")


@pytest.fixture
def small_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks of a few posts, as a hundred would be of thousands."""
    monkeypatch.setattr(rechecking, "BATCH", 3)
    monkeypatch.setattr(rechecking, "LOOKED_THROUGH", 5)
    monkeypatch.setattr(X, "older_items", 2)


def said(line: Line, number: int) -> list[str]:
    """So many mentions, read and digested, oldest first."""
    ids = [str(line.network.post("ayesha", f"@brand number {turn}")["id"]) for turn in range(number)]
    line.pull()
    return ids


def taken_back(line: Line, post: str) -> None:
    line.network.call("DELETE", f"/posts/{post}")


def looks_until_seen(line: Line, most: int) -> int:
    for turn in range(1, most + 1):
        if line.recheck():
            return turn
    return 0


@pytest.mark.django_db(transaction=True)
def test_channels_that_cannot_be_asked_keep_nobody_waiting() -> None:
    owner = make_user("owner@deletions.example")
    crowd, other = (make_workspace(name, owner=owner).pk for name in ("Crowd", "Other"))

    def channels(workspace: int, network: str, number: int, **facts: Any) -> list[int]:
        with tenant(workspace):
            made = Channel.objects.bulk_create(
                Channel(network=network, external_id=f"{network}{n}", name=f"{network} {n}", created_at=now(), **facts)
                for n in range(number)
            )
            Pull.objects.bulk_create(Pull(channel=channel, due_at=now(), items_total=1) for channel in made)
        return [channel.pk for channel in made]

    for network in SILENT:
        channels(crowd, network, 20)
    channels(crowd, "x", 20, rests_until=now() + timedelta(minutes=5))
    busy = channels(crowd, "mastodon", 10)
    (lonely,) = channels(other, "bluesky", 1)
    assert {channel for _w, channel, _n in rechecking.due_rechecks(limit=50)} == {*busy, lonely}
    assert lonely in [channel for _w, channel, _n in rechecking.due_rechecks(limit=2)], "a workspace of one waits for no crowd"
    with tenant(crowd):
        Pull.objects.filter(channel_id=busy[0]).update(rechecked_at=now() - timedelta(seconds=250))
    assert busy[0] not in [channel for _w, channel, _n in rechecking.due_rechecks(limit=50)], "looked at a moment ago"


def test_what_is_no_longer_among_the_newest_has_its_turn(line: Line, small_looks: None) -> None:
    posts = said(line, 10)
    line.recheck()
    taken_back(line, posts[1])
    assert 1 < looks_until_seen(line, 4) <= 4
    taken_back(line, posts[6])
    assert looks_until_seen(line, 5), "from the end it goes on from above"
    taken_back(line, posts[9])
    assert looks_until_seen(line, 1), "the newest are looked at each time"
    assert line.of(lambda: RawItem.objects.filter(state="gone").count()) == 3


def test_private_messages_take_no_public_ones_place(line: Line, small_looks: None) -> None:
    for number in range(4):
        line.network.call("POST", "/dms", **{"from": "ayesha", "to": "brand", "text": f"in private {number}"})
    # Mentions are read before private messages.
    (post,) = said(line, 1)
    assert line.of(lambda: Message.objects.filter(visibility="private").count()) == 4
    taken_back(line, post)
    assert line.recheck() == 1


def test_a_look_that_takes_money_is_counted_once_a_day_and_leaves_the_old_alone(line: Line, small_looks: None) -> None:
    posts = said(line, 8)

    def counted() -> int:
        return line.of(lambda: sum(ReadCount.objects.filter(feed="rechecks").values_list("items", flat=True)))

    line.recheck()
    assert counted() == 0, "what was read today is paid for"
    with line.inside():
        RawItem.objects.filter(external_id__in=posts[:7]).update(stored_at=now() - timedelta(days=1))
        Pull.objects.update(looked={})
    for _turn in range(3):
        line.recheck()
    assert counted() == 2, "of the newest three two are of yesterday"
    taken_back(line, posts[0])
    assert looks_until_seen(line, 5) == 0, "nobody pays for all of yesterday"


def test_older_ones_wait_while_the_network_has_little_left(line: Line, small_looks: None) -> None:
    posts = said(line, 6)
    taken_back(line, posts[2])
    left = {"limit": 100, "remaining": 20, "resets_at": (now() + timedelta(minutes=5)).isoformat()}
    with line.inside():
        Pull.objects.update(looked={"quota": {"posts": left}})
    assert line.recheck() == 0
    with line.inside():
        Pull.objects.update(looked={"quota": {"posts": {**left, "remaining": 90}}})
    assert line.recheck() == 1
