"""A guest's link: it shows what was chosen and nothing else, takes answers as notes, ends, and leaves each look on record."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from activity.models import Event
from core import clock
from core.tenancy import tenant
from inbox.models import Message, SideThread
from inbox.services import replies
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk, direct, hear
from tests.inbox.test_screens_list import PART, text_of

pytestmark = pytest.mark.django_db
#: Ask somebody outside about the private conversation, as the owner: fields → the answer of the door.
Door = Callable[..., Any]
ASKED = {"guest_name": "Dr. Aslam", "question": "May she take both?", "days": 7, "shows": "none"}


@pytest.fixture(params=["page", "program"])
def ask(request: pytest.FixtureRequest, cast: Cast, desk: Desk, program: Program) -> Door:
    tab = signed_in(cast.user("owner"))

    def page(**fields: Any) -> Any:
        return tab.post(f"/w/meridian/inbox/{desk.private.pk}/side-threads/", {**ASKED, **fields}, headers=PART)

    def api(**fields: Any) -> Any:
        return program.post(f"conversations/{desk.private.pk}/side-threads", {**ASKED, **fields})

    return page if request.param == "page" else api


def link_in(answer: Any) -> str:
    """The way to the guest's page."""
    assert answer.status_code in (200, 201), answer.content[:500]
    found = re.search(r"http://testserver(/guest/[\w-]+/)", answer.content.decode())
    assert found
    return found[1]


def link_for(cast: Cast, desk: Desk, **fields: Any) -> str:
    tab = signed_in(cast.user("owner"))
    return link_in(tab.post(f"/w/meridian/inbox/{desk.private.pk}/side-threads/", {**ASKED, **fields}, headers=PART))


def told(desk: Desk) -> list[str]:
    with tenant(desk.workspace.pk):
        return list(Event.objects.filter(kind__startswith="side_threads.").order_by("id").values_list("kind", flat=True))


def words(desk: Desk) -> dict[str, int]:
    with tenant(desk.workspace.pk):
        return {row.body: row.pk for row in Message.objects.filter(conversation=desk.private)}


def crowded(cast: Cast, desk: Desk) -> dict[str, int]:
    """A customer's two words, an answer and a note in the private conversation: text → id."""
    hear(desk.channel, direct(desk.channel, "and my second order"))
    with tenant(desk.workspace.pk):
        given = {"member": cast.member("owner"), "conversation_id": desk.private.pk}
        replies.reply(**given, body="We look into it", undo_seconds=3600)
        replies.note(**given, body="secret: she is a friend of the boss")
    return words(desk)


@pytest.mark.parametrize("shows", ["all", "selected", "none"])
def test_it_shows_what_was_chosen_and_nothing_else(ask: Door, cast: Cast, desk: Desk, shows: str) -> None:
    said = crowded(cast, desk)
    chosen = {"messages": [said["and my second order"]]} if shows == "selected" else {}
    page = text_of(Client().get(link_in(ask(shows=shows, **chosen))))
    assert "May she take both?" in page
    assert "Owner of Meridian" in page
    assert ("my order number of the parcel" in page) == (shows == "all")
    assert ("We look into it" in page) == (shows == "all")
    assert ("and my second order" in page) == (shows != "none")
    for hidden in ("secret", "friend of the boss", "Person 71", "person71", "/w/meridian", "data-live"):
        assert hidden not in page


def nothing_but_the_chosen(cast: Cast, desk: Desk) -> None:
    """For the guards: a link that shows everything shows no note, and one that shows nothing no word."""
    crowded(cast, desk)
    assert "secret" not in text_of(Client().get(link_for(cast, desk, shows="all")))
    assert "my order number" not in text_of(Client().get(link_for(cast, desk, shows="none")))


def test_an_answer_is_a_guests_note_once_and_on_record(ask: Door, cast: Cast, desk: Desk, program: Program) -> None:
    link = link_in(ask())
    guest = Client(enforce_csrf_checks=True)
    page = text_of(guest.get(link))
    form = dict(re.findall(r'name="(csrfmiddlewaretoken|key)" value="([^"]+)"', page))
    for _ in range(2):  # the same form, sent twice
        sent = guest.post(link, {**form, "body": "Both, but not <b>together</b>."})
        assert (sent.status_code, sent.headers["Location"]) == (302, f"{link}?sent=yes")
    after = text_of(guest.get(f"{link}?sent=yes"))
    assert "Thank you." in after
    assert "Both, but not &lt;b&gt;together&lt;/b&gt;." in after
    with tenant(desk.workspace.pk):
        note = Message.objects.get(conversation=desk.private, body__startswith="Both")
    assert (note.direction, note.author_id, note.context["guest"]) == ("note", None, "Dr. Aslam")
    assert told(desk) == ["side_threads.opened", "side_threads.looked", "side_threads.answered", "side_threads.looked"]
    thread = text_of(signed_in(cast.user("agent")).get(f"/w/meridian/inbox/{desk.private.pk}/", headers=PART))
    assert "msg-note msg-guest" in thread
    assert re.search(r"Guest, from outside · <bdi>Dr. Aslam</bdi>", thread)
    listed = program.get(f"conversations/{desk.private.pk}/side-threads").json()["side_threads"]
    assert listed[0]["looked_at"]
    assert "link" not in listed[0]


