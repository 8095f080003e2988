"""Two people at one conversation: the second claim is a conflict, the second answer is held and shown until sent anyway."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services import replies
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk, direct, hear
from tests.inbox.test_screens_list import PART

pytestmark = pytest.mark.django_db
#: Answer the private conversation as the owner: text and `seen` → the answer of the door.
Door = Callable[..., Any]


@pytest.fixture(params=["page", "program"])
def write(request: pytest.FixtureRequest, cast: Cast, desk: Desk, program: Program) -> Door:
    tab = signed_in(cast.user("owner"))

    def through_the_page(body: str, **more: Any) -> Any:
        return tab.post(f"/w/meridian/inbox/{desk.private.pk}/write/", {"body": body, "since": "1", **more}, headers=PART)

    def through_the_api(body: str, **more: Any) -> Any:
        return program.post(f"conversations/{desk.private.pk}/messages", {"body": body, **more})

    return through_the_page if request.param == "page" else through_the_api


def newest(desk: Desk) -> int:
    with tenant(desk.workspace.pk):
        return int(Message.objects.filter(conversation=desk.private).latest("id").pk)


def answered(cast: Cast, desk: Desk, who: str, body: str = "Sana was first.") -> Message:
    with tenant(desk.workspace.pk):
        return replies.reply(member=cast.member(who), conversation_id=desk.private.pk, body=body, undo_seconds=3600)


def written(desk: Desk, body: str) -> int:
    with tenant(desk.workspace.pk):
        return Message.objects.filter(body=body).count()


def test_a_second_answer_is_held_and_shown_until_sent_anyway(write: Door, cast: Cast, desk: Desk) -> None:
    seen = newest(desk)
    first = answered(cast, desk, "agent")
    held = write("Me too.", seen=seen)
    assert held.status_code == 409
    assert "Agent of Meridian answered meanwhile: “Sana was first.”" in held.content.decode()
    assert written(desk, "Me too.") == 0
    if held.headers["Content-Type"] == "application/json":
        error = held.json()["error"]
        assert (error["code"], error["field"]) == ("answered", "seen")
        assert error["detail"] == {"message": first.pk, "author": "Agent of Meridian"}
    else:
        assert f'"rabta:held": {{"seen": {first.pk}}}' in held.headers["HX-Trigger"]
    assert write("Me too.", seen=first.pk).status_code in (200, 201)
    assert written(desk, "Me too.") == 1


@pytest.mark.parametrize("meanwhile", ["nothing", "own", "customer", "note", "taken back"])
def test_what_is_no_colleagues_answer_holds_nothing(write: Door, cast: Cast, desk: Desk, meanwhile: str) -> None:
    seen = newest(desk)
    if meanwhile == "own":
        answered(cast, desk, "owner")
    elif meanwhile == "customer":
        hear(desk.channel, direct(desk.channel, "still here"))
    elif meanwhile == "note":
        with tenant(desk.workspace.pk):
            replies.note(member=cast.member("agent"), conversation_id=desk.private.pk, body="a note")
    elif meanwhile == "taken back":
        first = answered(cast, desk, "agent")
        with tenant(desk.workspace.pk):
            replies.take_back(member=cast.member("agent"), message_id=first.pk)
    assert write("Mine.", seen=seen).status_code in (200, 201)


def test_who_says_nothing_of_what_they_saw_is_not_held(write: Door, cast: Cast, desk: Desk) -> None:
    answered(cast, desk, "agent")
    assert write("Mine.").status_code in (200, 201)


def test_an_answer_given_on_the_network_itself_holds_too_and_an_old_one_does_not(write: Door, desk: Desk) -> None:
    seen = newest(desk)
    with tenant(desk.workspace.pk):
        known = Message.objects.get(pk=seen)
        facts = {"conversation_id": desk.private.pk, "channel_id": desk.channel.pk, "direction": "out"}
        facts["stored_at"] = known.stored_at
        early = Message.objects.create(**facts, body="found late", occurred_at=known.occurred_at.replace(year=2020))
        assert write("Mine.", seen=seen).status_code in (200, 201)
        Message.objects.create(**facts, body="said over there", occurred_at=known.occurred_at.replace(year=2090))
    held = write("Mine again.", seen=early.pk)
    assert held.status_code == 409
    assert "Brand answered meanwhile: “said over there”" in held.content.decode()


@pytest.mark.parametrize("wrong", ["x", "-1", str(2**63)])
def test_a_wrong_mark_is_named(write: Door, desk: Desk, wrong: str) -> None:
    answer = write("Mine.", seen=wrong)
    assert answer.status_code == 422
    assert written(desk, "Mine.") == 0


def test_without_a_script_the_page_comes_back_with_the_text(cast: Cast, desk: Desk) -> None:
    tab, seen = signed_in(cast.user("owner")), newest(desk)
    first = answered(cast, desk, "agent")
    page = tab.post(f"/w/meridian/inbox/{desk.private.pk}/write/", {"body": "Mine.", "seen": seen})
    text = page.content.decode()
    assert page.status_code == 409
    assert "Mine.</textarea>" in text
    assert f'name="seen" value="{first.pk}"' in text


def test_the_second_claim_of_a_person_or_team_is_a_conflict(cast: Cast, desk: Desk, program: Program) -> None:
    agents, owners = signed_in(cast.user("agent")), signed_in(cast.user("owner"))
    base = f"/w/meridian/inbox/{desk.private.pk}"
    for kind, address, wanted in (("assignee", "assign", cast.member("agent").pk), ("team", "team", cast.team.pk)):
        page = owners.get(f"{base}/").content.decode()
        assert page.count('name="expected" value=""') >= 2  # every form that gives it away says whose it was
        fields = {kind: wanted, "expected": "", "since": "1"}
        assert agents.post(f"{base}/{address}/", fields, headers=PART).status_code == 200
        second = owners.post(f"{base}/{address}/", {kind: "", "expected": "", "since": "1"}, headers=PART)
        assert second.status_code == 409
        assert "Meanwhile this conversation went to" in second.content.decode()
        refused = program.patch(f"conversations/{desk.private.pk}", {kind: None, f"expected_{kind}": None})
        assert refused.status_code == 409
        assert refused.json()["error"]["field"] == kind
        with tenant(desk.workspace.pk):
            assert getattr(Conversation.objects.get(pk=desk.private.pk), f"{kind}_id") == wanted
        assert program.patch(f"conversations/{desk.private.pk}", {f"expected_{kind}": None}).status_code == 422
        assert owners.post(f"{base}/{address}/", {kind: "", "expected": wanted, "since": "1"}, headers=PART).status_code == 200


def test_faces_are_of_ones_own_colleagues_only(cast: Cast, desk: Desk) -> None:
    tab, agent = signed_in(cast.user("owner")), cast.member("agent").pk
    theirs = cast.member("owner", of="zarrin").pk
    text = tab.get("/w/meridian/inbox/faces/", {"ids": f"{agent},{theirs},999999"}).content.decode()
    assert text.count("data-face=") == 1
    assert f'data-face="{agent}" data-name="Agent of Meridian"' in text
    assert tab.get("/w/meridian/inbox/faces/", {"ids": "1,x"}).status_code == 422
    assert tab.get("/w/meridian/inbox/faces/", {"ids": ",".join(map(str, range(1, 102)))}).status_code == 422
    assert tab.get("/w/meridian/inbox/faces/").content.decode().strip() == ""


def test_no_two_things_of_an_open_thread_have_one_name(cast: Cast, desk: Desk) -> None:
    """A menu that was called like the thread's end kept every new message out of the page."""
    hear(desk.channel, *(direct(desk.channel, f"line {n}") for n in range(140)))
    with tenant(desk.workspace.pk):
        oldest = Message.objects.filter(conversation=desk.private).earliest("id").pk
    tab = signed_in(cast.user("owner"))
    for parameters in ({}, {"at": str(oldest)}):
        page = tab.get(f"/w/meridian/inbox/{desk.private.pk}/", parameters).content.decode()
        names = re.findall(r'<[^>]* id="([^"]+)"', re.sub(r"<template.*?</template>", "", page, flags=re.DOTALL))
        assert len(names) > 50
        assert sorted(names) == sorted(set(names)), sorted(name for name in set(names) if names.count(name) > 1)
