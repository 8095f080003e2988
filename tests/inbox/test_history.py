"""What was done to a conversation, in words; and the conversation on paper."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import now
from core.tenancy import tenant
from inbox.selectors.bulk import Choice
from inbox.selectors.history import history
from inbox.services import bulk, following, snoozing, tagging, tickets, triage
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk

pytestmark = pytest.mark.django_db


def busy(desk: Desk, cast: Cast) -> None:
    """Everything that can be done, done once."""
    given = {"member": desk.member, "conversation_id": desk.private.pk}
    triage.set_status(**given, status="pending")
    triage.assign(**given, assignee_id=cast.member("agent").pk)
    triage.assign(**given, assignee_id=desk.member.pk)
    triage.set_priority(**given, priority=3)
    tagging.change_tags(**given, names=["Refund"])
    following.unfollow(**given)
    triage.mark_unread(**given)
    snoozing.snooze(**given, until=now() + timedelta(days=1))
    (row,) = tickets.open_tickets(**given, title="Look for it")
    tickets.change(member=desk.member, ticket_id=row.pk, changes={"status": "done"})
    run = bulk.start(member=desk.member, action="priority", given={"priority": 0}, choice=Choice.of([desk.private.pk]))
    bulk.undo(member=desk.member, run_id=run.pk)


def test_every_change_is_a_line_by_both_doors(desk: Desk, cast: Cast, program: Program) -> None:
    with tenant(desk.workspace.pk):
        busy(desk, cast)
    name = desk.member.user.display_name
    told = [line["text"] for line in program.get(f"conversations/{desk.private.pk}/history", limit=50).json()["results"]]
    for words in (
        f"{name} set it to “Pending”", f"{name} gave it to {cast.user('agent').display_name}", f"{name} took it",
        f"{name} set the priority to “Urgent”", f"{name} put on Refund", f"{name} follows it no more",
        f"{name} snoozed it", f"{name} opened ticket #1", f"{name} finished ticket #1", "All its tickets are done",
        f"{name} set the priority to “Low”",
    ):  # fmt: skip
        assert words in told, (words, told)
    page = signed_in(cast.user("viewer")).get(f"/w/meridian/inbox/{desk.private.pk}/history/").content.decode()
    assert "opened ticket #1" in page
    assert "(undone)" in page
    first = program.get(f"conversations/{desk.private.pk}/history", limit=5).json()
    assert [line["text"] for line in first["results"]] == told[:5]
    assert first["next"]


def test_as_many_queries_at_any_size(desk: Desk, cast: Cast) -> None:
    asked = []
    with tenant(desk.workspace.pk):
        for _round in range(2):
            busy(desk, cast)
            with CaptureQueriesContext(connection) as queries:
                history(desk.private, size=100)
            asked.append(len(queries))
    assert asked == [4, 4]


def test_on_paper(desk: Desk, cast: Cast) -> None:
    tab = signed_in(cast.user("viewer"))
    page = tab.get(f"/w/meridian/inbox/{desk.conversation.pk}/print/").content.decode()
    assert desk.incoming.body in page.replace("&#x27;", "'")
    assert desk.note.body not in page
    assert desk.note.body in tab.get(f"/w/meridian/inbox/{desk.conversation.pk}/print/?notes=yes").content.decode()
    for address in (f"{desk.conversation.pk}/", f"{desk.conversation.pk}/print/"):
        assert signed_in(cast.outsider).get(f"/w/meridian/inbox/{address}").status_code == 404
