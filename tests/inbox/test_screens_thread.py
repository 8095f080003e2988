"""One conversation as a browser gets it, and everything an agent does there."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from accounts.policies import Role
from core.clock import now
from core.tenancy import tenant
from inbox.models import Conversation, Message
from social.models import Channel, Delivery
from social.networks import network_of
from tests.accounts.factories import Cast, signed_in
from tests.inbox.factories import Desk, direct, hear
from tests.inbox.test_screens_list import PART, mark_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"))


def page_of(desk: Desk, conversation: Conversation | None = None) -> str:
    return f"/w/meridian/inbox/{(conversation or desk.conversation).pk}/"


def message_ids(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li class="msg[^"]*" id="m-(\d+)"', page)]


def do(tab: Client, address: str, **fields: Any) -> Any:
    """A deed as the page's script sends it."""
    return tab.post(address, {"since": "1", "view": "all", **fields}, headers=PART)


def again(row: Any) -> Any:
    with tenant(row.workspace_id):
        return type(row).objects.get(pk=row.pk)


def read_all(desk: Desk) -> None:
    """Somebody of ours has read it."""
    with tenant(desk.workspace.pk):
        Conversation.objects.filter(pk=desk.private.pk).update(unread_count=0)


def count(desk: Desk) -> int:
    with tenant(desk.workspace.pk):
        return Message.objects.count()


# --- reading ----------------------------------------------------------------------------------------------------------


def test_the_part_is_the_page_without_its_frame(tab: Client, desk: Desk) -> None:
    page, part = text_of(tab.get(page_of(desk))), text_of(tab.get(page_of(desk), headers=PART))
    assert "<html" in page
    assert "<html" not in part
    assert message_ids(page) == message_ids(part)
    assert "where is my parcel?" in part
    assert re.search(rf'data-row="{desk.conversation.pk}"[^>]*aria-current="true"', page)


def test_each_state_says_what_can_be_done(tab: Client, desk: Desk) -> None:
    page = text_of(tab.get(page_of(desk)))
    base = "/w/meridian/inbox/messages"
    assert f"{base}/{desk.queued.pk}/take-back/" in page
    assert f"{base}/{desk.failed.pk}/retry/" in page
    assert f"{base}/{desk.doubtful.pk}/decide/" in page
    assert "as the test says" in page
    viewer = text_of(signed_in(_viewer(desk)).get(page_of(desk)))
    assert "/retry/" not in viewer
    assert "/write/" not in viewer
    assert "composer-closed" in viewer


def _viewer(desk: Desk) -> Any:
    from accounts.models import User

    return User.objects.get(email="viewer@meridian.example")


