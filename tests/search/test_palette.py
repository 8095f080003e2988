"""The palette: what it finds by beginnings in any spelling, one query a kind, under the reader's rights and behind the wall."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import policies
from accounts.policies import Permission, Role
from core.clock import now
from core.tenancy import tenant
from crm.models import Contact
from inbox.models import Conversation
from search import palette
from search.services.indexing import index
from tests.accounts.factories import Cast, make_cast, signed_in
from tests.inbox.factories import hear, make_channel, post

pytestmark = pytest.mark.django_db
PAGE = "/w/meridian/palette/"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def said(channel: Any, text: str, *, author: str, name: str) -> None:
    payload = post(channel, text, author=author, at=now() - timedelta(minutes=int(author[-2:])))
    payload["author"] |= {"username": f"person{author}", "name": name}
    hear(channel, payload)
    index(workspace_id=channel.workspace_id)


def entries(browser: Client, **asked: str) -> list[str]:
    """Keys of the lines that come back."""
    return re.findall(r'data-entry="([^"]+)"', browser.get(PAGE, asked).content.decode())


def test_it_finds_people_and_conversations_by_beginnings_in_any_spelling(cast: Cast) -> None:
    channel = make_channel(cast.meridian)
    said(channel, "parcel number seven is late", author="901", name="علي كريمي")
    said(channel, "nothing of the kind", author="902", name="Berta Brecht")
    with tenant(cast.meridian.pk):
        ali, berta = Contact.objects.get(name="علي كريمي"), Contact.objects.get(name="Berta Brecht")
        talk = {row.contact_id: row.pk for row in Conversation.objects.all()}
    browser = signed_in(cast.user("agent"))
    assert entries(browser, q="علی کر") == [f"contact-{ali.pk}", f"conversation-{talk[ali.pk]}"]
    assert entries(browser, q="bert") == [f"contact-{berta.pk}", f"conversation-{talk[berta.pk]}"]
    assert entries(browser, q="parc sev") == [f"conversation-{talk[ali.pk]}"]
    assert entries(browser, q="parcel brecht") == []
    assert entries(browser, q="from:") == []
    assert entries(browser, q="') OR 1=1 -- \x00") == []


def test_without_words_come_what_was_chosen_last_and_every_place_there_is(cast: Cast) -> None:
    channel = make_channel(cast.meridian, name="Brand")
    said(channel, "hello", author="901", name="Anna")
    foreign = make_channel(cast.zarrin)
    said(foreign, "hello", author="903", name="Zahra")
    with tenant(cast.meridian.pk):
        anna, talk = Contact.objects.get(), Conversation.objects.get()
    with tenant(cast.zarrin.pk):
        zahra = Contact.objects.get()
    browser = signed_in(cast.user("agent"))
    last = f"conversation-{talk.pk},contact-{zahra.pk},contact-{anna.pk},contact-99999999999999999999,contact-x,page-inbox"
    found = entries(browser, recent=last)
    assert found[:2] == [f"conversation-{talk.pk}", f"contact-{anna.pk}"]
    assert f"contact-{zahra.pk}" not in found
    assert {"view-mine", "view-resolved", f"channel-{channel.pk}", "page-inbox", "page-keys"} <= set(found)
    assert f"channel-{foreign.pk}" not in found


def test_no_page_is_offered_that_would_refuse(cast: Cast) -> None:
    """Every line of every role leads to a page that lets them in; what a role lacks is not there."""
    offered = {}
    for role in (Role.OWNER, Role.VIEWER):
        browser = signed_in(cast.user(role))
        text = browser.get(PAGE).content.decode()
        offered[role] = set(re.findall(r'data-entry="(page-[a-z_]+)"', text))
        for address in re.findall(r'href="(/[^"]+)"', text):
            assert browser.get(address.replace("&amp;", "&"), follow=True).status_code == 200, address
    assert {"page-tokens", "page-connect"} <= offered[Role.OWNER] - offered[Role.VIEWER]


def test_who_may_not_see_people_is_shown_none(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    said(make_channel(cast.meridian), "hello", author="901", name="Anna")
    with tenant(cast.meridian.pk):
        anna, talk = Contact.objects.get(), Conversation.objects.get()
    browser = signed_in(cast.user("agent"))
    assert entries(browser, q="anna") == [f"contact-{anna.pk}", f"conversation-{talk.pk}"]
    monkeypatch.setitem(policies.ROLES, Role.AGENT, policies.ROLES[Role.AGENT] - {Permission.CONTACTS_VIEW})
    assert entries(browser, q="anna") == []
    assert f"contact-{anna.pk}" not in entries(browser, recent=f"contact-{anna.pk}")


def test_one_query_a_kind_at_any_size(cast: Cast) -> None:
    channel, member = make_channel(cast.meridian), cast.member("owner")

    def queries() -> list[int]:
        with tenant(cast.meridian.pk):
            recent = [f"contact-{row}" for row in Contact.objects.values_list("pk", flat=True)[:3]]
            recent += [f"conversation-{row}" for row in Conversation.objects.values_list("pk", flat=True)[:3]]
            counts = []
            for work in (
                lambda: palette.found("meridian", member, "ann"),
                lambda: palette.places("meridian", member),
                lambda: palette.recent("meridian", member, recent),
            ):
                with CaptureQueriesContext(connection) as asked:
                    assert any(group.entries for group in work())
                counts.append(len(asked))
        return counts

    said(channel, "hello", author="901", name="Anna")
    small = queries()
    for number in range(902, 920):
        said(channel, "hello again", author=str(number), name=f"Anna {number}")
    assert queries() == small == [2, 3, 2]
