"""Deeds on messages through both doors, who may do which, and what the thread shows of them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.policies import Role
from activity.models import Event
from core.clock import now
from core.tenancy import tenant
from inbox.models import Message
from inbox.services.deed_states import mirror
from social.models import DeedRow
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program, program_of
from tests.inbox.factories import Desk, force_state
from tests.inbox.test_screens_list import PART, text_of

pytestmark = pytest.mark.django_db
Do = Callable[..., int]


@pytest.fixture(params=["page", "api"])
def do(request: pytest.FixtureRequest, cast: Cast) -> Do:
    """Do something to a message as a role; answers the status, with what the page calls success as 200."""

    def by_page(message: Message, role: str, **fields: str) -> int:
        tab = signed_in(cast.user(role), raise_request_exception=False)
        answer = tab.post(f"/w/meridian/inbox/messages/{message.pk}/deed/", fields)
        return 200 if answer.status_code == 302 else answer.status_code

    def by_api(message: Message, role: str, **fields: str) -> int:
        tab = signed_in(cast.user(role), raise_request_exception=False)
        address = f"/api/v1/w/meridian/messages/{message.pk}/deeds"
        return int(tab.post(address, fields, content_type="application/json").status_code)

    return by_page if request.param == "page" else by_api


@pytest.fixture
def sent(desk: Desk) -> Message:
    """A reply of ours that stands on the network."""
    with tenant(desk.workspace.pk):
        Message.objects.filter(pk=desk.queued.pk).update(external_id="1900000000000000999")
    force_state(desk.queued, "sent")
    return again(desk.queued)


def again(message: Message) -> Message:
    with tenant(message.workspace_id):
        return Message.objects.get(pk=message.pk)


def rows(desk: Desk) -> list[tuple[str, str]]:
    with tenant(desk.workspace.pk):
        return list(DeedRow.objects.order_by("id").values_list("kind", "state"))


def settle(desk: Desk, state: str, error: str = "") -> None:
    """The newest deed ended so, as the worker would have written it."""
    with tenant(desk.workspace.pk):
        row = DeedRow.objects.latest("id")
        DeedRow.objects.filter(pk=row.pk).update(state=state, error=error, settled_at=now())
        mirror([row.pk])


def test_likes_are_shown_and_logged(desk: Desk, do: Do) -> None:
    assert do(desk.incoming, "agent", kind="like") == 200
    assert do(desk.incoming, "agent", kind="like") == 200
    assert rows(desk) == [("like", "queued")]
    assert not again(desk.incoming).liked
    settle(desk, "done")
    assert again(desk.incoming).liked
    assert do(desk.incoming, "agent", kind="unlike") == 200
    settle(desk, "failed", "as the test says")
    assert again(desk.incoming).liked, "what failed changed nothing"
    with tenant(desk.workspace.pk):
        asked = Event.objects.filter(kind="deeds.asked").order_by("id")
        assert [event.data["kind"] for event in asked] == ["like", "like", "unlike"]
        assert all(event.actor_id for event in asked)


@pytest.mark.parametrize(
    ("kind", "role", "status"),
    [
        ("like", Role.VIEWER, 403), ("like", Role.AGENT, 200), ("hide", Role.AGENT, 403), ("hide", Role.SALES, 403),
        ("hide", Role.SUPERVISOR, 200), ("unhide", Role.AGENT, 403), ("delete", Role.AGENT, 403), ("delete", Role.OWNER, 422),
        ("edit", Role.OWNER, 422), ("nonsense", Role.OWNER, 422), ("", Role.OWNER, 422),
    ],
)  # fmt: skip
def test_who_may_do_what_to_customers_words(desk: Desk, do: Do, kind: str, role: str, status: int) -> None:
    assert do(desk.incoming, role, kind=kind) == status
    assert len(rows(desk)) == (1 if status == 200 else 0)


def test_those_who_answer_delete_what_we_wrote(desk: Desk, sent: Message, do: Do) -> None:
    assert do(sent, "viewer", kind="delete") == 403
    assert do(sent, "agent", kind="delete") == 200
    settle(desk, "done")
    gone = again(sent)
    assert gone.deleted_at is not None
    assert gone.shown_body == ""
    assert do(sent, "agent", kind="delete") == 409
    assert do(sent, "agent", kind="like") == 409


def test_what_is_not_on_the_network_cannot_be_changed_there(desk: Desk, do: Do) -> None:
    for message in (desk.queued, desk.failed, desk.doubtful, desk.note):
        assert do(message, "owner", kind="delete") == 409
    assert rows(desk) == []


def test_another_workspaces_message_is_nobodys(cast: Cast, desk: Desk) -> None:
    answer = program_of(cast, of="zarrin").post(f"messages/{desk.incoming.pk}/deeds", {"kind": "like"})
    assert answer.status_code == 404
    assert rows(desk) == []


def test_edits_keep_the_words_they_replaced(desk: Desk, sent: Message) -> None:
    """As a network with edits has them; X has none."""
    with tenant(desk.workspace.pk):
        for number, text in enumerate(("Second words.", "Third words.")):
            row = DeedRow.objects.create(
                channel=desk.channel, external_id=sent.external_id, family="edit", kind="edit", before=again(sent).body,
                deed={"kind": "edit", "text": text}, state="done", not_before=now(), created_at=now(), settled_at=now(),
            )  # fmt: skip
            mirror([row.pk])
            assert len(again(sent).deeds["edit"]["earlier"]) == number + 1
    edited = again(sent)
    assert (edited.body, bool(edited.edited_at)) == ("Third words.", True)
    assert [words["text"] for words in edited.deeds["edit"]["earlier"]] == [sent.body, "Second words."]
    with tenant(desk.workspace.pk):
        # The network says something else since: an event that comes again does not undo that.
        Message.objects.filter(pk=sent.pk).update(body="Fourth words, written there.")
        mirror(list(DeedRow.objects.values_list("id", flat=True)))
    assert again(sent).body == "Fourth words, written there."


def test_the_api_tells_how_far_it_is(desk: Desk, program: Program) -> None:
    answer = program.post(f"messages/{desk.incoming.pk}/deeds", {"kind": "hide"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["deeds"] == [{"kind": "hide", "state": "queued", "error": ""}]
    settle(desk, "failed", "as the test says")
    row = program.get(f"messages/{desk.incoming.pk}").json()
    assert (row["hidden"], row["deeds"]) == (False, [{"kind": "hide", "state": "failed", "error": "as the test says"}])
    program.post(f"messages/{desk.incoming.pk}/deeds", {"kind": "hide"})
    settle(desk, "done")
    assert program.get(f"messages/{desk.incoming.pk}").json()["hidden"]


def test_where_no_private_answer_is_offered_none_is_queued(desk: Desk, program: Program) -> None:
    body = {"kind": "private_reply", "body": "Write us here."}
    answer = program.post(f"conversations/{desk.conversation.pk}/messages", body)
    assert answer.status_code == 422, answer.content
    with tenant(desk.workspace.pk):
        assert not Message.objects.filter(body="Write us here.").exists()


def test_a_key_of_a_public_answer_sends_no_private_one(desk: Desk, program: Program) -> None:
    path, key = f"conversations/{desk.conversation.pk}/messages", {"Idempotency-Key": "k"}
    assert program.post(path, {"body": "Write us here."}, **key).status_code == 201
    again = program.post(path, {"kind": "private_reply", "body": "Write us here."}, **key)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "key_reused")


def test_an_open_page_hears_of_it(cast: Cast, desk: Desk) -> None:
    """The first post of a thread too, which the page mends part by part."""
    owner = signed_in(cast.user("owner"))
    state = {"since": "1", "view": "all", "open": str(desk.conversation.pk), "thread_since": "1", "kind": "like"}
    answer = text_of(owner.post(f"/w/meridian/inbox/messages/{desk.incoming.pk}/deed/", state, headers=PART))
    assert re.search(r'<div class="deeds" data-deeds>.*?Liking…', answer, re.DOTALL)
    assert page(owner, desk).count("data-deeds") >= 4


# --- the thread -------------------------------------------------------------------------------------------------------
def page(client: Client, desk: Desk) -> str:
    return text_of(client.get(f"/w/meridian/inbox/{desk.conversation.pk}/", headers=PART))


def offered(text: str, message: Message) -> set[str]:
    """What the menu of one message offers."""
    form = re.escape(f"/inbox/messages/{message.pk}/deed/")
    found = re.findall(rf'action="[^"]*{form}"[^>]*>.*?</form>', text, re.DOTALL)
    return {kind for part in found for kind in re.findall(r'name="kind" value="([a-z]+)"', part)}


def test_the_menu_offers_what_the_network_and_the_role_allow(cast: Cast, desk: Desk, sent: Message) -> None:
    owner, agent, viewer = (signed_in(cast.user(role)) for role in ("owner", "agent", "viewer"))
    assert offered(page(owner, desk), desk.incoming) == {"like", "hide"}
    assert offered(page(agent, desk), desk.incoming) == {"like"}
    assert offered(page(viewer, desk), desk.incoming) == set()
    assert offered(page(agent, desk), sent) == {"delete"}
    assert offered(page(agent, desk), desk.failed) == set()


def test_the_thread_says_what_was_done(cast: Cast, desk: Desk, sent: Message) -> None:
    owner = signed_in(cast.user("owner"))
    deed: Any = lambda message, kind: owner.post(f"/w/meridian/inbox/messages/{message.pk}/deed/", {"kind": kind})  # noqa: E731
    deed(desk.incoming, "like")
    assert "Liking…" in page(owner, desk)
    assert offered(page(owner, desk), desk.incoming) == {"hide"}
    settle(desk, "done")
    assert "Liked" in page(owner, desk)
    assert offered(page(owner, desk), desk.incoming) == {"unlike", "hide"}
    deed(desk.incoming, "hide")
    settle(desk, "failed", "as the test says")
    shown = page(owner, desk)
    assert "Could not be hidden:" in shown
    assert "as the test says" in shown
    deed(desk.incoming, "hide")
    settle(desk, "done")
    assert "Hidden from others" in page(owner, desk)
    assert offered(page(owner, desk), desk.incoming) == {"unlike", "unhide"}
    deed(sent, "delete")
    shown = page(owner, desk)
    assert "Deleting…" in shown
    assert sent.body in shown
    settle(desk, "done")
    shown = page(owner, desk)
    assert sent.body not in shown
    assert "Deleted on X." in shown