def test_what_is_gone_on_the_network_shows_no_words(tab: Client, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        Message.objects.filter(pk=desk.incoming.pk).update(deleted_at=now(), media=[{"kind": "image", "alt": "secret picture"}])
    page = text_of(tab.get(page_of(desk), headers=PART))
    assert "where is my parcel" not in page.replace(desk.conversation.snippet, "")
    assert "secret picture" not in page
    assert "Deleted on X." in page


def test_words_are_words_and_links_are_safe(tab: Client, desk: Desk) -> None:
    hear(desk.channel, direct(desk.channel, '<b onclick="x()">bold</b> https://example.com/?a=1&b=2. @brand سلام'))
    page = text_of(tab.get(page_of(desk, desk.private), headers=PART))
    assert "<b onclick" not in page
    assert '<a href="https://example.com/?a=1&amp;b=2" rel="nofollow noopener noreferrer"' in page
    assert '<bdi dir="ltr">@brand</bdi>' in page


def test_direction_and_language_go_by_the_message(tab: Client, desk: Desk) -> None:
    urdu = direct(desk.channel, "میرا پارسل ابھی تک نہیں پہنچا")
    hear(desk.channel, urdu)
    page = text_of(tab.get(page_of(desk, desk.private), headers=PART))
    assert re.search(r'<div class="bubble" dir="rtl" lang="ur">میرا', page)
    assert re.search(r'<div class="bubble" dir="ltr" lang="">my order', page)


def test_a_long_thread_opens_at_its_end_and_goes_back(tab: Client, desk: Desk) -> None:
    hear(desk.channel, *(direct(desk.channel, f"line {n}") for n in range(140)))
    read_all(desk)
    page = text_of(tab.get(page_of(desk, desk.private), headers=PART))
    seen = message_ids(page)
    assert len(seen) == 60
    while found := re.search(r'hx-get="([^"]*earlier/[^"]*)"', page):
        page = text_of(tab.get(found[1].replace("&amp;", "&"), headers=PART))
        seen = message_ids(page) + seen
    with tenant(desk.workspace.pk):
        wanted = Message.objects.filter(conversation=desk.private).order_by("occurred_at", "id").values_list("id", flat=True)
        assert seen == list(wanted)
    assert len(seen) == 141


def test_an_old_message_can_be_pointed_at(tab: Client, desk: Desk) -> None:
    hear(desk.channel, *(direct(desk.channel, f"line {n}") for n in range(140)))
    with tenant(desk.workspace.pk):
        oldest = Message.objects.filter(conversation=desk.private).order_by("occurred_at", "id").first()
    assert oldest
    page = text_of(tab.get(page_of(desk, desk.private), {"at": oldest.pk}))
    assert message_ids(page)[0] == oldest.pk
    assert 'id="later"' in page  # looking back, nothing new is put behind it (thread.js)
    elsewhere = text_of(tab.get(page_of(desk, desk.private), {"at": desk.incoming.pk}))
    assert len(message_ids(elsewhere)) == 60


def test_opening_costs_the_same_at_any_length(tab: Client, desk: Desk) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            tab.get(page_of(desk, desk.private), headers=PART)
        return len(captured)

    cost()
    short = cost()
    hear(desk.channel, *(direct(desk.channel, f"line {n}") for n in range(140)))
    assert cost() == short
    assert short <= 26


def test_looking_writes_nothing(tab: Client, desk: Desk) -> None:
    before = again(desk.private).version
    tab.get(page_of(desk, desk.private))
    assert again(desk.private).version == before
    assert again(desk.private).unread_count == 1


# --- writing ----------------------------------------------------------------------------------------------------------


def test_a_reply_comes_back_in_the_answer_and_once_for_one_key(tab: Client, desk: Desk) -> None:
    before = count(desk)
    fields = {"body": "On its way.", "idempotency_key": "k1", "open": desk.private.pk, "thread_since": "1"}
    first = text_of(do(tab, page_of(desk, desk.private) + "write/", **fields))
    second = text_of(do(tab, page_of(desk, desk.private) + "write/", **fields))
    assert first.count("On its way.") >= 1
    assert "On its way." in second
    assert count(desk) == before + 1


def test_keys_belong_to_the_person(cast: Cast, tab: Client, desk: Desk) -> None:
    before = count(desk)
    address = page_of(desk, desk.private) + "write/"
    assert do(tab, address, body="Mine.", idempotency_key="same").status_code == 200
    assert do(signed_in(cast.user("agent")), address, body="Theirs.", idempotency_key="same").status_code == 200
    assert count(desk) == before + 2


def test_a_note_is_not_sent(tab: Client, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        deliveries = Delivery.objects.count()
    assert do(tab, page_of(desk) + "write/", kind="note", body="be kind").status_code == 200
    with tenant(desk.workspace.pk):
        assert Delivery.objects.count() == deliveries
        assert Message.objects.filter(direction="note", body="be kind").count() == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"body": ""}, 422),
        ({"body": "  \n "}, 422),
        ({}, 422),
        ({"body": "x" * 281}, 422),
        ({"body": "x" * 25_001, "kind": "note"}, 422),
        ({"body": "x", "kind": "shout"}, 422),
        ({"body": "x", "idempotency_key": "k" * 300}, 422),
    ],
)
def test_what_cannot_be_written_is_said_and_nothing_is_kept(
    tab: Client, desk: Desk, fields: dict[str, str], status: int
) -> None:
    before = count(desk)
    answer = do(tab, page_of(desk) + "write/", **fields)
    assert answer.status_code == status
    assert answer.content.decode().strip()
    assert count(desk) == before


def test_without_a_script_the_text_is_kept(tab: Client, desk: Desk) -> None:
    page = text_of(tab.post(page_of(desk) + "write/", {"body": "x" * 281}), 422)
    assert "x" * 281 in page
    assert "too long for X" in page
    assert tab.post(page_of(desk) + "write/", {"body": "short"})["Location"] == page_of(desk)


