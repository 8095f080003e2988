"""The API of conversations: lists that continue, changes since a mark, changes of one, and what is wrong named by its field."""

from typing import Any

import pytest

from core.tenancy import tenant
from inbox.models import Conversation
from tests.accounts.factories import Cast
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk, hear, post

pytestmark = pytest.mark.django_db


def refused(answer: Any, status: int, field: str | None) -> dict[str, Any]:
    """The one shape of every refusal, with the field it must name."""
    assert answer.status_code == status, answer.content[:500]
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "field", "detail"}
    assert error["field"] == field
    assert error["message"]
    return error  # type: ignore[no-any-return]


def test_a_list_shows_what_a_page_shows(desk: Desk, program: Program) -> None:
    body = program.get("conversations").json()
    row = next(row for row in body["results"] if row["id"] == desk.conversation.pk)
    assert row["contact"] == {"id": desk.contact.pk, "name": "Person 71"}
    assert (row["visibility"], row["status"], row["has_trouble"]) == ("public", "open", True)
    assert row["channel"]["id"] == desk.channel.pk
    assert row["last_activity_at"].endswith("Z")
    assert isinstance(body["mark"], int)
    assert body["next"] is None


def test_pages_go_on_without_gap_or_repetition(desk: Desk, program: Program) -> None:
    hear(desk.channel, *(post(desk.channel, f"post {n}", author=str(100 + n)) for n in range(7)))
    whole = [row["id"] for row in program.get("conversations", view="all").json()["results"]]
    seen: list[int] = []
    answer = program.get("conversations", view="all", limit=2)
    while True:
        body = answer.json()
        seen += [row["id"] for row in body["results"]]
        assert len(body["results"]) <= 2
        if body["next"] is None:
            break
        answer = program.client.get(body["next"])
    assert seen == whole
    assert len(seen) == 9


def test_filters_narrow(desk: Desk, program: Program) -> None:
    for parameters, expected in (
        ({"view": "resolved"}, set()),
        ({"view": "trouble"}, {"public"}),
        ({"visibility": "private"}, {"private"}),
        ({"view": "all"}, {"public", "private"}),
    ):
        rows = program.get("conversations", **parameters).json()["results"]
        assert {row["visibility"] for row in rows} == expected, parameters
    assert program.get("conversations", channel=desk.channel.pk + 1).json()["results"] == []


WRONG_PARAMETERS: list[tuple[str, dict[str, str], str]] = [
    ("conversations", {"view": "nope"}, "view"),
    ("conversations", {"visibility": "secret"}, "visibility"),
    ("conversations", {"channel": "x"}, "channel"),
    ("conversations", {"channel": str(10**30)}, "channel"),
    ("conversations", {"limit": "0"}, "limit"),
    ("conversations", {"limit": "101"}, "limit"),
    ("conversations", {"after": "garbage"}, "after"),
    ("conversations", {"after": "a\x00b"}, "after"),
    ("conversations", {"after": "é"}, "after"),
    ("conversations", {"after": "x" * 201}, "after"),
    ("conversations", {"page": "2"}, "page"),
    ("conversations/changes", {}, "since"),
    ("conversations/changes", {"since": "-1"}, "since"),
    ("conversations/changes", {"since": str(2**63)}, "since"),
    ("conversations/changes", {"since": "1", "after": "x"}, "after"),
]


def test_a_wrong_parameter_is_named(program: Program) -> None:
    for path, parameters, field in WRONG_PARAMETERS:
        refused(program.get(path, **parameters), 422, field)


def test_changes_since_a_mark(desk: Desk, program: Program) -> None:
    mark = program.get("conversations").json()["mark"]
    hear(desk.channel, post(desk.channel, "one more"))
    program.patch(f"conversations/{desk.private.pk}", {"status": "resolved"})
    body = program.get("conversations/changes", since=mark).json()
    assert desk.private.pk in body["gone"]
    assert {row["snippet"] for row in body["results"]} >= {"one more"}
    assert body["reload"] is False
    assert body["mark"] >= mark


def test_changing_all_at_once(cast: Cast, desk: Desk, program: Program) -> None:
    agent = cast.member("agent")
    body = {"status": "pending", "priority": 3, "assignee": agent.pk, "team": cast.team.pk}
    answer = program.patch(f"conversations/{desk.conversation.pk}", body)
    assert answer.status_code == 200, answer.content
    row = answer.json()
    assert (row["status"], row["priority"], row["team"]) == ("pending", 3, cast.team.pk)
    assert row["assignee"] == {"id": agent.pk, "name": "Agent of Meridian"}
    cleared = program.patch(f"conversations/{desk.conversation.pk}", {"assignee": None, "team": None}).json()
    assert (cleared["assignee"], cleared["team"], cleared["status"]) == (None, None, "pending")


