"""Likes and emoji below messages: told in any order and more than once, shown once, and no reason for a conversation to open."""

import json
from typing import Any

import pytest
from django.db import connection

from activity.models import Event
from core.tenancy import tenant
from inbox.models import Conversation, Message, Reactions
from inbox.services import reactions
from inbox.services.reactions import apply_events
from inbox.views.shown import conversation_url
from social.models import Pull
from social.networks.reactions import US, Reaction
from social.networks.values import Page
from social.services import rechecking
from social.services.pulling import insert_items
from tests.accounts.factories import signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk, hear, post

pytestmark = pytest.mark.django_db

EARLY, LATE, LATER = "2026-11-27T10:00:00+00:00", "2026-11-27T10:00:05+00:00", "2026-11-27T10:00:09+00:00"


def tell(desk: Desk, *told: Reaction) -> None:
    with tenant(desk.workspace.pk):
        data = {"channel": desk.channel.pk, "reactions": [reaction.as_json() for reaction in told]}
        apply_events([Event(kind="items.reacted", data=json.loads(json.dumps(data)))])


def shown(desk: Desk, program: Program, message: Message) -> Any:
    rows = program.get(f"conversations/{message.conversation_id}/messages").json()["results"]
    listed = next(row["reactions"] for row in rows if row["id"] == message.pk)
    assert program.get(f"messages/{message.pk}").json()["reactions"] == listed
    return [(sign["emoji"], sign["count"], sign["ours"]) for sign in listed]


def test_people_s_signs_are_shown_and_taken_back(desk: Desk, program: Program) -> None:
    name = desk.incoming.external_id or ""
    tell(desk, Reaction(name, {"👍": 1}, "71", EARLY), Reaction(name, {"👍": 1, "🎉": 1}, US, EARLY))
    tell(desk, Reaction(name, {"👍": 1}, "71", EARLY))
    assert shown(desk, program, desk.incoming) == [("👍", 2, True), ("🎉", 1, True)]
    tell(desk, Reaction(name, {}, US, LATE))
    assert shown(desk, program, desk.incoming) == [("👍", 1, False)]


def test_an_older_word_told_later_changes_nothing(desk: Desk, program: Program) -> None:
    name = desk.incoming.external_id or ""
    tell(desk, Reaction(name, {}, "71", LATE), Reaction(name, {"👍": 1}, "71", EARLY))
    assert shown(desk, program, desk.incoming) == []
    tell(desk, Reaction(name, {"❤": 9}, "", LATE), Reaction(name, {"❤": 5}, "", EARLY))
    assert shown(desk, program, desk.incoming) == [("❤", 9, False)]
    tell(desk, Reaction(name, {}, "", LATER))
    assert shown(desk, program, desk.incoming) == []


def test_signs_may_be_told_before_their_message(desk: Desk, program: Program) -> None:
    payload = post(desk.channel, "late", thread=desk.conversation.thread_key)
    tell(desk, Reaction(payload["post"]["id"], {"❤": 3}, "", EARLY))
    hear(desk.channel, payload)
    with tenant(desk.workspace.pk):
        message = Message.objects.get(external_id=payload["post"]["id"])
    assert shown(desk, program, message) == [("❤", 3, False)]


def test_open_pages_hear_of_it_and_nothing_opens(desk: Desk, program: Program) -> None:
    with tenant(desk.workspace.pk):
        Conversation.objects.filter(pk=desk.conversation.pk).update(status="resolved", unread_count=0)
    mark = program.get(f"conversations/{desk.conversation.pk}/messages").json()["mark"]
    tell(desk, Reaction(desk.incoming.external_id or "", {"❤": 1}, "71", EARLY))
    changed = program.get(f"conversations/{desk.conversation.pk}/messages/changes", since=mark).json()["results"]
    assert [row["reactions"] for row in changed if row["id"] == desk.incoming.pk] == [[{"emoji": "❤", "count": 1, "ours": False}]]
    with tenant(desk.workspace.pk):
        row = Conversation.objects.get(pk=desk.conversation.pk)
    assert (row.status, row.unread_count) == ("resolved", 0)


def test_the_thread_shows_them(desk: Desk, cast: Any) -> None:
    name = desk.incoming.external_id or ""
    tell(desk, Reaction(name, {"❤": 7}, "", EARLY), Reaction(name, {"❤": 1}, US, EARLY))
    page = signed_in(cast.user("owner")).get(conversation_url("meridian", desk.conversation.pk)).content.decode()
    assert 'class="sign sign-ours"' in page


def test_what_hostile_networks_tell_is_bounded(desk: Desk, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    name = desk.incoming.external_id or ""
    tell(desk, *(Reaction(name, {f"{number}" * 400: 1 for number in range(999)}, f"p{n}", EARLY) for n in range(3)))
    with tenant(desk.workspace.pk):
        kept = Reactions.objects.get(external_id=name).people
    assert all(len(person["signs"]) <= reactions.MOST_SIGNS for person in kept.values())
    monkeypatch.setattr(reactions, "MOST_PEOPLE", 4)
    tell(desk, *(Reaction(name, {"👍": 1}, f"more{n}", EARLY) for n in range(9)))
    with tenant(desk.workspace.pk):
        assert len(Reactions.objects.get(external_id=name).people) == 4


def test_pages_and_looks_tell_the_log_of_changes_only(desk: Desk) -> None:
    name = desk.incoming.external_id or ""
    told = Reaction(name, {"❤": 2}, "", EARLY)
    with tenant(desk.workspace.pk), connection.cursor() as cursor:
        insert_items(cursor, workspace_id=desk.workspace.pk, channel_id=desk.channel.pk, page=Page((), {}, reactions=(told,)))
        assert Event.objects.filter(kind="items.reacted").count() == 1
    for signs, events in (({"❤": 2}, 2), ({"❤": 2}, 2), ({"❤": 3}, 3), ({}, 4), ({}, 4)):
        rechecking._tell_signs(desk.workspace.pk, desk.channel.pk, (Reaction(name, signs, "", LATE),))
        with tenant(desk.workspace.pk):
            assert Event.objects.filter(kind="items.reacted").count() == events
            assert list(Pull.objects.get(channel=desk.channel).signs) == [name]
