"""Tickets: the list, one of them, those of a conversation, opening new ones."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from accounts.selectors import members_who_may, teams
from core.errors import Invalid
from core.htmx import add_event, page_or_part, toast, wants_part
from core.keyset import number_after
from inbox import selectors
from inbox.models import FormSubject, Priority, Ticket, TicketStatus
from inbox.selectors import tickets as reading
from inbox.selectors.filling import entry_of, forms_for
from inbox.selectors.tickets import TICKET_VIEWS, TicketQuery
from inbox.services import snoozing
from inbox.services import tickets as work
from inbox.services.filling import Unfilled
from inbox.views.resolve_sheet import filled_in, form_fields

STEP_DEEDS = ("add", "done", "undone", "remove")


@require_http_methods(["GET", "POST"])
@member_view(Permission.TICKETS_VIEW, post=Permission.TICKETS_WORK)
def tickets(request: MemberRequest, slug: str) -> HttpResponse:
    """The list; with POST, a ticket that belongs to no conversation."""
    if request.method == "POST":
        return _opened(request, slug, None)
    query = TicketQuery.parse(request.GET)
    before = number_after(request.GET.get("after", ""))
    rows = reading.tickets(query, request.membership, before_id=before, limit=reading.TICKET_PAGE + 1)
    shown, address = rows[: reading.TICKET_PAGE], reverse("tickets", args=[slug])
    more = f"{address}?{urlencode({**query.parameters(), 'after': shown[-1].id})}" if len(rows) > len(shown) else ""
    context = {
        "section": "tickets",
        "query": query,
        "tabs": [
            {"label": label, "url": _list_url(slug, TicketQuery(key, query.team_id)), "current": key == query.view}
            for key, label in TICKET_VIEWS.items()
        ],
        "teams": teams(),
        "rows": shown,
        "next_url": more,
    }
    return page_or_part(request, page="inbox/tickets.html", part="inbox/_ticket_rows.html", context=context)


def _list_url(slug: str, query: TicketQuery) -> str:
    return f"{reverse('tickets', args=[slug])}?{urlencode(query.parameters())}"


@require_GET
@member_view(Permission.TICKETS_WORK)
def new_ticket(request: MemberRequest, slug: str) -> HttpResponse:
    """The sheet for a new ticket; of a conversation where the address names one."""
    number = number_after(request.GET.get("conversation", ""), field="conversation")
    row = selectors.get_conversation(number) if number is not None else None
    return render(request, "inbox/_ticket_new.html", _sheet(row))


def _sheet(conversation: Any, *, given: Any = None, error: Invalid | None = None) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "teams": teams(),
        "people": members_who_may(Permission.TICKETS_WORK),
        "priorities": Priority.choices,
        "given": given or {"priority": str(int(Priority.NORMAL))},
        "chosen_teams": given.getlist("teams") if given else [],
        "wrong": {error.field or "title": str(error)} if error else {},
    }


@require_http_methods(["GET", "POST"])
@member_view(Permission.TICKETS_VIEW, post=Permission.TICKETS_WORK)
def of_conversation(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """The tickets of a conversation, for the pane beside it; with POST, more of them."""
    if request.method == "POST":
        return _opened(request, slug, conversation_id)
    row = selectors.get_conversation(conversation_id)
    rows = reading.tickets_of_conversation(row.id)
    context = {
        "conversation": row,
        "entry": entry_of(conversation_id=row.id),
        "tickets": rows,
        "joint": work.joint_answer(rows),
        "undone": sum(not ticket.is_done for ticket in rows),
        "may_work": request.membership.may(Permission.TICKETS_WORK),
    }
    return render(request, "inbox/_tickets.html", context)


def _opened(request: MemberRequest, slug: str, conversation_id: int | None) -> HttpResponse:
    given = request.POST
    try:
        made = work.open_tickets(
            member=request.membership,
            conversation_id=conversation_id,
            title=given.get("title", ""),
            team_ids=[number for number in (_number(text, "teams") for text in given.getlist("teams")) if number],
            owner_id=_number(given.get("owner", ""), "owner"),
            priority=_number(given.get("priority", ""), "priority") or 0,
            due_at=_due(request),
            steps=given.get("steps", "").splitlines(),
        )
    except Invalid as error:
        row = selectors.get_conversation(conversation_id) if conversation_id is not None else None
        return render(request, "inbox/_ticket_new.html", _sheet(row, given=given, error=error), status=error.status)
    if not wants_part(request):
        return redirect("ticket", slug=slug, ticket_id=made[0].id)
    if conversation_id is None:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = reverse("ticket", args=[slug, made[0].id])
        return response
    said = _("Opened: {tickets}.").format(tickets=", ".join(f"#{row.number}" for row in made))
    return add_event(toast(HttpResponse(), said), "rabta:tickets", {})


def _number(text: str, field: str) -> int | None:
    try:
        return number_after(text, field=field)
    except Invalid as error:
        raise Invalid(_("This must be a whole number."), field=field, code="not_a_number") from error


def _due(request: MemberRequest) -> datetime | None:
    """What the field for the due moment says, in words or figures; None where it is empty. Raises Invalid naming `due`."""
    text = request.POST.get("due", "").replace("\x00", "").strip()
    if not text:
        return None
    try:
        return snoozing.understood(text, member=request.membership).at
    except Invalid as error:
        raise Invalid(str(error), field="due", code=error.code) from error


@require_http_methods(["GET", "POST"])
@member_view(Permission.TICKETS_VIEW, post=Permission.TICKETS_WORK)
def ticket(request: MemberRequest, slug: str, ticket_id: int) -> HttpResponse:
    """One ticket; with POST, what the form says of it."""
    row = reading.get_ticket(ticket_id)
    if request.method == "GET":
        return _page(request, row)
    forms = forms_for(FormSubject.TICKET)
    filled = filled_in(request.POST, forms) if forms and "filled" in request.POST else None
    try:
        work.change(member=request.membership, ticket_id=ticket_id, changes=_changes(request, row), filled=filled)
    except Invalid as error:
        return _page(request, row, given=request.POST, error=error)
    messages.success(request, _("Saved."))
    return redirect("ticket", slug=slug, ticket_id=ticket_id)


def _changes(request: MemberRequest, row: Ticket) -> dict[str, Any]:
    """The fields that were sent, as the service wants them. An empty due field leaves the moment as it is, unless it is cleared."""
    given = request.POST
    found: dict[str, Any] = {name: given[name] for name in ("title", "status", "answer") if name in given}
    found |= {name: _number(given[name], name) for name in ("team", "owner", "priority") if name in given}
    if given.get("no_due") == "yes":
        found["due_at"] = None
    elif given.get("due", "").strip():
        found["due_at"] = _due(request)
    return found


def _page(request: MemberRequest, row: Ticket, *, given: Any = None, error: Invalid | None = None) -> HttpResponse:
    context = {
        "section": "tickets",
        "ticket": row,
        "given": given or {"title": row.title, "answer": row.answer},
        "teams": teams(),
        "people": members_who_may(Permission.TICKETS_WORK),
        "statuses": TicketStatus.choices,
        "priorities": Priority.choices,
        "may_work": request.membership.may(Permission.TICKETS_WORK),
        "wrong": {error.field or "title": str(error)} if error else {},
        "forms": _forms(row, given, error),
        "siblings": [other for other in _siblings(row) if other.id != row.id],
    }
    return render(request, "inbox/ticket.html", context, status=error.status if error else 200)


def _forms(row: Ticket, given: Any, error: Invalid | None) -> list[dict[str, Any]]:
    """What must be filled in before it is done: asked for once somebody tried without, shown once it was filled in."""
    entry = entry_of(ticket_id=row.id)
    wrong = error if isinstance(error, Unfilled) else None
    if entry is None and wrong is None:
        return []
    return form_fields(forms_for(FormSubject.TICKET), entry, error=wrong, given=given if wrong else None)


def _siblings(row: Ticket) -> list[Ticket]:
    return reading.tickets_of_conversation(row.conversation_id) if row.conversation_id else []


@require_POST
@member_view(Permission.TICKETS_WORK)
def ticket_step(request: MemberRequest, slug: str, ticket_id: int) -> HttpResponse:
    """Add a step to the checklist, tick it, untick it, remove it."""
    deed, step = request.POST.get("deed", ""), request.POST.get("step", "")
    if deed not in STEP_DEEDS:
        raise Invalid(_("Say what to do with the step."), field="deed")
    if deed == "add":
        try:
            work.add_step(member=request.membership, ticket_id=ticket_id, text=request.POST.get("text", ""))
        except Invalid as error:
            return _page(request, reading.get_ticket(ticket_id), error=error)
    elif deed == "remove":
        work.remove_step(member=request.membership, ticket_id=ticket_id, step=step)
    else:
        work.set_step(member=request.membership, ticket_id=ticket_id, step=step, done=deed == "done")
    return redirect(f"{reverse('ticket', args=[slug, ticket_id])}#checklist")
