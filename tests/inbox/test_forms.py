"""What must be filled in before resolving, through both doors: an admin says it, nothing is resolved without it."""

import re
from typing import Any

import pytest
from django.test import Client

from activity.models import Event
from core.tenancy import tenant
from inbox.models import Conversation, Entry, Form, Message, Value
from inbox.services import filling, tickets
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.test_api_conversations import refused
from tests.inbox.test_screens_list import PART, text_of
from tests.inbox.test_screens_thread import again, do, page_of

pytestmark = pytest.mark.django_db
ASKS = [
    {"label": "Product", "kind": "choice", "choices": ["Tent", "Stove"], "required": True},
    {"label": "What was it", "kind": "text", "required": True},
    {"label": "Cost", "kind": "number"},
    {"label": "Called back", "kind": "check"},
]


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"))


def make_form(desk: Desk, name: str = "Complaint", **more: Any) -> Form:
    """A form for conversations, unless `more` says otherwise."""
    facts = {"subject": "conversation", "fields": ASKS, **more}
    with tenant(desk.workspace.pk):
        return filling.save_form(member=desk.member, name=name, **facts)


def keys(form: Form) -> list[str]:
    return [field["key"] for field in form.fields]


@pytest.fixture(params=["page", "program"])
def resolve(request: pytest.FixtureRequest, tab: Client, program: Program, desk: Desk) -> Any:
    """Resolves the private conversation through one of the doors with these values; returns the answer's status."""

    def act(form: Form | None = None, values: dict[str, Any] | None = None) -> int:
        path = page_of(desk, desk.private)
        if request.param == "program":
            body = {"status": "resolved", "form": form and form.pk, "values": values}
            body = {name: value for name, value in body.items() if value is not None}
            return int(program.patch(f"conversations/{desk.private.pk}", body).status_code)
        if values is None:
            return int(do(tab, path + "status/", status="resolved").status_code)
        said = {f"f-{key}": "yes" if value is True else value for key, value in values.items() if value is not False}
        return int(do(tab, path + "resolve/", **({"form": form.pk} if form else {}), **said).status_code)

    return act


def filled(desk: Desk) -> dict[str, Any]:
    with tenant(desk.workspace.pk):
        return {value.label: value.value for value in Value.objects.filter(entry__conversation_id=desk.private.pk)}


def test_nothing_is_resolved_before_what_is_asked_is_filled_in(resolve: Any, desk: Desk) -> None:
    assert resolve() == 200
    with tenant(desk.workspace.pk):
        Conversation.objects.filter(pk=desk.private.pk).update(status="open")
    form = make_form(desk)
    product, what, cost, called = keys(form)
    assert resolve() == 422
    assert again(desk.private).status == "open"
    wrong: list[dict[str, Any]] = [
        {}, {product: "Boat", what: "Torn"}, {product: "Tent", what: " "}, {product: "Tent", what: "Torn", cost: "much"},
        {product: "Tent", what: "x" * 2001},
    ]  # fmt: skip
    for values in wrong:
        assert resolve(form, values) == 422, values
        assert again(desk.private).status == "open"
    assert filled(desk) == {}
    assert resolve(form, {product: "Tent", what: "Torn", cost: "۱۲٫۵", called: True}) == 200
    assert again(desk.private).status == "resolved"
    assert filled(desk) == {"Product": "Tent", "What was it": "Torn", "Cost": 12.5, "Called back": True}
    with tenant(desk.workspace.pk):
        event = Event.objects.get(kind="forms.filled")
        Conversation.objects.filter(pk=desk.private.pk).update(status="open")
    assert event.data["values"]["Cost"] == 12.5
    assert resolve() == 200, "what was filled in before need not be again"


def test_of_several_one_is_chosen_and_a_channel_has_its_own(resolve: Any, desk: Desk) -> None:
    first, second = make_form(desk), make_form(desk, "Question", fields=[{"label": "About", "kind": "text"}])
    make_form(desk, "Elsewhere", fields=[{"label": "Never", "kind": "text", "required": True}], is_active=False)
    assert resolve(None, {}) == 422
    assert resolve(second, {keys(first)[0]: "Tent"}) in (200, 422)
    assert resolve(second, {keys(second)[0]: "Size"}) == 200
    assert filled(desk) == {"About": "Size"}
    with tenant(desk.workspace.pk):
        assert Entry.objects.get(conversation_id=desk.private.pk).form_id == second.pk


def test_the_sheet_asks_by_itself_and_says_what_is_wrong(tab: Client, program: Program, desk: Desk) -> None:
    form = make_form(desk)
    answer = do(tab, page_of(desk, desk.private) + "status/", status="resolved")
    assert "data-sheet-form" in answer.content.decode()
    assert "rabta:toast" not in answer.headers.get("HX-Trigger", "")
    wrong = do(tab, page_of(desk, desk.private) + "resolve/", **{f"f-{keys(form)[0]}": "Tent"}).content.decode()
    assert "This must be filled in." in wrong
    assert re.search(r"<option selected>Tent</option>", wrong)
    whole = tab.post(page_of(desk, desk.private) + "status/", {"status": "resolved"})
    assert whole.status_code == 422
    assert "<html" in whole.content.decode()
    error = refused(program.patch(f"conversations/{desk.private.pk}", {"status": "resolved"}), 422, "values")
    assert error["code"] == "form_required"
    assert [ask["label"] for ask in error["detail"]["forms"][0]["asks"]] == ["Product", "What was it", "Cost", "Called back"]
    answer = program.patch(f"conversations/{desk.private.pk}", {"status": "resolved", "values": {"nope": 1}})
    error = refused(answer, 422, "values")
    assert set(error["detail"]["wrong"]) == {"nope", *keys(form)[:2]}
    refused(program.patch(f"conversations/{desk.private.pk}", {"status": "open", "values": {}}), 422, "values")