def test_a_disconnected_channel_takes_notes_only(tab: Client, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        Channel.objects.filter(pk=desk.channel.pk).update(state="disconnected")
    before = count(desk)
    assert do(tab, page_of(desk) + "write/", body="hello").status_code == 409
    assert count(desk) == before
    assert do(tab, page_of(desk) + "write/", kind="note", body="for later").status_code == 200
    page = text_of(tab.get(page_of(desk), headers=PART))
    assert re.search(r'value="reply" disabled', page)
    assert f"/w/meridian/channels/{desk.channel.pk}/" in page


def test_the_composer_knows_the_networks_rules(tab: Client, desk: Desk) -> None:
    public = text_of(tab.get(page_of(desk), headers=PART))
    assert 'data-limit="280"' in public
    rules = network_of(desk.channel.network)
    assert f'data-counting="{escape(rules.counting.for_page())}"' in public
    private = text_of(tab.get(page_of(desk, desk.private), headers=PART))
    assert 'data-limit="10000"' in private
    assert rules.private_counting is not None
    assert f'data-counting="{escape(rules.private_counting.for_page())}"' in private
    assert "public-word" in public
    assert "public-word" not in private


def test_sending_and_resolving_is_one_press(tab: Client, desk: Desk) -> None:
    answer = do(tab, page_of(desk, desk.private) + "write/", body="Solved.", then="resolve")
    assert "rabta:toast" in answer["HX-Trigger"]
    assert again(desk.private).status == "resolved"


# --- deciding ---------------------------------------------------------------------------------------------------------


def test_resolving_can_be_undone(tab: Client, desk: Desk) -> None:
    answer = do(tab, page_of(desk) + "status/", status="resolved")
    assert again(desk.conversation).status == "resolved"
    undo = re.search(r'"undoUrl": "([^"]+)"', answer["HX-Trigger"])
    assert undo
    assert tab.post(undo[1], headers=PART).status_code == 204
    assert again(desk.conversation).status == "open"


def test_giving_it_to_somebody(cast: Cast, tab: Client, desk: Desk) -> None:
    agent = cast.member(Role.AGENT)
    shown = {"open": desk.private.pk, "thread_since": "1"}
    answer = text_of(do(tab, page_of(desk, desk.private) + "assign/", assignee=agent.pk, expected="", **shown))
    assert again(desk.private).assignee_id == agent.pk
    assert "Agent of Meridian" in answer
    late = do(tab, page_of(desk, desk.private) + "assign/", assignee=cast.member("sales").pk, expected="")
    assert late.status_code == 409
    assert "Agent of Meridian" in late.content.decode()
    assert again(desk.private).assignee_id == agent.pk
    assert do(tab, page_of(desk, desk.private) + "assign/", assignee="", expected=agent.pk).status_code == 200
    assert again(desk.private).assignee_id is None


def test_the_menu_names_people_who_may_answer_and_teams(tab: Client, desk: Desk) -> None:
    menu = text_of(tab.get("/w/meridian/inbox/assignees/", headers=PART))
    assert "Agent of Meridian" in menu
    assert "Viewer of Meridian" not in menu
    assert "Care" in menu


def test_team_priority_and_unread(cast: Cast, tab: Client, desk: Desk) -> None:
    for path, fields in (("team/", {"team": cast.team.pk}), ("priority/", {"priority": 3}), ("read/", {})):
        assert do(tab, page_of(desk, desk.private) + path, **fields).status_code == 200
    row = again(desk.private)
    assert (row.team_id, row.priority, row.unread_count) == (cast.team.pk, 3, 0)
    assert do(tab, page_of(desk, desk.private) + "unread/").status_code == 200
    assert again(desk.private).unread_count == 1


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("status/", {"status": "snoozed"}),
        ("status/", {}),
        ("assign/", {"assignee": "somebody"}),
        ("assign/", {"assignee": str(2**62)}),
        ("assign/", {"assignee": "9" * 30}),
        ("team/", {"team": "-1"}),
        ("team/", {"team": str(2**62)}),
        ("priority/", {"priority": "9"}),
        ("priority/", {}),
        ("status/", {"status": "open", "view": "nope"}),
    ],
)
def test_a_wrong_value_changes_nothing(tab: Client, desk: Desk, path: str, fields: dict[str, str]) -> None:
    before = again(desk.private).version
    assert do(tab, page_of(desk, desk.private) + path, **fields).status_code == 422
    assert again(desk.private).version == before


def test_taking_back_trying_again_and_deciding(tab: Client, desk: Desk) -> None:
    base = "/w/meridian/inbox/messages"
    for row, path, fields, state in (
        (desk.queued, "take-back", {}, "cancelled"),
        (desk.failed, "retry", {}, "queued"),
        (desk.doubtful, "decide", {"arrived": "yes"}, "sent"),
    ):
        assert do(tab, f"{base}/{row.pk}/{path}/", **fields).status_code == 200
        assert again(row).delivery_state == state
    assert do(tab, f"{base}/{desk.doubtful.pk}/decide/", arrived="perhaps").status_code == 422
    assert do(tab, f"{base}/{desk.doubtful.pk}/decide/", arrived="no").status_code == 409
    assert do(tab, f"{base}/{desk.incoming.pk}/retry/").status_code == 404


def test_a_viewer_changes_nothing(cast: Cast, desk: Desk) -> None:
    viewer = signed_in(cast.user("viewer"))
    before = (again(desk.private).version, count(desk))
    deeds = {"write/": {"body": "x"}, "status/": {"status": "resolved"}, "assign/": {"assignee": ""}, "unread/": {}}
    for path, fields in deeds.items():
        assert do(viewer, page_of(desk, desk.private) + path, **fields).status_code == 403
    assert do(viewer, page_of(desk, desk.private) + "read/").status_code == 200
    assert (again(desk.private).version, count(desk)) == before


def test_from_something_to_be_sent_to_its_place(tab: Client, desk: Desk) -> None:
    answer = tab.get(f"/w/meridian/inbox/deliveries/{desk.failed.delivery_id}/")
    assert answer["Location"] == f"{page_of(desk)}?at={desk.failed.pk}#m-{desk.failed.pk}"
    assert mark_in(text_of(tab.get(page_of(desk))))