def test_nothing_of_a_change_stays_when_a_part_is_refused(cast: Cast, desk: Desk, program: Program) -> None:
    answer = program.patch(f"conversations/{desk.conversation.pk}", {"status": "pending", "priority": 3, "assignee": 999_999})
    refused(answer, 422, "assignee")
    row = program.get(f"conversations/{desk.conversation.pk}").json()
    assert (row["status"], row["priority"]) == ("open", 1)


def test_no_silent_stealing(cast: Cast, desk: Desk, program: Program) -> None:
    agent, sales = cast.member("agent"), cast.member("sales")
    path = f"conversations/{desk.private.pk}"
    program.patch(path, {"assignee": agent.pk, "expected_assignee": None})
    refused(program.patch(path, {"assignee": sales.pk, "expected_assignee": None}), 409, "assignee")
    assert program.get(path).json()["assignee"]["id"] == agent.pk
    assert program.patch(path, {"assignee": sales.pk, "expected_assignee": agent.pk}).json()["assignee"]["id"] == sales.pk


WRONG_BODIES: list[tuple[Any, int, str | None]] = [
    ({}, 422, None),
    ([], 422, None),
    ("text", 422, None),
    (None, 422, None),
    ({"status": "snoozed"}, 422, "status"),
    ({"status": 5}, 422, "status"),
    ({"status": {"a": 1}}, 422, "status"),
    ({"status": None}, 422, "status"),
    ({"priority": "3"}, 422, "priority"),
    ({"priority": True}, 422, "priority"),
    ({"priority": 1.5}, 422, "priority"),
    ({"priority": 4}, 422, "priority"),
    ({"assignee": "me"}, 422, "assignee"),
    ({"assignee": 10**30}, 422, "assignee"),
    ({"assignee": [1]}, 422, "assignee"),
    ({"team": 999_999}, 422, "team"),
    ({"expected_assignee": 1}, 422, "expected_assignee"),
    ({"contact": 1}, 422, "contact"),
    ({"workspace_id": 1, "status": "open"}, 422, "workspace_id"),
    (b"{", 400, None),
    (b"\xff\xfe", 400, None),
    (b'{"priority": NaN}', 400, None),
    (b'{"a":' * 100_000, 400, None),
    (b"[" * 100_000, 400, None),
    (b'{"priority": ' + b"9" * 10_000 + b"}", 400, None),
    (b" " * 2_700_000, 413, None),
]


def test_a_wrong_body_is_refused_and_changes_nothing(desk: Desk, program: Program) -> None:
    before = program.get(f"conversations/{desk.conversation.pk}").json()
    for body, status, field in WRONG_BODIES:
        refused(program.send("PATCH", f"conversations/{desk.conversation.pk}", body), status, field)
    assert program.get(f"conversations/{desk.conversation.pk}").json() == before


def test_another_media_type_is_refused(desk: Desk, program: Program) -> None:
    answer = program.client.patch(f"{program.base}conversations/{desk.conversation.pk}", "status=open", "text/plain")
    refused(answer, 415, None)


def test_what_is_not_there_is_not_found(program: Program) -> None:
    for path in ("conversations/{}", "conversations/{}/messages", "messages/{}"):
        for number in ("0", "999999", str(10**30)):
            refused(program.get(path.format(number)), 404, None)


def test_read_and_unread(desk: Desk, program: Program) -> None:
    path = f"conversations/{desk.private.pk}"
    assert program.get(path).json()["unread_count"] == 1
    assert program.post(f"{path}/read").json()["unread_count"] == 0
    assert program.post(f"{path}/unread").json()["unread_count"] == 1
    refused(program.post(f"{path}/read", {"until": 5}), 422, "until")


def test_the_list_costs_the_same_at_any_size(
    desk: Desk, program: Program, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    program.get("conversations")  # notes when the token was used
    with django_assert_max_num_queries(16) as few:
        assert len(program.get("conversations").json()["results"]) == 2
    hear(desk.channel, *(post(desk.channel, f"post {n}", author=str(200 + n)) for n in range(30)))
    with django_assert_num_queries(len(few)):
        assert len(program.get("conversations").json()["results"]) == 32


def test_a_list_in_another_time_zone_stays_utc(cast: Cast, desk: Desk, program: Program) -> None:
    owner = cast.user("owner")
    owner.time_zone = "Asia/Karachi"
    owner.save(update_fields=["time_zone"])
    with tenant(cast.meridian.pk):
        row = Conversation.objects.get(pk=desk.conversation.pk)
    shown = program.get(f"conversations/{row.pk}").json()["last_activity_at"]
    assert shown == row.last_activity_at.isoformat().replace("+00:00", "Z")
