"""What was begun and not sent: kept for its writer through both doors, not written over by another window, gone when sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.services.tokens import create_token
from activity.models import Event
from core.clock import now
from core.tenancy import tenant
from inbox import selectors
from inbox.models import Conversation, Draft
from inbox.selectors import ListQuery
from inbox.services import attaching, drafts, replies
from social.models import Channel, StoredFile
from social.services import chosen_files
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.test_screens_list import PART, text_of
from tests.pictures import picture

pytestmark = pytest.mark.django_db
Keep = Callable[..., tuple[int, int]]


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"), raise_request_exception=False)


@pytest.fixture(params=["page", "api"])
def keep(request: pytest.FixtureRequest, cast: Cast, desk: Desk) -> Keep:
    """Keep a draft as a role; answers status and counter."""

    def by_page(role: str = "owner", kind: str = "reply", conversation: int = 0, media: tuple[int, ...] = (), **fields: Any) -> Any:
        tab = signed_in(cast.user(role), raise_request_exception=False)
        address = f"/w/meridian/inbox/{conversation or desk.private.pk}/drafts/{kind}/"
        answer = tab.post(address, {**fields, "media": media}, headers=PART)
        return answer.status_code, answer.json()["counter"] if answer.status_code == 200 else 0

    def by_api(role: str = "owner", kind: str = "reply", conversation: int = 0, media: tuple[int, ...] = (), **fields: Any) -> Any:
        tab = signed_in(cast.user(role), raise_request_exception=False)
        address = f"/api/v1/w/meridian/conversations/{conversation or desk.private.pk}/drafts/{kind}"
        body = {**fields, "media": [{"id": number} for number in media]}
        answer = tab.put(address, body, content_type="application/json")
        return answer.status_code, answer.json()["counter"] if answer.status_code == 200 else 0

    return by_page if request.param == "page" else by_api


def kept(desk: Desk, **which: Any) -> list[tuple[str, str]]:
    with tenant(desk.workspace.pk):
        return list(Draft.objects.filter(is_empty=False, **which).order_by("kind").values_list("kind", "body"))


def file_of(desk: Desk) -> StoredFile:
    return attaching.attach(member=desk.member, conversation_id=desk.private.pk, name="new.png", content=picture())


def test_each_kind_is_kept_for_its_writer_alone(keep: Keep, desk: Desk, cast: Cast, tab: Client) -> None:
    assert keep(body="Half an answer") == (200, 1)
    assert keep(body="not yet", kind="note") == (200, 1)
    assert keep(body="Half an answer, more", base=1) == (200, 2)
    assert kept(desk) == [("note", "not yet"), ("reply", "Half an answer, more")]
    page = text_of(tab.get(f"/w/meridian/inbox/{desk.private.pk}/"))
    assert "Half an answer, more" in page
    assert " data-draft " in page.partition(f'id="row-{desk.private.pk}"')[2].partition(">")[0] + " "
    other = text_of(signed_in(cast.user("agent")).get(f"/w/meridian/inbox/{desk.private.pk}/"))
    assert "Half an answer" not in other
    assert keep(role="viewer", body="x")[0] == 403
    assert keep(kind="letter", body="x")[0] == 422
    assert keep(conversation=999_999, body="x")[0] == 404
    assert keep(body="", kind="note", base=1)[0] == 200
    assert kept(desk) == [("reply", "Half an answer, more")]
    with tenant(desk.workspace.pk):
        names = list(Event.objects.filter(kind__startswith="drafts.").order_by("id").values_list("kind", flat=True))
    assert names == ["drafts.begun", "drafts.begun", "drafts.cleared"]


def test_another_window_is_not_written_over(keep: Keep, desk: Desk) -> None:
    assert keep(body="from one") == (200, 1)
    assert keep(body="from another", base=1) == (200, 2)
    assert keep(body="from one, more", base=1)[0] == 409
    assert keep(body="from another", base=1)[0] == 200  # the same words are no conflict
    assert kept(desk)[0][1] == "from another"
    assert keep(body="", base=3)[0] == 200
    assert keep(body="from one, more", base=1)[0] == 200  # and where nothing stands, nothing is lost
    assert kept(desk)[0][1] == "from one, more"


def test_of_one_pages_requests_the_newest_counts_however_they_arrive(desk: Desk) -> None:
    def save(body: str, sequence: int, base: int = 0, writer: str = "page-a") -> None:
        with tenant(desk.workspace.pk):
            given = {"member": desk.member, "conversation_id": desk.private.pk, "kind": "reply"}
            drafts.keep(**given, body=body, base=base, writer=writer, sequence=sequence)

    save("the newest", 7)
    save("late", 5)
    save("the newest", 7)
    assert kept(desk) == [("reply", "the newest")]
    save("newer", 8)  # its answer was lost, so it still names the first base
    assert kept(desk) == [("reply", "newer")]
    with tenant(desk.workspace.pk):
        replies.reply(member=desk.member, conversation_id=desk.private.pk, body="newer", undo_seconds=600)
        ending = {"member": desk.member, "conversation_id": desk.private.pk, "kind": "reply", "writer": "page-a", "sequence": 9}
        drafts.clear(**ending, sent="newer")
    save("newer", 8)  # was under way when it was sent
    assert kept(desk) == []


@pytest.mark.parametrize(
    "body",
    ["nul\x00inside", "\u202eturned\u202c mixed متن", "👩‍👩‍👧‍👦" * 300, "x" * 40_000],
    ids=["nul", "bidi", "emoji", "over-long"],
)
def test_what_cannot_be_sent_is_kept(keep: Keep, desk: Desk, tab: Client, body: str) -> None:
    status, _counter = keep(body=body)
    if status == 422:  # a program is told that no text holds such a sign
        assert "\x00" in body
        keep(body=body.replace("\x00", ""))
    assert kept(desk) == [("reply", body.replace("\x00", ""))]
    answer = tab.post(f"/w/meridian/inbox/{desk.private.pk}/write/", {"body": "x" * 40_000}, headers=PART)
    assert answer.status_code == 422
    assert kept(desk) == [("reply", body.replace("\x00", ""))]


def test_too_much_even_for_a_draft_is_said(keep: Keep, desk: Desk) -> None:
    assert keep(body="x" * 100_001)[0] == 422
    assert kept(desk) == []


def test_sending_clears_what_was_sent_and_nothing_else(desk: Desk, tab: Client) -> None:
    def draft(body: str, kind: str = "reply") -> None:
        with tenant(desk.workspace.pk):
            drafts.keep(member=desk.member, conversation_id=desk.private.pk, kind=kind, body=body)

    write = f"/w/meridian/inbox/{desk.private.pk}/write/"
    draft("Hello.")
    draft("A note.", "note")
    tab.post(write, {"body": "Hello.", "kind": "reply"})
    assert kept(desk) == [("note", "A note.")]
    tab.post(write, {"body": "Another note.", "kind": "note"})
    assert kept(desk) == [("note", "A note.")]  # written in another window
    tab.post(write, {"body": "A note.", "kind": "note"})
    assert kept(desk) == []
    draft("Kept through a stale form")
    tab.post(write, {"body": "One.", "idempotency_key": "k"})
    assert tab.post(write, {"body": "Two.", "idempotency_key": "k"}, headers=PART).status_code == 409
    with tenant(desk.workspace.pk):
        Conversation.objects.filter(pk=desk.private.pk).update(status="resolved", assignee=None)
        Channel.objects.filter(pk=desk.channel.pk).update(state="disconnected")
    assert tab.post(write, {"body": "Three."}, headers=PART).status_code == 409
    assert kept(desk) == [("reply", "Kept through a stale form")]
    page = text_of(tab.get(f"/w/meridian/inbox/{desk.private.pk}/"))
    assert "Your unsent reply is kept" in page


def test_files_are_kept_with_it_and_come_back_when_a_reply_is_taken_back(
    keep: Keep, desk: Desk, tab: Client, program: Program
) -> None:
    row = file_of(desk)
    assert keep(body="See here", media=(row.pk, 999_999)) == (200, 1)
    with tenant(desk.workspace.pk):
        StoredFile.objects.filter(pk=row.pk).update(created_at=now() - timedelta(days=3))
    chosen_files.discard_unused(desk.workspace.pk)
    assert f'value="{row.pk}"' in text_of(tab.get(f"/w/meridian/inbox/{desk.private.pk}/"))
    sent = program.post(f"conversations/{desk.private.pk}/messages", {"body": "See here", "media": [{"id": row.pk}]}).json()
    assert keep(body="", base=1)[0] == 200
    program.post(f"messages/{sent['id']}/take-back")
    back = program.get(f"conversations/{desk.private.pk}/drafts/reply").json()
    assert (back["body"], [file["file"] for file in back["media"]]) == ("See here", [row.pk])
    assert [draft["conversation"] for draft in program.get("drafts").json()["results"]] == [desk.private.pk]
    assert program.post(f"messages/{sent['id']}/retry").status_code == 200  # after all: what it gave goes with it
    assert kept(desk) == []
    program.post(f"messages/{sent['id']}/take-back")
    again = program.post(f"conversations/{desk.private.pk}/messages", {"body": "See there", "media": [{"id": row.pk}]})
    assert again.status_code == 201
    refused = program.post(f"messages/{sent['id']}/retry")
    assert (refused.status_code, refused.json()["error"]["field"]) == (409, "media")


def test_what_is_being_written_is_not_pushed_aside_by_what_is_taken_back(desk: Desk, program: Program) -> None:
    with tenant(desk.workspace.pk):
        drafts.keep(member=desk.member, conversation_id=desk.conversation.pk, kind="reply", body="Something else")
    program.post(f"messages/{desk.queued.pk}/take-back")
    assert kept(desk) == [("reply", "Something else")]


def test_files_that_left_the_draft_are_thrown_away_in_time(keep: Keep, desk: Desk) -> None:
    row = file_of(desk)
    keep(body="See", media=(row.pk,))
    keep(body="See", base=1)
    with tenant(desk.workspace.pk):
        StoredFile.objects.filter(pk=row.pk).update(created_at=now() - timedelta(days=3))
    assert chosen_files.discard_unused(desk.workspace.pk) == 1


def test_the_list_marks_and_gathers_them(keep: Keep, desk: Desk, tab: Client, cast: Cast) -> None:
    keep(body="Half")
    keep(body="Half", kind="note")
    with tenant(desk.workspace.pk):
        mine = selectors.list_page(ListQuery(view="drafts"), desk.member)
        theirs = selectors.list_page(ListQuery(view="drafts"), cast.member("agent"))
        assert ([row.id for row in mine.rows], theirs.rows) == ([desk.private.pk], [])
        assert (selectors.numbers(desk.member).views["drafts"], selectors.numbers(cast.member("agent")).views["drafts"]) == (1, 0)
    page = text_of(tab.get("/w/meridian/inbox/", {"view": "drafts"}))
    assert 'id="count-drafts">1<' in page


def test_tokens_see_their_own_persons_drafts(desk: Desk, cast: Cast, program: Program) -> None:
    with tenant(desk.workspace.pk):
        drafts.keep(member=cast.member("agent"), conversation_id=desk.private.pk, kind="reply", body="The agent's")
    assert program.get("drafts").json()["results"] == []
    assert program.get(f"conversations/{desk.private.pk}/drafts/reply").json()["body"] == ""
    assert program.get(f"conversations/{desk.private.pk}/drafts/letter").status_code == 404
    _row, secret = create_token(by=cast.member("admin"), name="Other")
    assert Program("meridian", secret).get("drafts").json()["results"] == []
