"""Contacts as a browser gets them."""

import re
from typing import Any

import pytest
from django.test import Client

from core.tenancy import tenant
from crm.models import Contact
from tests.accounts.factories import Cast, make_cast, signed_in
from tests.inbox.factories import Desk, direct, hear, make_desk, post

pytestmark = pytest.mark.django_db
LIST = "/w/meridian/contacts/"
PART = {"HX-Request": "true"}


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return make_desk(cast.meridian, cast.member("owner"))


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"))


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content[:600]
    return str(answer.content.decode())


def named(desk: Desk, *people: tuple[str, str]) -> None:
    """Somebody writes under each of these names."""
    payloads = []
    for number, (handle, name) in enumerate(people):
        payload = post(desk.channel, "hello", author=str(500 + number))
        payload["author"] |= {"username": handle, "name": name}
        payloads.append(payload)
    hear(desk.channel, *payloads)


def test_search_forgives_spelling(tab: Client, desk: Desk) -> None:
    named(desk, ("reza_k", "رضا كريمي"), ("anna", "Anna Müller"))
    for needle, found in (("رضا کریمی", "رضا كريمي"), ("REZA", "رضا كريمي"), ("müller", "Anna Müller")):
        part = text_of(tab.get(LIST, {"q": needle}, headers=PART))
        assert found in part
        assert len(re.findall(r"data-row=", part)) == 1
        assert "<html" not in part
    assert "Nobody by that name" in text_of(tab.get(LIST, {"q": "zzz"}, headers=PART))
    assert text_of(tab.get(LIST, {"q": "\x00" + "x" * 5000}))


def test_the_list_goes_on_without_gap_or_repetition(tab: Client, desk: Desk) -> None:
    named(desk, *((f"p{n}", f"Person number {n}") for n in range(95)))
    page = text_of(tab.get(LIST))
    seen = re.findall(r'data-row="(\d+)"', page)
    while found := re.search(r'hx-get="([^"]*after=[^"&][^"]*)"', page):
        page = text_of(tab.get(found[1].replace("&amp;", "&"), headers=PART))
        seen += re.findall(r'data-row="(\d+)"', page)
    assert len(seen) == len(set(seen)) == 96
    assert tab.get(LIST, {"after": "garbage"}).status_code == 422


def test_a_page_shows_handles_timeline_and_conversations(tab: Client, desk: Desk) -> None:
    page = text_of(tab.get(f"{LIST}{desk.contact.pk}/"))
    assert "@person71" in page
    assert "account id" in page
    assert f'/w/meridian/inbox/{desk.conversation.pk}/?view=all&amp;at={desk.incoming.pk}#m-{desk.incoming.pk}"' in page
    assert f'/w/meridian/inbox/{desk.private.pk}/?view=all"' in page
    assert "where is my parcel?" in page


def test_the_timeline_goes_back_to_the_beginning(tab: Client, desk: Desk) -> None:
    hear(desk.channel, *(direct(desk.channel, f"line {n}.") for n in range(120)))
    page = text_of(tab.get(f"{LIST}{desk.contact.pk}/"))
    seen = page.count('class="timeline-item"')
    while found := re.search(r'hx-get="([^"]*timeline/[^"]*)"', page):
        page = text_of(tab.get(found[1].replace("&amp;", "&"), headers=PART))
        seen += page.count('class="timeline-item"')
    assert seen == 126


def facts(contact: Contact) -> dict[str, Any]:
    with tenant(contact.workspace_id):
        row = Contact.objects.get(pk=contact.pk)
    return {name: getattr(row, name) for name in ("name", "email", "phone", "location", "language", "about", "revision")}


def test_saving(tab: Client, desk: Desk) -> None:
    address = f"{LIST}{desk.contact.pk}/edit/"
    answer = tab.post(address, {**facts(desk.contact), "name": "Ayesha Khan", "phone": "+92 300 1234567", "language": "ur"})
    assert answer.status_code == 302
    saved = facts(desk.contact)
    assert (saved["name"], saved["phone"], saved["language"], saved["revision"]) == ("Ayesha Khan", "+923001234567", "ur", 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("email", "not an address"), ("phone", "12"), ("language", "klingon"), ("revision", "x"), ("name", "x" * 201)],
)
def test_a_wrong_value_is_said_at_its_field(tab: Client, desk: Desk, field: str, value: str) -> None:
    before = facts(desk.contact)
    page = text_of(tab.post(f"{LIST}{desk.contact.pk}/edit/", {**before, "about": "kept words", field: value}), 422)
    assert facts(desk.contact) == before
    assert "kept words" in page
    assert re.search(r'class="(error|form-errors)"', page)


def test_two_who_save_at_once_see_both_versions(tab: Client, desk: Desk) -> None:
    stale = facts(desk.contact)
    address = f"{LIST}{desk.contact.pk}/edit/"
    assert tab.post(address, {**stale, "location": "Karachi"}).status_code == 302
    page = text_of(tab.post(address, {**stale, "location": "Lahore", "about": "mine"}), 409)
    assert facts(desk.contact)["location"] == "Karachi"
    assert "Karachi" in page
    assert "Lahore" in page
    assert 'name="revision" value="2"' in page
    again = re.search(r'name="revision" value="(\d+)"', page)
    assert again
    assert tab.post(address, {**stale, "location": "Lahore", "revision": again[1]}).status_code == 302
    assert facts(desk.contact)["location"] == "Lahore"


def test_a_viewer_is_offered_no_form_and_may_not_save(cast: Cast, desk: Desk) -> None:
    viewer = signed_in(cast.user("viewer"))
    before = facts(desk.contact)
    assert "/edit/" not in text_of(viewer.get(f"{LIST}{desk.contact.pk}/"))
    assert viewer.post(f"{LIST}{desk.contact.pk}/edit/", {**before, "name": "Other"}).status_code == 403
    assert facts(desk.contact) == before


@pytest.mark.parametrize(("code", "shown"), [("ur", "Urdu"), ("ur-Latn", "Urdu in Latin letters"), ("sw", "sw")])
def test_a_language_is_called_by_its_name(tab: Client, desk: Desk, code: str, shown: str) -> None:
    with tenant(desk.workspace.pk):
        Contact.objects.filter(pk=desk.contact.pk).update(language=code)
    page = text_of(tab.get(f"{LIST}{desk.contact.pk}/"))
    assert f"<dd><bdi>{shown}</bdi></dd>" in page


def test_a_handle_within_a_snippet_runs_its_own_way(tab: Client, desk: Desk) -> None:
    """Else its @ stands at its end where the words run right to left."""
    hear(desk.channel, direct(desk.channel, "دیکھ لیں <b> @brand"))
    assert 'دیکھ لیں &lt;b&gt; <bdi dir="ltr">@brand</bdi></div>' in text_of(tab.get(f"{LIST}{desk.contact.pk}/"))
