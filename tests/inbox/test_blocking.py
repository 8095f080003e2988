"""Blocked people and spam: what they write comes in resolved and quiet, stands in a view of its own, and can be taken back."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.selectors import ListQuery, list_page, numbers
from inbox.services.ingest import ingest
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk, direct, hear, post, store

pytestmark = pytest.mark.django_db


class Door:
    """The same deed by the page and by the API."""

    def __init__(self, kind: str, tab: Client, program: Program) -> None:
        self.kind, self.tab, self.program = kind, tab, program

    def block(self, conversation_id: int, standing: str) -> int:
        if self.kind == "api":
            body = {"standing": standing or "welcome"}
            return int(self.program.post(f"conversations/{conversation_id}/standing", body).status_code)
        address = f"/w/meridian/inbox/{conversation_id}/standing/"
        return int(self.tab.post(address, {"standing": standing}, headers={"HX-Request": "true"}).status_code)


@pytest.fixture(params=["page", "api"])
def door(request: Any, cast: Cast, program: Program) -> Door:
    return Door(request.param, signed_in(cast.user("owner")), program)


def spam(desk: Desk) -> list[int]:
    with tenant(desk.workspace.pk):
        found = [row.id for row in list_page(ListQuery(view="spam"), desk.member).rows]
        assert numbers(desk.member).views["spam"] == len(found)
    return sorted(found)


def test_what_the_blocked_write_is_quiet_and_kept_and_they_come_back(door: Door, desk: Desk) -> None:
    both = sorted([desk.conversation.pk, desk.private.pk])
    assert spam(desk) == []
    assert door.block(desk.private.pk, "spam") == 200
    assert spam(desk) == both  # of the same identity
    hear(desk.channel, direct(desk.channel, "buy cheap watches"), post(desk.channel, "@brand cheap watches"))
    with tenant(desk.workspace.pk):
        row = Conversation.objects.get(pk=desk.private.pk)
        assert (row.status, row.unread_count, row.waiting_since, row.snippet) == ("resolved", 0, None, "buy cheap watches")
        new = Conversation.objects.get(snippet="@brand cheap watches")
        assert (new.status, new.unread_count, new.waiting_since) == ("resolved", 0, None)
        assert Message.objects.filter(body="buy cheap watches").count() == 1
    assert spam(desk) == sorted([*both, new.pk])
    hear(desk.channel, post(desk.channel, "@brand hello", author="4242"))
    with tenant(desk.workspace.pk):
        assert Conversation.objects.get(snippet="@brand hello").status == "open"
    assert door.block(desk.private.pk, "") == 200
    assert spam(desk) == []
    hear(desk.channel, direct(desk.channel, "sorry"))
    with tenant(desk.workspace.pk):
        row = Conversation.objects.get(pk=desk.private.pk)
        assert (row.status, row.unread_count) == ("open", 1)
    told = [line["text"] for line in door.program.get(f"conversations/{desk.private.pk}/history").json()["results"]]
    name = desk.member.user.display_name
    assert f"{name} marked them as spam" in told
    assert f"{name} let them in again" in told


def test_only_moderators_block(desk: Desk, cast: Cast, door: Door) -> None:
    tab = signed_in(cast.user("agent"))
    assert tab.post(f"/w/meridian/inbox/{desk.private.pk}/standing/", {"standing": "spam"}).status_code == 403
    assert door.block(desk.private.pk, "hated") == 422
    assert door.block(2**40, "spam") == 404
    assert spam(desk) == []


def test_ingest_asks_no_more_for_the_blocked(desk: Desk, door: Door) -> None:
    asked = []
    for standing in ("", "blocked"):
        door.block(desk.private.pk, standing)
        store(desk.channel, direct(desk.channel, f"as {standing or 'anybody'}"))
        with CaptureQueriesContext(connection) as queries:
            ingest(workspace_id=desk.workspace.pk, channel_id=desk.channel.pk)
        asked.append(len(queries))
    assert asked[0] == asked[1]
