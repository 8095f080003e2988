"""The API of contacts: found, changed under an optimistic lock, their timeline."""

from typing import Any

import pytest

from tests.accounts.factories import Cast
from tests.inbox.conftest import Program, cast, desk, program  # noqa: F401 - fixtures used by the tests here
from tests.inbox.factories import Desk, hear, post
from tests.inbox.test_api_conversations import refused

pytestmark = pytest.mark.django_db


def test_a_contact_with_identities(desk: Desk, program: Program) -> None:  # noqa: F811
    body = program.get("contacts").json()
    assert body["next"] is None
    (row,) = body["results"]
    assert (row["id"], row["name"]) == (desk.contact.pk, "Person 71")
    assert [identity["handle"] for identity in row["identities"]] == ["person71"]
    assert program.get(f"contacts/{desk.contact.pk}").json() == row


def test_search_forgives_spelling_and_pages_go_on(desk: Desk, program: Program) -> None:  # noqa: F811
    hear(desk.channel, *(post(desk.channel, "hello", author=str(300 + n)) for n in range(5)))
    assert {row["name"] for row in program.get("contacts", search="PERSON 30").json()["results"]} == {
        f"Person {300 + n}" for n in range(5)
    }
    assert program.get("contacts", search="nobody").json()["results"] == []
    seen: list[int] = []
    answer = program.get("contacts", limit=2)
    while answer is not None:
        body = answer.json()
        seen += [row["id"] for row in body["results"]]
        answer = program.client.get(body["next"]) if body["next"] else None
    assert len(seen) == len(set(seen)) == 6


def test_changing_needs_the_newest_revision(desk: Desk, program: Program) -> None:  # noqa: F811
    path = f"contacts/{desk.contact.pk}"
    changed = program.patch(path, {"revision": 1, "name": "Ayesha Khan", "phone": "+92 300 1234567", "about": ""})
    assert changed.status_code == 200, changed.content
    assert (changed.json()["name"], changed.json()["phone"], changed.json()["revision"]) == ("Ayesha Khan", "+923001234567", 2)
    error = refused(program.patch(path, {"revision": 1, "name": "Other"}), 409, None)
    assert error["code"] == "stale"
    assert (error["detail"]["current"]["name"], error["detail"]["yours"]["name"]) == ("Ayesha Khan", "Other")
    assert program.get(path).json()["name"] == "Ayesha Khan"


WRONG: list[tuple[Any, str | None]] = [
    ({}, "revision"),
    ({"name": "x"}, "revision"),
    ({"revision": "1", "name": "x"}, "revision"),
    ({"revision": 0}, "revision"),
    ({"revision": 10**30, "name": 5}, "name"),
    ({"revision": 1, "name": ""}, "name"),
    ({"revision": 1, "name": " "}, "name"),
    ({"revision": 1, "name": None}, "name"),
    ({"revision": 1, "name": "x" * 201}, "name"),
    ({"revision": 1, "email": "no"}, "email"),
    ({"revision": 1, "email": ["a@b.example"]}, "email"),
    ({"revision": 1, "phone": "0300"}, "phone"),
    ({"revision": 1, "about": "x" * 5001}, "about"),
    ({"revision": 1, "language": "x" * 11}, "language"),
    ({"revision": 1, "identities": []}, "identities"),
    ({"revision": 1, "workspace_id": 2}, "workspace_id"),
    ([1], None),
]


def test_what_is_wrong_is_named_and_changes_nothing(desk: Desk, program: Program) -> None:  # noqa: F811
    path = f"contacts/{desk.contact.pk}"
    before = program.get(path).json()
    for body, field in WRONG:
        refused(program.patch(path, body), 422, field)
    assert program.get(path).json() == before
    for parameters, field in (({"search": "a\x00"}, "search"), ({"search": "x" * 201}, "search"), ({"q": "x"}, "q")):
        refused(program.get("contacts", **parameters), 422, field)


def test_the_timeline(desk: Desk, program: Program) -> None:  # noqa: F811
    body = program.get(f"contacts/{desk.contact.pk}/timeline").json()
    assert {row["kind"] for row in body["results"]} == {"message_in", "message_out", "note"}
    assert {row["thread_id"] for row in body["results"]} == {desk.conversation.pk, desk.private.pk}
    first = program.get(f"contacts/{desk.contact.pk}/timeline", limit=4).json()
    rest = program.client.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + rest["results"]] == [row["id"] for row in body["results"]]
    refused(program.get(f"contacts/{desk.contact.pk}/timeline", after="zz"), 422, "after")
    refused(program.get("contacts/999999/timeline"), 404, None)


def test_a_viewer_reads_and_does_not_write(cast: Cast, desk: Desk) -> None:  # noqa: F811
    from tests.accounts.factories import signed_in

    viewer = signed_in(cast.user("viewer"))
    path = f"/api/v1/w/meridian/contacts/{desk.contact.pk}"
    assert viewer.get(path).status_code == 200
    refused(viewer.patch(path, {"revision": 1, "name": "x"}, content_type="application/json"), 403, None)
    assert viewer.get(path).json()["revision"] == 1
