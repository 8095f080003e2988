"""Finding, over real rows: what the triggers wrote down, what the index made of it, what answers."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts import policies
from accounts.models import Membership, Workspace
from accounts.policies import Permission, Role
from core.tenancy import tenant
from crm.models import Contact
from inbox.models import Conversation, Message, Status
from inbox.services.tagging import change_tags
from search import selectors
from search.models import Due, Entry
from search.services.indexing import BATCH, due_workspaces, index
from social.models import Channel
from tests.accounts.factories import Cast, make_cast, signed_in
from tests.inbox.factories import hear, make_channel, post

pytestmark = pytest.mark.django_db
PAGE = "/w/meridian/search/"
PART = {"HX-Request": "true"}


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@dataclass
class Desk:
    """A workspace in which nobody has said anything yet."""

    workspace: Workspace
    member: Membership
    channel: Channel


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk(cast.meridian, cast.member("owner"), make_channel(cast.meridian))


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"))


def said(desk: Desk, *texts: str, author: str = "900", name: str = "Anna Müller") -> None:
    """Somebody writes these; the index learns of it."""
    payloads = [post(desk.channel, text, author=author) for text in texts]
    for payload in payloads:
        payload["author"] |= {"username": f"person{author}", "name": name}
    hear(desk.channel, *payloads)
    index(workspace_id=desk.workspace.pk)


def found(desk: Desk, text: str, **how: Any) -> list[str]:
    """Texts of the messages and names of the people that answer, newest first."""
    with tenant(desk.workspace.pk):
        page = selectors.find(selectors.asked(text), desk.member, **how)
        return [hit.message.body if hit.message else hit.contact.name for hit in page.hits]


def test_words_of_every_script(desk: Desk) -> None:
    texts = [
        "Where is my parcel? It is two weeks late",
        "مرا آرڈر ابھی تک نہیں آیا، كتاب کہاں ہے",
        "می‌خواهم سفارشم را پس بدهم",
        "مُحَمَّد من القاهرة",
        "東京都の荷物が届きません",
        "See https://shop.example/tents/t-200?x=1 or write to help@shop.example",
        "Order R-2024/17 costs 1,200.50",
    ]
    said(desk, *texts)
    for question, number in (
        ("PARCEL ", 0), ("parc*", 0), ('"two weeks" ', 0), ("late parcel ", 0), ("کتاب ", 1), ("ارڈر ", 1),
        ("میخواهم ", 2), ("سفارش*", 2), ("محمد ", 3), ("القاهره ", 3), ("京都 ", 4), ("荷物 ", 4), ("京 ", 4), ("物 ", 4),
        ("t-200 ", 5), ("help@shop.example ", 5), ("shop.example/tents ", 5), ("R-2024/17 ", 6), ("2024 ", 6),
    ):  # fmt: skip
        assert found(desk, question) == [texts[number]], question
    for question in ("parc ", '"weeks two" ', "parcel -late", "都京 ", "absent ", "late absent "):
        assert found(desk, question) == [], question
    # People are found by what they are called, beside what they say.
    assert found(desk, "müller ") == ["Anna Müller"]
    assert found(desk, "MULLER ") == []
    assert found(desk, "person9*") == ["Anna Müller"]


def test_operators_narrow_down(desk: Desk, cast: Cast) -> None:
    said(desk, "the tent leaks", author="901", name="Ali Raza")
    said(desk, "the tent is fine", author="902", name="Sara Khan")
    with tenant(desk.workspace.pk):
        talk = Conversation.objects.get(contact__name="Sara Khan")
        talk.status, talk.assignee = Status.RESOLVED, desk.member
        talk.save()
    assert found(desk, "tent from:ali ") == ["the tent leaks"]
    assert sorted(found(desk, "from:ali ")) == ["Ali Raza", "the tent leaks"]
    assert found(desk, "tent is:resolved ") == ["the tent is fine"]
    assert found(desk, "tent is:mine ") == ["the tent is fine"]
    assert found(desk, "tent is:unassigned is:open ") == ["the tent leaks"]
    assert found(desk, "tent on:x ", kinds=["in"]) == ["the tent is fine", "the tent leaks"]
    assert found(desk, "tent is:private ") == []
    assert found(desk, "tent after:2999-01-01 ") == []
    assert found(desk, "tent before:2999-01-01 is:unread ") == ["the tent is fine", "the tent leaks"]
    with tenant(desk.workspace.pk):
        change_tags(member=desk.member, conversation_id=talk.pk, names=["Rain", "Old"])
    assert found(desk, "tag:rain ") == ["the tent is fine"]
    assert found(desk, "tent برچسب:Rain tag:OLD ") == ["the tent is fine"]
    assert found(desk, "tent tag:rain is:open ") == []
    with tenant(desk.workspace.pk), pytest.raises(Exception, match=r"No tag is called “sun”\. Tags here: Old, Rain"):
        selectors.find(selectors.asked("tag:sun "), desk.member)
    assert sorted(found(desk, "is:person ")) == ["Ali Raza", "Sara Khan"]
    with tenant(desk.workspace.pk), pytest.raises(Exception, match="No channel is called “nowhere”"):
        selectors.find(selectors.asked("tent on:nowhere "), desk.member)


def test_the_index_follows_edits_deletions_and_names(desk: Desk) -> None:
    said(desk, "the parcel is late")
    with tenant(desk.workspace.pk):
        message = Message.objects.get(body="the parcel is late")
        message.body = "the parcel has arrived"
        message.save(update_fields=["body"])
        Contact.objects.filter(id=message.conversation.contact_id).update(name="Zubaida Noor", folded="zubaida noor")
    assert due_workspaces() == [desk.workspace.pk]
    assert index(workspace_id=desk.workspace.pk) == 2
    assert found(desk, "late ") == []
    assert found(desk, "arrived ") == ["the parcel has arrived"]
    assert found(desk, "zubaida ", kinds=["contact"]) == ["Zubaida Noor"]
    with tenant(desk.workspace.pk):
        Message.objects.filter(id=message.pk).update(deleted_at=message.occurred_at)
    index(workspace_id=desk.workspace.pk)
    assert found(desk, "arrived ") == []
    with tenant(desk.workspace.pk):
        # What says nothing new to the index is not written down: states change far more often than words.
        Message.objects.filter(id=message.pk).update(delivery_state="sent")
        assert not Due.objects.exists()
        assert not Entry.objects.filter(kind="in").exists()


def test_what_happens_while_nobody_indexes_is_found_later_and_once(desk: Desk) -> None:
    said(desk, *(f"complaint number {n}" for n in range(30)))
    with tenant(desk.workspace.pk):
        Entry.objects.all().delete()
        numbers = list(Message.objects.values_list("id", flat=True))
        Due.objects.bulk_create([Due(kind="message", ids=numbers) for _time in range(BATCH + 7)])
    assert index(workspace_id=desk.workspace.pk) == BATCH + 7
    assert len(found(desk, "complaint ", size=100)) == 30


def test_pages_have_no_gap_and_no_repetition_whatever_the_plan(desk: Desk) -> None:
    said(desk, *(f"complaint number {n}" for n in range(25)))
    for question in ("complaint ", "-absent", "from:anna complaint ", "is:open "):
        seen, after = [], ""
        with tenant(desk.workspace.pk):
            while True:
                page = selectors.find(selectors.asked(question), desk.member, kinds=["in"], after=after, size=7)
                seen += [hit.message.body for hit in page.hits if hit.message]
                after = page.after
                if not after:
                    break
        assert sorted(seen) == sorted(f"complaint number {n}" for n in range(25)), question


def test_the_number_of_questions_does_not_grow(desk: Desk, django_assert_max_num_queries: Any) -> None:
    for many in (3, 30):
        said(desk, *(f"late number {n}" for n in range(many)))
        with tenant(desk.workspace.pk), django_assert_max_num_queries(6):
            selectors.find(selectors.asked("late "), desk.member)


def test_another_workspaces_words_are_found_by_nobody_else(desk: Desk, cast: Cast) -> None:
    said(desk, "our secret zanzibar")
    outside = cast.outside
    words, nothing = "search_question('zanzibar', false)", ", ".join(["NULL"] * 7)
    count = f"SELECT count(*) FROM search_find({words}, {nothing}, false, false, NULL, NULL, NULL, NULL, 50)"
    with tenant(outside.pk):
        with connection.cursor() as cursor:
            cursor.execute(count)
            assert cursor.fetchone()[0] == 0
        assert not Entry.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(count)
        # Without a workspace there is nothing at all.
        assert cursor.fetchone()[0] == 0
    with tenant(desk.workspace.pk), connection.cursor() as cursor:
        cursor.execute(count)
        assert cursor.fetchone()[0] == 1


def test_people_are_found_by_those_who_may_see_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    said(desk, "anna was here")
    assert sorted(found(desk, "anna ")) == ["Anna Müller", "anna was here"]
    # No role of today lacks the right: the table of roles is made to.
    fewer = policies.ROLES[Role.OWNER] - {Permission.CONTACTS_VIEW}
    monkeypatch.setitem(policies.ROLES, Role.OWNER, fewer)
    assert found(desk, "anna ") == ["anna was here"]
    assert found(desk, "anna ", kinds=["contact"]) == []


def test_the_page_and_the_api_answer_alike(tab: Client, desk: Desk) -> None:
    said(desk, "my <b>parcel</b> & tent", "مرا پارسل کہاں ہے")
    part = tab.get(PAGE, {"q": "parcel "}, headers=PART).content.decode()
    assert "my &lt;b&gt;<mark>parcel</mark>&lt;/b&gt; &amp; tent" in part
    assert "<html" not in part
    whole = tab.get(PAGE, {"q": "پارسل "}).content.decode()
    assert "<mark>پارسل</mark>" in whole
    answer = json.loads(tab.get("/api/v1/w/meridian/search", {"q": "parcel "}).content)
    ((hit,), total) = answer["results"], answer["total"]
    assert (hit["kind"], total, answer["next"]) == ("in", 1, None)
    assert [part["text"] for part in hit["parts"] if part["is_hit"]] == ["parcel"]
    assert tab.get(f"/w/meridian/inbox/{hit['conversation']}/", {"at": hit["message"]}).status_code == 200


@pytest.mark.parametrize("text", ["is:happy", "before:soon", "on:nowhere x", "x" * 400, "a " * 30])
def test_what_cannot_be_asked_is_told_by_both_doors(tab: Client, desk: Desk, text: str) -> None:
    page = tab.get(PAGE, {"q": text}, headers=PART)
    assert page.status_code == 422
    assert "This cannot be searched for" in page.content.decode()
    answer = tab.get("/api/v1/w/meridian/search", {"q": text})
    assert answer.status_code in (400, 422)
    assert b'"q"' in answer.content


ODD = ["", "\x00", "'", "\\", "' OR 1=1 --", "a & b | !c", ":*", "%s %(w)s", "{question}", "😀", "a:b:c", "(((", "<->"]


@pytest.mark.parametrize("text", ODD)
def test_odd_questions_are_answered(tab: Client, desk: Desk, text: str) -> None:
    said(desk, "hello")
    assert tab.get(PAGE, {"q": text}).status_code == 200