def test_a_forged_form_is_refused(cast: Cast, desk: Desk) -> None:
    link = link_for(cast, desk)
    assert Client(enforce_csrf_checks=True).post(link, {"body": "forged"}).status_code == 403
    assert "forged" not in words(desk)


def test_the_page_is_for_nobody_else(cast: Cast, desk: Desk) -> None:
    for address in (link_for(cast, desk), "/guest/nobody-made-this/"):
        answer = Client().get(address)
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Referrer-Policy"] == "same-origin"  # the link goes to no other site
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["X-Frame-Options"] == "DENY"
    secret = link_for(cast, desk).split("/")[2]
    assert len(secret) >= 22  # 128 bits and more, in base64
    with tenant(desk.workspace.pk):
        assert secret not in str(SideThread.objects.values().latest("id"))


def dead_after(cast: Cast, desk: Desk, end: str) -> None:
    """Neither read nor answered any more, and the page says so."""
    link = link_for(cast, desk, days=1)
    assert Client().get(link).status_code == 200
    with tenant(desk.workspace.pk):
        side = SideThread.objects.latest("id")
    if end == "revoked":
        answer = signed_in(cast.user("agent")).post(f"/w/meridian/inbox/side-threads/{side.pk}/revoke/", headers=PART)
        assert answer.status_code == 200
    else:
        clock.shift(timedelta(days=1, seconds=1))
    try:
        for answer in (Client().get(link), Client().post(link, {"body": "too late"})):
            text = text_of(answer, 410)
            assert "This link works no more" in text
            assert "May she take both?" not in text
            assert "Meridian" not in text
    finally:
        clock.shift(timedelta(0))
    assert "too late" not in words(desk)


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_it_ends(cast: Cast, desk: Desk, end: str) -> None:
    dead_after(cast, desk, end)


def test_closing_and_saying_more_through_the_api(cast: Cast, desk: Desk, program: Program) -> None:
    link = link_in(program.post(f"conversations/{desk.private.pk}/side-threads", ASKED))
    number = program.get(f"conversations/{desk.private.pk}/side-threads").json()["side_threads"][0]["id"]
    assert program.post(f"side-threads/{number}/say", {"question": "And with milk?"}).status_code == 200
    assert "And with milk?" in text_of(Client().get(link))
    assert program.post(f"side-threads/{number}/revoke").json()["revoked_at"]
    refused = program.post(f"side-threads/{number}/say", {"question": "Anybody there?"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (409, "side_thread")
    assert program.post(f"side-threads/{number}/revoke").status_code == 200  # once more changes nothing
    assert told(desk).count("side_threads.revoked") == 1
    assert "Anybody there?" not in words(desk)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("guest_name", " "),
        ("question", ""),
        ("question", "x" * 2001),
        ("days", 0),
        ("days", 31),
        ("shows", "everything"),
        ("shows", "selected"),
    ],
)
def test_what_is_wrong_is_named(ask: Door, desk: Desk, field: str, value: Any) -> None:
    answer = ask(**{field: value})
    assert answer.status_code == 422
    if answer.headers["Content-Type"] == "application/json":
        assert answer.json()["error"]["field"] == ("messages" if value == "selected" else field)
    with tenant(desk.workspace.pk):
        assert SideThread.objects.count() == 0
    assert "May she take both?" not in words(desk)


def test_only_this_conversations_words_can_be_chosen(ask: Door, cast: Cast, desk: Desk) -> None:
    said = crowded(cast, desk)
    for number in (desk.incoming.pk, said["secret: she is a friend of the boss"], 2**40):
        assert ask(shows="selected", messages=[number]).status_code == 422


def too_many_wait(cast: Cast, desk: Desk) -> None:
    """More answers than a person writes are told to wait."""
    link, guest = link_for(cast, desk), Client()
    states = [guest.post(link, {"body": f"answer {n}", "key": str(n)}).status_code for n in range(12)]
    assert states == [302] * 10 + [429] * 2
    assert sum(text.startswith("answer ") for text in words(desk)) == 10


def test_haste_is_told_to_wait(cast: Cast, desk: Desk) -> None:
    too_many_wait(cast, desk)
    strangers = [Client(REMOTE_ADDR="192.0.2.77").get(f"/guest/guess-{n}/").status_code for n in range(25)]
    assert strangers == [404] * 20 + [429] * 5


@pytest.mark.parametrize(("body", "said"), [("", "Write something first."), ("x" * 5001, "at most 5000 characters")])
def test_a_wrong_answer_comes_back_with_its_text(cast: Cast, desk: Desk, body: str, said: str) -> None:
    text = text_of(Client().post(link_for(cast, desk), {"body": body}), 422)
    assert said in text
    assert body in text


def test_it_speaks_the_guests_language(cast: Cast, desk: Desk) -> None:
    link = link_for(cast, desk)
    for language, direction in (("ur", "rtl"), ("fa", "rtl"), ("ar", "rtl"), ("en", "ltr")):
        page = text_of(Client(headers={"accept-language": language}).get(link))
        assert f'lang="{language}" dir="{direction}"' in page
        assert ("Your answer" in page) == (language == "en")
