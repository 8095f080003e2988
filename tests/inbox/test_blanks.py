"""Blanks in prepared words: read, refused by name and place, filled once, and never sent."""

from typing import Any

import pytest
from django.test import Client

from core.errors import Invalid
from core.tenancy import tenant
from crm.models import Contact
from inbox.models import Message
from inbox.services import blanks
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.test_screens_list import PART

VALUES = {"contact.name": "Ayesha Khan", "contact.first_name": "", "agent.name": "Sara"}


@pytest.mark.parametrize(
    ("text", "becomes", "missing"),
    [
        ("Hello {{contact.name}}.", "Hello Ayesha Khan.", ()),
        ("Hello {{ contact.name }}{{agent.name}}.", "Hello Ayesha KhanSara.", ()),
        ('Hello {{contact.first_name|"there"}}.', "Hello there.", ()),
        ("سلام {{contact.first_name|«دوست»}}", "سلام دوست", ()),
        ("Hello {{contact.first_name | “friend” }}.", "Hello friend.", ()),
        ('Hello {{contact.name|"there"}}.', "Hello Ayesha Khan.", ()),
        ("{{contact.first_name}}, {{nobody}}.", "{{contact.first_name}}, {{nobody}}.", ("{{contact.first_name}}", "{{nobody}}")),
        ('Hello {{contact.first_name|""}}.', 'Hello {{contact.first_name|""}}.', ('{{contact.first_name|""}}',)),
        ("No blank { } here.", "No blank { } here.", ()),
    ],
)  # fmt: skip
def test_blanks_are_filled_or_named(text: str, becomes: str, missing: tuple[str, ...]) -> None:
    assert blanks.fill(text, VALUES) == blanks.Filled(becomes, missing)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("Hello\n  {{contact.nam}}", "unknown_blank", "Line 2, character 3: nothing fills “contact.nam”."),
        ("{{}}", "unknown_blank", "Line 1, character 1"),
        ("{{contact.name|there}}", "unknown_blank", "contact.name|there"),
        ("a {{contact.name", "open_blank", "Line 1, character 3"),
        ("a {{contact.{{name}}", "open_blank", "Line 1, character 3"),
    ],
)
def test_what_nothing_fills_is_refused_by_name_and_place(text: str, code: str, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        blanks.check(text)
    assert (caught.value.code, caught.value.field) == (code, "body")
    assert says in str(caught.value)
    blanks.check('Fine: {{contact.name}} {{ agent.name|"us" }} {single}')


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Ayesha Khan", "Ayesha"),
        ("رضا احمدی", "رضا"),
        ("ڈاکٹر فاطمہ بتول", "فاطمہ"),
        ("Dr. Noah Berg", "Noah"),
        ("@k_tanaka", ""),
        ("+92 300 1234567", ""),
        ("ali@example.com", ""),
        ("Mr.", ""),
        ("", ""),
        ("田中", "田中"),
    ],
)
def test_a_first_name_is_what_one_calls_somebody_by(name: str, first: str) -> None:
    assert blanks.first_name(name) == first


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"), raise_request_exception=False)


@pytest.mark.django_db
@pytest.mark.parametrize("door", ["page", "program"])
def test_a_reply_with_a_blank_in_it_is_not_sent(door: str, tab: Client, program: Program, desk: Desk) -> None:
    before = _messages(desk)
    words = "Dear {{contact.first_name}}, hello."
    if door == "page":
        fields = {"kind": "reply", "body": words, "since": "1", "view": "all"}
        answer: Any = tab.post(f"/w/meridian/inbox/{desk.conversation.pk}/write/", fields, headers=PART)
        assert "{{contact.first_name}}" in answer.content.decode()
    else:
        answer = program.post(f"conversations/{desk.conversation.pk}/messages", {"body": words})
        error = answer.json()["error"]
        assert (error["field"], error["code"], error["detail"]) == ("body", "unfilled_blank", {"blank": "{{contact.first_name}}"})
    assert answer.status_code == 422
    assert _messages(desk) == before
    # A note is ours: colleagues may write to each other about blanks.
    assert program.post(f"conversations/{desk.conversation.pk}/messages", {"kind": "note", "body": words}).status_code == 201


@pytest.mark.django_db
def test_a_customer_named_like_a_blank_is_only_a_name(desk: Desk, cast: Cast) -> None:
    with tenant(desk.workspace.pk):
        Contact.objects.filter(pk=desk.contact.pk).update(name="{{agent.name}}\u202e evil\n}}")
        conversation = type(desk.conversation).objects.select_related("contact", "channel").get(pk=desk.conversation.pk)
        values = blanks.values_of(conversation, cast.member("owner"))
        words = "Hello {{contact.name}}, from {{workspace.name}}, {{channel.name}}, {{conversation.number}}"
        text = blanks.fill(words, values).text
    assert text == f"Hello {{agent.name}} evil }}, from Meridian, Brand, {desk.conversation.pk}"
    blanks.refuse_unfilled(text)


def _messages(desk: Desk) -> int:
    with tenant(desk.workspace.pk):
        return Message.objects.count()
