"""Tickets: opening one or several at once, working on them, and the one answer to the customer that they give together."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, datetime
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import Membership, Team
from accounts.policies import Permission, require
from activity.services.log import record
from core.clock import now
from core.errors import Invalid, NotFound
from core.marks import TransactionId
from core.names import shows_something
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from crm.models.interaction import InteractionKind
from crm.services.timeline import Happening, add
from inbox.models import Conversation, Priority, Ticket, TicketStatus
from inbox.selectors import get_conversation
from inbox.selectors.tickets import MOST_OF_ONE, get_ticket, tickets_of_conversation
from inbox.services.filling import Filled, see_filled

MAX_TITLE = 200
MAX_STEPS = 50
MAX_STEP = 200
MAX_ANSWER = 10_000
#: Numbers are given one after the other.
NUMBERS = "SELECT pg_advisory_xact_lock(hashtextextended('tickets:' || %s, 0))"


def open_tickets(
    *,
    member: Membership,
    conversation_id: int | None,
    title: str,
    team_ids: Sequence[int] = (),
    owner_id: int | None = None,
    priority: int = Priority.NORMAL,
    due_at: datetime | None = None,
    steps: Iterable[str] = (),
) -> list[Ticket]:
    """One ticket for each of these teams, or one without a team: the same work, each with an owner, clock and checklist of its own.

    Raises NotFound, Forbidden, Invalid (fields `title`, `teams`, `owner`, `priority`, `due_at`, `steps`).
    """
    require(member, Permission.TICKETS_WORK)
    conversation = get_conversation(conversation_id, lock=True) if conversation_id is not None else None
    wanted = list(dict.fromkeys(team_ids))
    if Team.objects.filter(id__in=wanted).count() != len(wanted):
        raise Invalid(_("There is no such team here."), field="teams")
    if conversation is not None and len(tickets_of_conversation(conversation.id)) + max(len(wanted), 1) > MOST_OF_ONE:
        raise Invalid(_("A conversation has at most {limit} tickets.").format(limit=MOST_OF_ONE), field="teams", code="too_many")
    texts = [step["text"] for step in _steps(steps)]
    facts = {
        "title": _title(title),
        "owner_id": _owner(owner_id),
        "priority": _priority(priority),
        "due_at": _due(due_at),
        "conversation": conversation,
        "contact_id": conversation.contact_id if conversation else None,
        "author": member,
        "created_at": now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS, [current_workspace_id()])
    first = (Ticket.objects.aggregate(n=Max("number"))["n"] or 0) + 1
    made = [
        Ticket.objects.create(number=first + place, team_id=team, checklist=_steps(texts), **facts)
        for place, team in enumerate(wanted or [None])
    ]
    if conversation is not None:
        add(
            Happening(conversation.contact_id, InteractionKind.TICKET, row.id, conversation.id, None, row.created_at, _line(row))
            for row in made
        )
    for row in made:
        data = {"number": row.number, "conversation": row.conversation_id, "team": row.team_id, "owner": row.owner_id}
        record("tickets.opened", actor_id=member.id, subject=f"inbox.Ticket:{row.id}", data=data)
    _push(conversation)
    return [get_ticket(row.id) for row in made]


def change(*, member: Membership, ticket_id: int, changes: Mapping[str, Any], filled: Filled | None = None) -> Ticket:
    """Change what is named of `title`, `team`, `owner`, `status`, `priority`, `due_at`, `answer`; the rest stays.

    What gets done wants what the workspace's forms for tickets ask for, in `filled` or from an earlier time. The last ticket of a
    conversation that gets done tells the log so. Raises NotFound, Forbidden, Invalid naming the field, Unfilled (field `values`).
    """
    require(member, Permission.TICKETS_WORK)
    ticket = get_ticket(ticket_id, lock=True)
    fields = _checked(changes)
    before = {name: getattr(ticket, name) for name in fields}
    if fields.get("status") == TicketStatus.DONE and (not ticket.is_done or filled is not None):
        see_filled(member=member, subject=ticket, filled=filled)
    told = {name: [_plain(before[name]), _plain(value)] for name, value in fields.items() if before[name] != value}
    if not told:
        return ticket
    was_done = ticket.is_done
    for name, value in fields.items():
        setattr(ticket, name, value)
    if ticket.is_done != was_done:
        ticket.done_at = now() if ticket.is_done else None
    _save(ticket, *fields, "done_at")
    event = "tickets.done" if ticket.is_done and not was_done else "tickets.changed"
    record(event, actor_id=member.id, subject=f"inbox.Ticket:{ticket.id}", data=told)
    if event == "tickets.done":
        _tell_when_all_are_done(ticket)
    return get_ticket(ticket_id)


def add_step(*, member: Membership, ticket_id: int, text: str) -> Ticket:
    """One more step at the end of its checklist. Raises NotFound, Forbidden, Invalid (field `text`)."""
    require(member, Permission.TICKETS_WORK)
    ticket = get_ticket(ticket_id, lock=True)
    (step,) = _steps([text], field="text")
    if len(ticket.checklist) >= MAX_STEPS:
        raise Invalid(_("A checklist has at most {limit} steps.").format(limit=MAX_STEPS), field="text", code="too_many")
    ticket.checklist = [*ticket.checklist, step]
    return _checklist_changed(ticket, member, {"added": step["text"]})


def set_step(*, member: Membership, ticket_id: int, step: str, done: bool) -> Ticket:
    """Tick a step, or take the tick away. Raises NotFound, Forbidden."""
    require(member, Permission.TICKETS_WORK)
    ticket = get_ticket(ticket_id, lock=True)
    known = _step(ticket, step)
    if known["done"] == done:
        return ticket
    ticket.checklist = [{**row, "done": done} if row is known else row for row in ticket.checklist]
    return _checklist_changed(ticket, member, {"step": known["text"], "done": done})


def remove_step(*, member: Membership, ticket_id: int, step: str) -> Ticket:
    """Take a step off its checklist. Raises NotFound, Forbidden."""
    require(member, Permission.TICKETS_WORK)
    ticket = get_ticket(ticket_id, lock=True)
    known = _step(ticket, step)
    ticket.checklist = [row for row in ticket.checklist if row is not known]
    return _checklist_changed(ticket, member, {"removed": known["text"]})


def joint_answer(rows: Iterable[Ticket]) -> str:
    """What the tickets of a conversation answer together, as a draft for the customer: each one's share, in their order. Pure."""
    return "\n\n".join(row.answer.strip() for row in rows if row.answer.strip())