def test_sending_and_resolving_sends_once_and_then_asks(tab: Client, desk: Desk) -> None:
    form = make_form(desk)
    answer = do(tab, page_of(desk, desk.private) + "write/", body="Solved.", then="resolve", idempotency_key="one")
    assert answer.status_code == 200
    assert "rabta:sheet" in answer["HX-Trigger"]
    assert again(desk.private).status == "open"
    values = {f"f-{key}": value for key, value in zip(keys(form), ("Tent", "Torn"), strict=False)}
    answer = do(tab, page_of(desk, desk.private) + "resolve/", **values)
    assert "Resolved" in answer["HX-Trigger"]
    with tenant(desk.workspace.pk):
        assert Message.objects.filter(body="Solved.").count() == 1
    pane = text_of(tab.get(page_of(desk, desk.private) + "tickets/", headers=PART))
    assert "Torn" in pane
    assert "Complaint" in pane


def test_a_ticket_is_done_with_what_its_form_asks(tab: Client, program: Program, desk: Desk) -> None:
    form = make_form(desk, subject="ticket", fields=[{"label": "Cause", "kind": "text", "required": True}])
    (key,) = keys(form)
    with tenant(desk.workspace.pk):
        first, second = (tickets.open_tickets(member=desk.member, conversation_id=None, title=f"{n}")[0] for n in range(2))
    refused(program.patch(f"tickets/{first.pk}", {"status": "done"}), 422, "values")
    page = tab.post(f"/w/meridian/tickets/{second.pk}/", {"status": "done"})
    assert page.status_code == 422
    assert f'name="f-{key}"' in page.content.decode()
    assert program.patch(f"tickets/{first.pk}", {"status": "done", "values": {key: "Rain"}}).json()["status"] == "done"
    sent = {"status": "done", "filled": "yes", "form": form.pk, f"f-{key}": "Wind"}
    assert tab.post(f"/w/meridian/tickets/{second.pk}/", sent).status_code == 302
    assert "Wind" in text_of(tab.get(f"/w/meridian/tickets/{second.pk}/"))


def test_an_admin_makes_changes_and_removes_forms(tab: Client, program: Program, desk: Desk) -> None:
    sent = {
        "name": "Complaint", "subject": "conversation", "channel": desk.channel.pk, "key": ["", "", ""],
        "label": ["Product", "", "Cost"], "kind": ["choice", "text", "number"],
        "choices": ["Tent، Stove", "", ""], "required": ["0"],
    }  # fmt: skip
    assert tab.post("/w/meridian/forms/", sent).status_code == 302
    (form,) = program.get("forms").json()
    assert form["channel"] == desk.channel.pk
    assert [(ask["label"], ask["choices"], ask["required"]) for ask in form["asks"]] == [
        ("Product", ["Tent", "Stove"], True), ("Cost", [], False),
    ]  # fmt: skip
    page = text_of(tab.get(f"/w/meridian/forms/{form['id']}/"))
    assert form["asks"][0]["key"] in page
    asks = [{"label": "Which", "kind": "choice", "choices": ["Tent", "Boat"], "key": form["asks"][0]["key"]}]
    changed = program.patch(f"forms/{form['id']}", {"asks": asks, "channel": None}).json()
    assert (changed["asks"][0]["key"], changed["asks"][0]["label"], changed["channel"]) == (asks[0]["key"], "Which", None)
    assert program.patch(f"conversations/{desk.private.pk}", {"status": "resolved", "values": {}}).status_code == 200
    assert program.post(f"forms/{form['id']}/remove").status_code == 200
    assert program.get(f"forms/{form['id']}").json()["is_active"] is False
    assert tab.post("/w/meridian/forms/", {**sent, "name": "Other"}).status_code == 302
    other = program.get("forms").json()[-1]["id"]
    assert tab.post(f"/w/meridian/forms/{other}/remove/").status_code == 302
    assert program.get(f"forms/{other}").status_code == 404


WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"name": ""}, 422, "name"),
    ({"name": "x" * 81}, 422, "name"),
    ({"name": "Complaint"}, 409, "name"),
    ({"subject": "weather"}, 422, "subject"),
    ({"channel": 999_999}, 422, "channel"),
    ({"asks": []}, 422, "asks"),
    ({"asks": [{"label": "One", "kind": "choice", "choices": ["only"]}]}, 422, "asks"),
    ({"subject": "ticket", "channel": 1}, 422, "channel"),
]


def test_a_form_that_asks_nothing_is_refused(program: Program, tab: Client, desk: Desk) -> None:
    make_form(desk)
    for change, status, field in WRONG:
        body = {"name": "New", "subject": "conversation", "asks": [{"label": "One", "kind": "text"}], **change}
        refused(program.post("forms", body), status, field)
    for sent in ({"name": ""}, {"label": []}, {"label": ["a"], "kind": ["dance"]}, {"label": ["a"], "channel": "9"}):
        answer = tab.post("/w/meridian/forms/", {"name": "x", **sent})
        assert answer.status_code == 422, sent
        assert 'class="error"' in answer.content.decode()
    with tenant(desk.workspace.pk):
        assert Form.objects.count() == 1
