"""One deed on many conversations, by the page and by the API: at once or as a job, told what was left alone, undone as it was."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from activity.models import Event
from core.clock import now
from core.tenancy import tenant
from crm.models import Tag
from inbox.models import BulkItem, BulkRun, Conversation, ConversationTag, Follower, Survey
from inbox.selectors.bulk import Choice, progress
from inbox.services import bulk, filling, surveys, tagging, triage
from inbox.tasks import bulk as job
from inbox.tasks import sweep_bulk
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk, hear, post

pytestmark = pytest.mark.django_db
FIELDS = ("status", "priority", "assignee_id", "team_id", "unread_count", "waiting_since", "snoozed_until", "sleeps_on")


class Door:
    """The same deeds by the page's forms and by the API; each answers with the status and the run."""

    def __init__(self, kind: str, tab: Client, program: Program) -> None:
        self.kind, self.tab, self.program = kind, tab, program

    def do(self, action: str, ids: list[int] | None = None, listed: str = "", **given: Any) -> int:
        if self.kind == "api":
            chosen: dict[str, Any] = (
                {"conversations": ids} if ids is not None else {"list": dict(p.split("=") for p in listed.split("&"))}
            )
            return int(self.program.post("bulk", {"action": action, **chosen, **given}).status_code)
        form = {"action": action, "ids": ",".join(map(str, ids or ())), "list": listed}
        for name, value in given.items():
            if name in ("assignee", "team"):
                form |= {"action": "assign", "give": f"{'member' if name == 'assignee' else 'team'}:{value or ''}"}
            else:
                form[name] = ("yes" if value else "no") if isinstance(value, bool) else value
        return self._page("/w/meridian/inbox/bulk/", form)

    def to(self, run: BulkRun, deed: str) -> int:
        if self.kind == "api":
            return int(self.program.post(f"bulk/{run.pk}/{deed}").status_code)
        return self._page(f"/w/meridian/inbox/bulk/{run.pk}/{deed}/", {})

    def _page(self, address: str, form: dict[str, Any]) -> int:
        status = self.tab.post(address, form).status_code
        return {302: 201 if address.endswith("bulk/") else 200}.get(status, status)


@pytest.fixture(params=["page", "api"])
def door(request: Any, cast: Cast, program: Program) -> Door:
    return Door(request.param, signed_in(cast.user("owner")), program)


def crowd(desk: Desk, number: int) -> list[int]:
    """So many conversations more; the ids of all of the workspace."""
    hear(desk.channel, *(post(desk.channel, f"crowd {n}", author=str(5000 + n)) for n in range(number)))
    with tenant(desk.workspace.pk):
        return list(Conversation.objects.order_by("id").values_list("id", flat=True))


def state(desk: Desk) -> dict[int, Any]:
    """Everything that deeds change, of every conversation."""
    with tenant(desk.workspace.pk):
        rows = {row["id"]: row for row in Conversation.objects.values("id", *FIELDS)}
        for conversation_id, *link in ConversationTag.objects.order_by("tag_id").values_list(
            "conversation_id", "tag_id", "added_by_id", "added_at"
        ):
            rows[conversation_id].setdefault("tags", []).append(link)
        for conversation_id, *follower in Follower.objects.order_by("id").values_list("conversation_id", "member_id", "is_on"):
            rows[conversation_id].setdefault("followers", []).append(follower)
    return rows


def newest(desk: Desk) -> BulkRun:
    with tenant(desk.workspace.pk):
        return BulkRun.objects.latest("id")


def counts(desk: Desk) -> dict[str, int]:
    with tenant(desk.workspace.pk):
        return progress(newest(desk)).counts


def tag_of(desk: Desk, name: str = "Refund") -> int:
    with tenant(desk.workspace.pk):
        tagging.change_tags(member=desk.member, conversation_id=desk.private.pk, names=[name])
        return Tag.objects.get(name=name).pk