def _tell_when_all_are_done(ticket: Ticket) -> None:
    """Whose conversation it is can go on: whoever listens to the log tells them."""
    if ticket.conversation_id is None:
        return
    # Two that end at the same moment look one after the other, and the second sees both.
    conversation = get_conversation(ticket.conversation_id, lock=True)
    rows = tickets_of_conversation(conversation.id)
    if all(row.is_done for row in rows):
        data = {"owner": conversation.assignee_id, "tickets": [row.id for row in rows]}
        record("conversations.tickets_done", actor_id=None, subject=f"inbox.Conversation:{conversation.id}", data=data)
    _push(conversation)


def _checklist_changed(ticket: Ticket, member: Membership, data: dict[str, Any]) -> Ticket:
    _save(ticket, "checklist")
    record("tickets.checklist_changed", actor_id=member.id, subject=f"inbox.Ticket:{ticket.id}", data=data)
    return get_ticket(ticket.id)


def _save(ticket: Ticket, *fields: str) -> None:
    ticket.version = TransactionId()  # type: ignore[assignment]
    ticket.save(update_fields=[*dict.fromkeys(fields), "version"])


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be written, by the model's names. Raises Invalid naming the field."""
    if not changes:
        raise Invalid(_("Name at least one field to change."), code="empty")
    fields: dict[str, Any] = {}
    if "title" in changes:
        fields["title"] = _title(changes["title"])
    if "team" in changes:
        fields["team_id"] = changes["team"]
        if changes["team"] is not None and not Team.objects.filter(id=changes["team"]).exists():
            raise Invalid(_("There is no such team here."), field="team")
    if "owner" in changes:
        fields["owner_id"] = _owner(changes["owner"])
    if "status" in changes:
        if changes["status"] not in TicketStatus.values:
            raise Invalid(_("A ticket is open, waiting or done."), field="status")
        fields["status"] = changes["status"]
    if "priority" in changes:
        fields["priority"] = _priority(changes["priority"])
    if "due_at" in changes:
        fields["due_at"] = _due(changes["due_at"])
    if "answer" in changes:
        fields["answer"] = _answer(changes["answer"])
    return fields


def _title(text: str) -> str:
    title = " ".join(text.replace("\x00", "").split())
    if not shows_something(title):
        raise Invalid(_("Say in a few words what is to be done."), field="title", code="empty")
    if len(title) > MAX_TITLE:
        raise Invalid(_("At most {limit} characters, please.").format(limit=MAX_TITLE), field="title", code="too_long")
    return title


def _answer(text: str) -> str:
    answer = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(answer) > MAX_ANSWER:
        raise Invalid(_("At most {limit} characters, please.").format(limit=MAX_ANSWER), field="answer", code="too_long")
    return answer


def _owner(owner_id: int | None) -> int | None:
    if owner_id is not None and not Membership.objects.filter(id=owner_id, is_active=True).exists():
        raise Invalid(_("There is no such member here."), field="owner")
    return owner_id


def _due(due_at: datetime | None) -> datetime | None:
    """Whenever it was or will be, but no moment that another zone cannot write: such a row could be kept and never read again."""
    if due_at is not None and not MINYEAR + 1 < due_at.year < MAXYEAR - 1:
        raise Invalid(_("There is no such day."), field="due_at", code="no_such_day")
    return due_at


def _priority(priority: int) -> int:
    if priority not in Priority.values:
        raise Invalid(_("Priority is a number from 0 (low) to 3 (urgent)."), field="priority")
    return priority


def _steps(texts: Iterable[str], *, field: str = "steps") -> list[dict[str, Any]]:
    """A new checklist. Raises Invalid."""
    steps = [" ".join(text.replace("\x00", "").split()) for text in texts]
    steps = [text for text in steps if text] if field == "steps" else steps
    if len(steps) > MAX_STEPS:
        raise Invalid(_("A checklist has at most {limit} steps.").format(limit=MAX_STEPS), field=field, code="too_many")
    for text in steps:
        if not shows_something(text) or len(text) > MAX_STEP:
            raise Invalid(_("A step has 1 to {limit} characters.").format(limit=MAX_STEP), field=field)
    return [{"id": secrets.token_hex(4), "text": text, "done": False} for text in steps]


def _step(ticket: Ticket, step: str) -> dict[str, Any]:
    known: dict[str, Any] | None = next((row for row in ticket.checklist if row["id"] == step), None)
    if known is None:
        raise NotFound(_("There is no such step."))
    return known


def _line(ticket: Ticket) -> str:
    return f"#{ticket.number} {ticket.title}"


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _push(conversation: Conversation | None) -> None:
    if conversation is not None:
        push_changed(group_name(current_workspace_id(), "channel", conversation.channel_id), [conversation.id])
