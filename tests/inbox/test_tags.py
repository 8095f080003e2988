"""Tags: made on a conversation, kept in order on their page, through both doors."""

from typing import Any

import pytest
from django.test import Client

from activity.models import Event
from core.tenancy import tenant
from crm.models import Tag
from inbox.models import Conversation, ConversationTag
from inbox.selectors import get_conversation, numbers, tag_counts
from inbox.services import tagging
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk

pytestmark = pytest.mark.django_db


class Door:
    """The same deeds by a page's forms and by the API."""

    def __init__(self, kind: str, tab: Client, program: Program) -> None:
        self.kind, self.tab, self.program = kind, tab, program

    def tag(self, conversation_id: int, **given: Any) -> int:
        if self.kind == "api":
            return int(self.program.post(f"conversations/{conversation_id}/tags", given).status_code)
        form = {"name": given.get("names", []), "add": given.get("add", []), "remove": given.get("remove", [])}
        answer = self.tab.post(f"/w/meridian/inbox/{conversation_id}/tags/", form)
        return 200 if answer.status_code == 302 else answer.status_code

    def change(self, tag_id: int, **given: Any) -> int:
        if self.kind == "api":
            return int(self.program.patch(f"tags/{tag_id}", given).status_code)
        return self._page(f"/w/meridian/tags/{tag_id}/", given)

    def merge(self, tag_id: int, into: int) -> int:
        if self.kind == "api":
            return int(self.program.post(f"tags/{tag_id}/merge", {"into": into}).status_code)
        return self._page(f"/w/meridian/tags/{tag_id}/merge/", {"into": into})

    def delete(self, tag_id: int) -> int:
        if self.kind == "api":
            answer = self.program.send("DELETE", f"tags/{tag_id}")
            return 200 if answer.status_code == 204 else answer.status_code
        return self._page(f"/w/meridian/tags/{tag_id}/delete/", {})

    def _page(self, address: str, given: Any) -> int:
        answer = self.tab.post(address, given)
        return 200 if answer.status_code == 302 else answer.status_code


@pytest.fixture(params=["page", "api"])
def door(request: Any, cast: Cast, program: Program) -> Door:
    return Door(request.param, signed_in(cast.user("owner")), program)


def names(desk: Desk, conversation: Conversation) -> list[str]:
    with tenant(desk.workspace.pk):
        return [tag["name"] for tag in get_conversation(conversation.pk).tags]


def events(desk: Desk, kind: str) -> list[dict[str, Any]]:
    with tenant(desk.workspace.pk):
        return [event.data for event in Event.objects.filter(kind=kind)]


def test_tags_are_found_or_made_and_taken_away(door: Door, desk: Desk) -> None:
    assert door.tag(desk.conversation.pk, names=["Refund", "كتاب"]) == 200
    assert door.tag(desk.private.pk, names=["  refund ", "کتاب"]) == 200  # the same ones, as search folds them
    assert names(desk, desk.private) == names(desk, desk.conversation) == ["Refund", "كتاب"]
    with tenant(desk.workspace.pk):
        refund, book = Tag.objects.get(folded="refund").pk, Tag.objects.exclude(folded="refund").get().pk
        Conversation.objects.update(version=0)
    assert door.tag(desk.private.pk, add=[book], remove=[refund]) == 200
    assert names(desk, desk.private) == ["كتاب"]
    assert events(desk, "conversations.tagged")[-1] == {"added": [], "removed": ["Refund"]}
    with tenant(desk.workspace.pk):
        assert Conversation.objects.get(pk=desk.private.pk).version > 0
        assert tag_counts() == {refund: 1, book: 2}
        assert numbers(desk.member).tags == {refund: 1, book: 2}


def test_what_cannot_be_is_refused(door: Door, desk: Desk) -> None:
    for wrong in ({"names": ["x" * 41]}, {"names": ["\u200b"]}, {"add": [2**40]}, {"names": [f"t{n}" for n in range(21)]}):
        if door.kind == "page" and wrong.get("names") == ["\u200b"]:
            continue  # a page leaves out what is nothing but blank
        assert door.tag(desk.conversation.pk, **wrong) == 422, wrong
    assert names(desk, desk.conversation) == []
    assert door.tag(2**40, names=["a"]) == 404


def test_renaming_merging_deleting(door: Door, desk: Desk) -> None:
    door.tag(desk.conversation.pk, names=["Refund", "Money back"])
    door.tag(desk.private.pk, names=["Money back", "Odd"])
    with tenant(desk.workspace.pk):
        ids = {tag.name: tag.pk for tag in Tag.objects.all()}
    assert door.change(ids["Refund"], name="refunds", tone="bad") == 200
    assert door.change(ids["Odd"], name="REFUNDS", tone="bad") == 409
    assert door.change(ids["Odd"], name="Odd", tone="loud") == 422
    assert door.merge(ids["Odd"], ids["Odd"]) == 422
    assert door.merge(ids["Money back"], ids["Refund"]) == 200
    assert names(desk, desk.conversation) == ["refunds"]
    assert names(desk, desk.private) == ["Odd", "refunds"]
    with tenant(desk.workspace.pk):
        assert tag_counts()[ids["Refund"]] == 2
        assert tag_counts().get(ids["Money back"], 0) == 0
    assert door.delete(ids["Refund"]) == 200
    assert door.delete(ids["Refund"]) == 404
    assert names(desk, desk.private) == ["Odd"]
    with tenant(desk.workspace.pk):
        assert ConversationTag.objects.count() == 1
    for kind in ("tags.created", "tags.changed", "tags.merged", "tags.deleted"):
        assert events(desk, kind), kind


def test_pages_show_tags_and_counts(door: Door, cast: Cast, desk: Desk) -> None:
    door.tag(desk.conversation.pk, names=['<b>"loud"'])
    page = door.tab.get("/w/meridian/tags/").content.decode()
    assert "1 conversation<" in page
    assert '<b>"loud"' not in page
    thread = door.tab.get(f"/w/meridian/inbox/{desk.conversation.pk}/").content.decode()
    assert 'data-key="KeyL"' in thread
    assert thread.count("&lt;b&gt;&quot;loud&quot;") >= 2
    menu = door.tab.get(f"/w/meridian/inbox/{desk.conversation.pk}/tags/menu/").content.decode()
    assert "checked" in menu
    assert door.program.get("tags").json()["results"][0]["count"] == 1
    assert door.program.get(f"conversations/{desk.conversation.pk}").json()["tags"][0]["tone"] == "plain"


def test_open_pages_hear_of_a_renamed_tag(cast: Cast, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        tag = tagging.change_tags(member=desk.member, conversation_id=desk.conversation.pk, names=["Refund"]).tags[0]["id"]
        Conversation.objects.update(version=0)
    signed_in(cast.user("supervisor")).post(f"/w/meridian/tags/{tag}/", {"name": "Other", "tone": "plain"})
    with tenant(desk.workspace.pk):
        assert Conversation.objects.get(pk=desk.conversation.pk).version > 0


def test_agents_tag_and_do_not_manage(cast: Cast, desk: Desk) -> None:
    agent = signed_in(cast.user("agent"))
    assert agent.post(f"/w/meridian/inbox/{desk.conversation.pk}/tags/", {"name": "Refund"}).status_code == 302
    with tenant(desk.workspace.pk):
        tag = Tag.objects.get().pk
    assert agent.post(f"/w/meridian/tags/{tag}/delete/").status_code == 403
    assert agent.get("/w/meridian/tags/").status_code == 403
    assert names(desk, desk.conversation) == ["Refund"]