def test_every_deed_is_done_told_once_each_and_undone_as_it_was(door: Door, cast: Cast, desk: Desk) -> None:
    ids = crowd(desk, 4)
    tag = tag_of(desk)
    agent = cast.member("agent").pk
    deeds: list[tuple[str, dict[str, Any], str]] = [
        ("status", {"status": "resolved"}, "conversations.status_changed"),
        ("assign", {"assignee": agent}, "conversations.assigned"),
        ("priority", {"priority": 3}, "conversations.priority_changed"),
        ("tag", {"add": [tag]}, "conversations.tagged"),
        ("tag", {"remove": [tag]}, "conversations.tagged"),
        ("read", {}, "conversations.marked_read"),
        ("snooze", {"until": (now() + timedelta(days=1)).isoformat()}, "conversations.snoozed"),
    ]
    for action, given, kind in deeds:
        before = state(desk)
        with tenant(desk.workspace.pk):
            told = Event.objects.filter(kind=kind).count()
        assert door.do(action, ids, **given) == 201, action
        done = counts(desk)
        assert done.get("done", 0) + done.get("same", 0) == len(ids), (action, done)
        assert done["done"] >= 1, action
        after = state(desk)
        assert sum(before[number] != after[number] for number in ids) == done["done"], action
        with tenant(desk.workspace.pk):
            events = list(Event.objects.filter(kind=kind).order_by("id"))[told:]
        assert len(events) == len({event.subject for event in events}) == done["done"], action
        assert all(event.data["bulk"] == newest(desk).pk for event in events)
        assert door.to(newest(desk), "undo") == 200
        assert state(desk) == before, action
        assert door.to(newest(desk), "undo") == 409


def test_a_whole_list_goes_as_a_job_that_a_dead_worker_does_not_double(door: Door, desk: Desk, monkeypatch: Any) -> None:
    ids = crowd(desk, 50)
    monkeypatch.setattr(bulk, "BATCH", 20)
    before = state(desk)
    assert door.do("status", listed="view=open", status="resolved") == 201
    run = newest(desk)
    assert (run.state, run.total) == ("running", len(ids))
    late = post(desk.channel, "came later", author="9999")
    hear(desk.channel, late)
    with monkeypatch.context() as patch:
        settled = []
        whole = bulk._settle

        def dies(items: list[BulkItem]) -> None:
            settled.append(len(items))
            if len(settled) == 2:
                raise KeyboardInterrupt
            whole(items)

        patch.setattr(bulk, "_settle", dies)
        with pytest.raises(KeyboardInterrupt):
            job(desk.workspace.pk, run.pk)
    assert counts(desk) == {"done": 20, "waiting": len(ids) - 20}
    assert (desk.workspace.pk, run.pk) in bulk.unfinished()
    sweep_bulk()
    job(desk.workspace.pk, run.pk)
    job(desk.workspace.pk, run.pk)
    assert counts(desk) == {"done": len(ids)}
    assert newest(desk).state == "done"
    with tenant(desk.workspace.pk):
        assert Event.objects.filter(kind="conversations.status_changed", data__bulk=run.pk).count() == len(ids)
        assert list(Conversation.objects.filter(status="open").values_list("snippet", flat=True)) == ["came later"]
        triage.set_status(member=desk.member, conversation_id=ids[0], status="pending")
    assert door.to(run, "undo") == 200
    assert newest(desk).state == "undoing"
    job(desk.workspace.pk, run.pk)
    assert counts(desk) == {"undone": len(ids) - 1, "kept": 1}
    after = state(desk)
    assert [number for number in ids if after[number] != before[number]] == [ids[0]]
    page = door.tab.get(f"/w/meridian/inbox/bulk/{run.pk}/").content.decode()
    assert "Somebody changed it meanwhile" in page
    assert "1 left alone" in page


def test_what_somebody_else_has_is_told_before_and_can_be_spared(door: Door, cast: Cast, desk: Desk) -> None:
    ids = crowd(desk, 3)
    agent = cast.member("agent").pk
    with tenant(desk.workspace.pk):
        Conversation.objects.filter(id__in=ids).update(assignee_id=None)
        triage.assign(member=desk.member, conversation_id=ids[0], assignee_id=agent)
    answer = door.program.post("bulk/preview", {"list": {"view": "all"}}).json()
    assert (answer["total"], answer["theirs"]) == (len(ids), 1)
    sheet = door.tab.get("/w/meridian/inbox/bulk/", {"action": "priority", "list": "view=all"}).content.decode()
    assert "1 is somebody else" in sheet
    assert door.tab.get("/w/meridian/inbox/bulk/", {"action": "count", "list": "view=all"}).content == str(len(ids)).encode()
    assert door.do("priority", ids, priority=2, spare=True) == 201
    assert counts(desk) == {"done": len(ids) - 1, "refused": 1}
    told = door.program.get(f"bulk/{newest(desk).pk}").json()["told"]
    assert [(item["conversation"], item["reason"], item["why"]) for item in told] == [(ids[0], "theirs", "Somebody else has it")]


