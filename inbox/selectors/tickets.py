"""Reading tickets: lists of them, one of them, those of a conversation or a contact."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership
from core.clock import now
from core.errors import Invalid, NotFound
from inbox.models import Ticket, TicketStatus

TICKET_PAGE = 40
MOST_OF_ONE = 50

#: Views of the list: key → label.
TICKET_VIEWS: dict[str, str | Promise] = {
    "mine": gettext_lazy("Mine"),
    "open": gettext_lazy("Open"),
    "overdue": gettext_lazy("Overdue"),
    "done": gettext_lazy("Done"),
    "all": gettext_lazy("Everything"),
}


@dataclass(frozen=True, slots=True)
class TicketQuery:
    """What a list of tickets shows. Both parts stand in the address."""

    view: str = "open"
    team_id: int | None = None

    @classmethod
    def parse(cls, data: Any) -> "TicketQuery":
        """From an address's parameters. Raises Invalid naming the parameter."""
        view = data.get("view") or "open"
        if view not in TICKET_VIEWS:
            raise Invalid(_("There is no view “{view}”.").format(view=view), field="view")
        team = str(data.get("team") or "")
        if team and not (team.isascii() and team.isdigit() and len(team) < 19):
            raise Invalid(_("A team is named by its number."), field="team")
        return cls(view, int(team) if team else None)

    def parameters(self) -> dict[str, str]:
        """For building an address; empty parts are left out."""
        return {key: value for key, value in {"view": self.view, "team": str(self.team_id or "")}.items() if value}


def _tickets() -> QuerySet[Ticket]:
    return Ticket.objects.select_related("team", "owner__user", "contact")


def tickets(query: TicketQuery, member: Membership, *, before_id: int | None = None, limit: int = TICKET_PAGE) -> list[Ticket]:
    """Newest first, those before an id. One query."""
    undone = ~Q(status=TicketStatus.DONE)
    conditions = {
        "mine": undone & Q(owner_id=member.id),
        "open": undone,
        "overdue": undone & Q(due_at__lt=now()),
        "done": Q(status=TicketStatus.DONE),
        "all": Q(),
    }
    rows = _tickets().filter(conditions[query.view])
    if query.team_id:
        rows = rows.filter(team_id=query.team_id)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[:limit])


def get_ticket(ticket_id: int, *, lock: bool = False) -> Ticket:
    """One ticket of this workspace. Raises NotFound. `lock` holds it until commit."""
    rows = _tickets().select_related("conversation", "author__user")
    row = (rows.select_for_update(of=("self",)) if lock else rows).filter(id=ticket_id).first()
    if row is None:
        raise NotFound(_("There is no such ticket."))
    return row


def tickets_of_conversation(conversation_id: int) -> list[Ticket]:
    """Its tickets, oldest first. One query."""
    return list(_tickets().filter(conversation_id=conversation_id).order_by("id")[:MOST_OF_ONE])


def tickets_of_contact(contact_id: int) -> list[Ticket]:
    """A contact's tickets, newest first. One query."""
    return list(_tickets().filter(contact_id=contact_id).order_by("-id")[:MOST_OF_ONE])
