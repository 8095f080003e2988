"""Moving through a thread: it opens at the first unread words, goes both ways by keyset, to a day, across a contact's networks."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.clock import now
from core.tenancy import tenant
from inbox import slots
from inbox.models import Conversation, Message
from inbox.slots import Slot
from tests.accounts.factories import Cast, signed_in
from tests.inbox.factories import Desk, direct, hear, make_channel, post
from tests.inbox.test_screens_list import PART, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"))


def ids(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="m-(\d+)"', page)]


def link(page: str, end: str) -> str:
    """Where the button for earlier or later messages leads; empty without one."""
    found = re.search(rf'id="{end}"><button[^>]*hx-get="([^"]*)"', page)
    return found[1].replace("&amp;", "&") if found else ""


def long_thread(desk: Desk, *, read: int, unread: int) -> list[int]:
    """A private thread with so many messages that were read, and so many that were not; one a minute. Returns their ids."""
    began = now() - timedelta(minutes=read + unread + 5)
    with tenant(desk.workspace.pk):
        Message.objects.filter(conversation=desk.private).delete()
        model = {"conversation_id": desk.private.pk, "channel_id": desk.channel.pk, "visibility": "private", "stored_at": began}
        Message.objects.bulk_create(
            Message(**model, external_id=f"l{n}", direction="out" if n < read and n % 5 == 4 else "in", body=f"line {n}",
                    occurred_at=began + timedelta(minutes=n))
            for n in range(read + unread)
        )  # fmt: skip
        Conversation.objects.filter(pk=desk.private.pk).update(unread_count=unread)
        return list(Message.objects.filter(conversation=desk.private).order_by("occurred_at", "id").values_list("id", flat=True))


@pytest.mark.parametrize(("read", "unread"), [(3, 2), (100, 4), (100, 50), (100, 150), (4, 150), (0, 150), (130, 0)])
def test_it_opens_at_the_first_unread_words_and_goes_both_ways(tab: Client, desk: Desk, read: int, unread: int) -> None:
    every = long_thread(desk, read=read, unread=unread)
    address = f"/w/meridian/inbox/{desk.private.pk}/"
    first = page = text_of(tab.get(address, headers=PART))
    seen = ids(page)
    assert len(seen) == min(60, read + unread)
    if unread:
        assert re.search(rf'id="unread-line">.*?{unread}.*?id="m-{every[read]}"', page, re.DOTALL)
        assert every[read] in seen
    else:
        assert "unread-line" not in page
        assert seen[-1] == every[-1]
    while later := link(page, "later"):
        page = text_of(tab.get(later, headers=PART))
        seen += ids(page)
    page = first
    while earlier := link(page, "earlier"):
        page = text_of(tab.get(earlier, headers=PART))
        seen = ids(page) + seen
    assert seen == every
    newest = text_of(tab.get(address, {"at": "newest"}, headers=PART))
    assert ids(newest) == every[-60:]
    assert not link(newest, "later")


def test_opening_at_the_unread_costs_the_same_at_any_length(tab: Client, desk: Desk) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            tab.get(f"/w/meridian/inbox/{desk.private.pk}/", headers=PART)
        return len(captured)

    long_thread(desk, read=3, unread=2)
    cost()
    short = cost()
    long_thread(desk, read=200, unread=150)
    assert cost() == short


def test_a_day_is_gone_to_in_the_readers_zone(tab: Client, cast: Cast, desk: Desk) -> None:
    every = long_thread(desk, read=200, unread=0)
    with tenant(desk.workspace.pk):
        Message.objects.filter(id__in=every[:100]).update(occurred_at=now().replace(year=2025, month=3, day=1, hour=20, minute=30))
    person = cast.user("owner")
    person.time_zone = "Asia/Karachi"  # there it is the second of March already
    person.save(update_fields=["time_zone"])
    address = f"/w/meridian/inbox/{desk.private.pk}/"
    assert ids(text_of(tab.get(address, {"on": "2025-03-02"}, headers=PART)))[0] == every[0]
    assert every[99] not in ids(text_of(tab.get(address, {"on": "2025-03-03"}, headers=PART)))[11:]
    assert tab.get(address, {"on": "yesterday"}, headers=PART).status_code == 422


def test_all_of_a_contact_stands_in_one_scroll_with_separators(tab: Client, desk: Desk) -> None:
    """The same person in public and private: told apart by separators, in the order of time, at the same cost at two sizes."""
    address = f"/w/meridian/inbox/{desk.private.pk}/"

    def look() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as captured:
            page = text_of(tab.get(address, {"scope": "contact", "at": "newest"}, headers=PART))
        return page, len(captured)

    look()
    page, small = look()
    with tenant(desk.workspace.pk):
        every = Message.objects.filter(conversation__contact_id=desk.contact.pk).order_by("occurred_at", "id")
        assert ids(page) == list(every.values_list("id", flat=True))
    assert re.findall(r'data-run="(\d+)"', page)[0] in (str(desk.conversation.pk), str(desk.private.pk))
    assert {str(desk.conversation.pk), str(desk.private.pk)} == set(re.findall(r'data-run="(\d+)"', page))
    alone = text_of(tab.get(address, {"at": "newest"}, headers=PART))
    assert "data-run" not in alone
    other = make_channel(desk.workspace)
    for number in range(70):
        hear(other if number % 2 else desk.channel, direct(other if number % 2 else desk.channel, f"more {number}"))
    page, large = look()
    assert large == small
    seen = ids(page)
    assert len(seen) == 60
    while earlier := link(page, "earlier"):
        page = text_of(tab.get(earlier, headers=PART))
        seen = ids(page) + seen
    with tenant(desk.workspace.pk):
        assert seen == list(every.values_list("id", flat=True))


def test_beside_the_post_stand_what_it_answers_and_who_else_answers(tab: Client, desk: Desk) -> None:
    parent = post(desk.channel, "the first word of all", author="71")
    below = post(desk.channel, "and mine below it", author="72", thread=parent["post"]["conversation_id"])
    below["post"]["referenced_tweets"] = [{"type": "replied_to", "id": parent["post"]["id"]}]
    others = [post(desk.channel, f"me too {n}", author=f"8{n}", thread=parent["post"]["conversation_id"]) for n in range(3)]
    hear(desk.channel, parent, below, *others)
    with tenant(desk.workspace.pk):
        talk = Conversation.objects.get(contact__identities__external_id="72")
        above = Message.objects.get(body="the first word of all")
    page = text_of(tab.get(f"/w/meridian/inbox/{talk.pk}/", headers=PART))
    assert f"/inbox/{above.conversation_id}/?view=all&amp;at={above.pk}#m-{above.pk}" in page
    assert "the first word of all" in page
    assert "Others below the same post: 4" in page
    fold = text_of(tab.get(f"/w/meridian/inbox/{talk.pk}/siblings/", headers=PART))
    assert fold.count("<li>") == 4
    assert "me too 2" in fold
    assert "and mine below it" not in fold
    alone = text_of(tab.get(f"/w/meridian/inbox/{desk.conversation.pk}/", headers=PART))
    assert "Others below" not in alone
    assert "beside-parent" not in alone


def test_what_a_message_said_before_an_edit_is_kept_and_shown(tab: Client, cast: Cast, desk: Desk) -> None:
    first = post(desk.channel, "it is blue", author="77")
    hear(desk.channel, first)
    edited = post(desk.channel, "it is green", author="77", thread=first["post"]["conversation_id"])
    edited["post"]["edit_history_tweet_ids"] = [first["post"]["id"], edited["post"]["id"]]
    hear(desk.channel, edited)
    with tenant(desk.workspace.pk):
        message = Message.objects.get(body="it is green")
        assert [row["body"] for row in message.versions] == ["it is blue"]
    address = f"/w/meridian/inbox/{message.conversation_id}/"
    assert re.search(r"msg-versions.*it is blue", text_of(tab.get(address, headers=PART)), re.DOTALL)
    told = tab.get(f"/api/v1/w/meridian/conversations/{message.conversation_id}/messages").json()["results"][0]
    assert [row["body"] for row in told["versions"]] == ["it is blue"]
    with tenant(desk.workspace.pk):
        Message.objects.filter(pk=message.pk).update(deleted_at=now())
    assert "it is blue" not in text_of(tab.get(address, headers=PART)).replace(desk.conversation.snippet, "")
    assert tab.get(f"/api/v1/w/meridian/conversations/{message.conversation_id}/messages").json()["results"][0]["versions"] == []


def test_a_slot_below_messages_shows_only_what_is_wired(tab: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"/w/meridian/inbox/{desk.private.pk}/"
    assert 'class="msg-answered" data-slot' not in text_of(tab.get(address, headers=PART))
    wanted: Any = lambda message: message.direction == "in"  # noqa: E731 - as a room would register it
    monkeypatch.setattr(slots, "below_message", [Slot("inbox/_versions.html", wanted)])
    with tenant(desk.workspace.pk):
        row = Message.objects.get(conversation=desk.private)
        assert slots.templates_below(row) == ["inbox/_versions.html"]
        row.direction = "out"
        assert slots.templates_below(row) == []
    assert tab.get(address, headers=PART).status_code == 200