def test_what_must_be_filled_in_is_not_resolved_and_customers_are_asked_how_it_was(door: Door, desk: Desk) -> None:
    ids = crowd(desk, 3)
    with tenant(desk.workspace.pk):
        surveys.set_up(member=desk.member, channel_id=desk.channel.pk, changes={"is_on": True, "delay_minutes": 5})
    assert door.do("status", ids, status="resolved") == 201
    with tenant(desk.workspace.pk):
        assert [row.conversation_id for row in Survey.objects.filter(state="waiting")] == [desk.private.pk]
        asks = [{"label": "About", "kind": "text", "required": True, "key": "about"}]
        filling.save_form(member=desk.member, name="Why", subject="conversation", fields=asks)
    assert door.to(newest(desk), "undo") == 200
    assert door.do("status", ids, status="resolved") == 201
    assert counts(desk) == {"refused": len(ids)}
    assert "not filled in" in door.tab.get(f"/w/meridian/inbox/bulk/{newest(desk).pk}/").content.decode()


def test_nothing_is_taken_from_whoever_took_it_meanwhile(desk: Desk, cast: Cast) -> None:
    ids = crowd(desk, 45)
    owner, agent = desk.member, cast.member("agent")
    with tenant(desk.workspace.pk):
        run = bulk.start(member=owner, action="assign", given={"assignee": owner.pk}, choice=Choice.of(ids))
        triage.assign(member=owner, conversation_id=ids[-1], assignee_id=agent.pk)
    job(desk.workspace.pk, run.pk)
    assert counts(desk)["refused"] == 1
    with tenant(desk.workspace.pk):
        assert BulkItem.objects.get(run=run, state="refused").reason == "meanwhile"
        assert Conversation.objects.get(pk=ids[-1]).assignee_id == agent.pk


def test_a_job_is_stopped_and_what_was_done_undone(door: Door, desk: Desk) -> None:
    ids = crowd(desk, 45)
    before = state(desk)
    door.do("priority", ids, priority=3)
    run = newest(desk)
    assert door.to(run, "undo") == 409
    with tenant(desk.workspace.pk):
        bulk._do(run, desk.member, 10)
    assert door.to(run, "stop") == 200
    job(desk.workspace.pk, run.pk)
    assert counts(desk) == {"done": 10, "waiting": len(ids) - 10}
    assert door.to(run, "undo") == 200
    assert state(desk) == before
    assert newest(desk).state == "undone"


def test_what_cannot_be_is_refused(door: Door, cast: Cast, desk: Desk) -> None:
    ids = [desk.conversation.pk]
    before = state(desk)
    for action, given in (("status", {"status": "snoozed"}), ("priority", {"priority": 7}), ("tag", {"add": [2**40]}), ("tag", {}),
                          ("assign", {"assignee": 2**40}), ("team", {"team": 2**40}), ("dance", {}), ("snooze", {})):  # fmt: skip
        assert door.do(action, ids, **given) == 422, action
    assert door.do("read", []) == 422
    assert door.do("read", [2**40]) == 422
    assert door.do("read", list(range(1, 402))) == 422
    assert door.do("read", listed="view=nothing") == 422
    assert state(desk) == before
    with tenant(desk.workspace.pk):
        assert BulkRun.objects.count() == 0
    viewer = signed_in(cast.user("viewer"))
    assert viewer.post("/w/meridian/inbox/bulk/", {"action": "read", "ids": str(ids[0])}).status_code == 403


def test_whoever_lost_the_right_does_no_more(desk: Desk, cast: Cast) -> None:
    ids = crowd(desk, 45)
    agent = cast.member("agent")
    with tenant(desk.workspace.pk):
        run = bulk.start(member=agent, action="priority", given={"priority": 3}, choice=Choice.of(ids))
        type(agent).objects.filter(pk=agent.pk).update(role="viewer")
    job(desk.workspace.pk, run.pk)
    assert counts(desk) == {"refused": len(ids)}


@pytest.mark.parametrize("action", ["status", "assign", "tag"])
def test_as_many_queries_for_few_as_for_many(action: str, desk: Desk, cast: Cast) -> None:
    ids = crowd(desk, 30)
    given = {"status": "resolved", "assignee": cast.member("agent").pk, "add": [tag_of(desk, "Odd")]}
    asked = []
    for part in (ids[2:6], ids[6:]):
        with tenant(desk.workspace.pk), CaptureQueriesContext(connection) as queries:
            run = bulk.start(member=desk.member, action=action, given=given, choice=Choice.of(part))
            bulk.undo(member=desk.member, run_id=run.pk)
            progress(run)
        asked.append(len(queries))
    assert asked[0] == asked[1]
