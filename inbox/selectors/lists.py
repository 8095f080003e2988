"""The list of conversations: what it shows, what its views count, what changed since a mark."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership
from core.errors import Invalid
from core.keyset import Position
from core.marks import current_mark
from core.tenancy import current_workspace_id
from inbox.models import Conversation, ConversationCount, Status
from inbox.selectors.drafts import with_draft_mark
from inbox.selectors.planned import planned
from social.selectors import COUNTED_UNSETTLED

PAGE_SIZE = 40
#: Past so many changes a page loads anew instead of mending itself.
MAX_CHANGES = 150

#: Views of the list, in the order of the tree: key → label.
VIEWS: dict[str, str | Promise] = {
    "mine": gettext_lazy("Mine"),
    "unassigned": gettext_lazy("Unassigned"),
    "open": gettext_lazy("All open"),
    "pending": gettext_lazy("Pending"),
    "drafts": gettext_lazy("Drafts"),
    "scheduled": gettext_lazy("Scheduled"),
    "trouble": gettext_lazy("Failed sends"),
    "resolved": gettext_lazy("Resolved"),
    "all": gettext_lazy("Everything"),
}


#: Conversations in trouble, deliveries that a person has to settle, and where the reader has begun to write: few rows each, each in
#: an index of its own.
TROUBLE = """
SELECT (SELECT count(*) FROM inbox_conversation WHERE workspace_id = %(w)s AND has_trouble),
       (SELECT count(*) FROM (SELECT 1 FROM social_delivery WHERE workspace_id = %(w)s AND state IN ('failed', 'needs_decision')
                              LIMIT %(most)s) d),
       (SELECT count(DISTINCT conversation_id) FROM inbox_draft WHERE workspace_id = %(w)s AND member_id = %(m)s AND NOT is_empty),
       (SELECT count(DISTINCT conversation_id) FROM inbox_plannedreply
        WHERE workspace_id = %(w)s AND state IN ('scheduled', 'held')),
       (SELECT count(*) FROM inbox_approvalrequest WHERE workspace_id = %(w)s AND state = 'asked')
"""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list shows. All parts combine; all stand in the address."""

    view: str = "open"
    channel_id: int | None = None
    visibility: str = ""

    @classmethod
    def parse(cls, data: Any) -> "ListQuery":
        """From an address's parameters. Raises Invalid naming the parameter."""
        view = data.get("view") or "open"
        if view not in VIEWS:
            raise Invalid(_("There is no view “{view}”.").format(view=view), field="view")
        channel = data.get("channel") or ""
        if channel and not (channel.isascii() and channel.isdigit() and len(channel) < 19):
            raise Invalid(_("A channel is named by its number."), field="channel")
        visibility = data.get("visibility") or ""
        if visibility not in ("", "public", "private"):
            raise Invalid(_("Visibility is public or private."), field="visibility")
        return cls(view=view, channel_id=int(channel) if channel else None, visibility=visibility)

    def parameters(self) -> dict[str, str]:
        """For building an address; empty parts are left out."""
        parts = {"view": self.view, "channel": str(self.channel_id or ""), "visibility": self.visibility}
        return {key: value for key, value in parts.items() if value}


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of conversations. `after` continues it, `mark` asks for what changed later."""

    rows: list[Conversation]
    after: str
    mark: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a mark: rows that belong to the list, ids that no longer do, or too much to mend."""

    rows: list[Conversation] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    reload: bool = False
    mark: int = 0


def _rows(query: ListQuery, member: Membership) -> QuerySet[Conversation]:
    rows = with_draft_mark(Conversation.objects.select_related("contact", "channel", "assignee__user"), member)
    conditions = {
        "mine": Q(assignee_id=member.id, status=Status.OPEN),
        "unassigned": Q(assignee_id=None, status=Status.OPEN),
        "open": Q(status=Status.OPEN),
        "pending": Q(status=Status.PENDING),
        "drafts": Q(has_draft=True),
        "scheduled": Q(planned()),
        "trouble": Q(has_trouble=True),
        "resolved": Q(status=Status.RESOLVED),
        "all": Q(),
    }
    rows = rows.filter(conditions[query.view])
    if query.channel_id:
        rows = rows.filter(channel_id=query.channel_id)
    if query.visibility:
        rows = rows.filter(visibility=query.visibility)
    return rows


def list_page(query: ListQuery, member: Membership, *, after: str = "", size: int = PAGE_SIZE) -> ListPage:
    """Newest activity first. Two queries at any size."""
    mark = current_mark()
    rows = _rows(query, member)
    position = Position.decode(after)
    if position:
        # As a row comparison this is one index range; as OR of two conditions it would not be.
        rows = rows.extra(
            where=["(inbox_conversation.last_activity_at, inbox_conversation.id) < (%s, %s)"],
            params=[position.at, position.id],
        )
    found = list(rows.order_by("-last_activity_at", "-id")[: size + 1])
    more = len(found) > size
    shown = found[:size]
    return ListPage(shown, Position(shown[-1].last_activity_at, shown[-1].id).encode() if more else "", mark)


def changes(query: ListQuery, member: Membership, *, since: int) -> Changes:
    """What changed in a list since `since` (a mark). Three queries at any size."""
    mark = current_mark()
    ids = list(
        Conversation.objects.filter(version__gte=since).order_by("version").values_list("id", flat=True)[: MAX_CHANGES + 1]
    )
    if len(ids) > MAX_CHANGES:
        return Changes(reload=True, mark=mark)
    rows = list(_rows(query, member).filter(id__in=ids).order_by("-last_activity_at", "-id")) if ids else []
    here = {row.id for row in rows}
    return Changes(rows, [number for number in ids if number not in here], False, mark)


def counts(member: Membership) -> dict[str, int]:
    """How many conversations each view holds. Two queries; sums of maintained counters, never a count of rows."""
    sums = (
        ConversationCount.objects.filter(status__in=[Status.OPEN, Status.PENDING])
        .values("status", "assignee_id")
        .annotate(n=Sum("number"))
    )
    total = {"mine": 0, "unassigned": 0, "open": 0, "pending": 0}
    for row in sums:
        number = max(row["n"], 0)
        if row["status"] == Status.PENDING:
            total["pending"] += number
            continue
        total["open"] += number
        if row["assignee_id"] == member.id:
            total["mine"] += number
        elif row["assignee_id"] == 0:
            total["unassigned"] += number
    with connection.cursor() as cursor:
        cursor.execute(TROUBLE, {"w": current_workspace_id(), "m": member.id, "most": COUNTED_UNSETTLED})
        total["trouble"], total["outbox"], total["drafts"], total["scheduled"], total["approvals"] = cursor.fetchone()
    return total


def channel_counts() -> dict[int, int]:
    """Open conversations of each channel. One query."""
    sums = ConversationCount.objects.filter(status=Status.OPEN).values("channel_id").annotate(n=Sum("number"))
    return {row["channel_id"]: max(row["n"], 0) for row in sums}


def mine_count(member: Membership) -> int:
    """Open conversations of a member, for the frame around every page. One query over maintained counters."""
    rows = ConversationCount.objects.filter(status=Status.OPEN, assignee_id=member.id)
    return max(rows.aggregate(n=Sum("number"))["n"] or 0, 0)
