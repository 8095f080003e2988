"""What a list shows and in which order: its view, what narrows it down, its sort. All of it stands in the address."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership
from core.errors import Invalid
from core.keyset import Position
from inbox.models import Conversation, Status
from inbox.selectors.drafts import drafted
from inbox.selectors.facets import facets, number
from inbox.selectors.followers import followed_by
from inbox.selectors.note_mentions import mentions_of
from inbox.selectors.planned import planned
from inbox.selectors.unwelcome import unwelcome

#: Views of the list, in the order of the tree: key → label.
VIEWS: dict[str, str | Promise] = {
    "mine": gettext_lazy("Mine"),
    "following": gettext_lazy("Following"),
    "mentions": gettext_lazy("Mentions of me"),
    "unassigned": gettext_lazy("Unassigned"),
    "open": gettext_lazy("All open"),
    "pending": gettext_lazy("Pending"),
    "snoozed": gettext_lazy("Snoozed"),
    "drafts": gettext_lazy("Drafts"),
    "scheduled": gettext_lazy("Scheduled"),
    "trouble": gettext_lazy("Failed sends"),
    "resolved": gettext_lazy("Resolved"),
    "spam": gettext_lazy("Spam"),
    "all": gettext_lazy("Everything"),
}
#: Which statuses a view holds by itself; none: any.
STATUSES: dict[str, tuple[str, ...]] = {
    "mine": (Status.OPEN,),
    "unassigned": (Status.OPEN,),
    "open": (Status.OPEN,),
    "pending": (Status.PENDING,),
    "snoozed": (Status.SNOOZED,),
    "resolved": (Status.RESOLVED,),
}
#: Views that are a status and nothing else: whoever chooses statuses leaves them.
ONLY_STATUS = ("open", "pending", "snoozed", "resolved")
#: Views with few rows whatever their status.
SHORT = ("following", "mentions", "drafts", "scheduled", "trouble")
#: Later than anybody waits: where those stand who do not.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of the list. `after` narrows rows to those behind a place, `place` says where a row stands, and `rank` the same as a
    text of equal length whatever the row: the greater, the nearer to the top.
    """

    key: str
    label: str | Promise
    order: Callable[[QuerySet[Conversation]], QuerySet[Conversation]]
    after: Callable[[QuerySet[Conversation], str], QuerySet[Conversation]]
    place: Callable[[Conversation], str]
    rank: Callable[[Conversation], str]
    #: Whether it is an index range over any number of rows. Others sort what is unresolved, which stays bounded.
    any_size: bool = False


def _behind(rows: QuerySet[Conversation], columns: str, sign: str, *values: object) -> QuerySet[Conversation]:
    """As a row comparison this is one index range; as OR of several conditions it would not be."""
    # The columns are written in this file; what was given travels as parameters.
    return rows.extra(where=[f"({columns}) {sign} ({', '.join(['%s'] * len(values))})"], params=list(values))  # noqa: S610


def _after_newest(rows: QuerySet[Conversation], text: str) -> QuerySet[Conversation]:
    place = Position.decode(text)
    columns = "inbox_conversation.last_activity_at, inbox_conversation.id"
    return _behind(rows, columns, "<", place.at, place.id) if place else rows


def _after_waiting(rows: QuerySet[Conversation], text: str) -> QuerySet[Conversation]:
    place = Position.decode(text)
    columns = f"coalesce(inbox_conversation.waiting_since, '{NEVER.isoformat()}'::timestamptz), inbox_conversation.id"
    return _behind(rows, columns, ">", place.at, place.id) if place else rows


def _after_priority(rows: QuerySet[Conversation], text: str) -> QuerySet[Conversation]:
    if not text:
        return rows
    priority, _dot, rest = text.partition(".")
    place = Position.decode(rest)
    if place is None or len(priority) != 1 or priority not in "0123456789":
        raise Invalid(_("This page marker is not one of ours."), field="after", code="bad_cursor")
    columns = "inbox_conversation.priority, inbox_conversation.last_activity_at, inbox_conversation.id"
    return _behind(rows, columns, "<", int(priority), place.at, place.id)


def _waits_since(row: Conversation) -> datetime:
    return row.waiting_since or NEVER


_SORTS = (
    Sort(
        "newest", gettext_lazy("Newest first"), lambda rows: rows.order_by("-last_activity_at", "-id"), _after_newest,
        lambda row: Position(row.last_activity_at, row.id).encode(),
        lambda row: f"{_micros(row.last_activity_at):020d}{row.id:020d}", any_size=True,
    ),
    Sort(
        "waiting", gettext_lazy("Longest waiting first"),
        lambda rows: rows.order_by(Coalesce("waiting_since", Value(NEVER)), "id"), _after_waiting,
        lambda row: Position(_waits_since(row), row.id).encode(),
        lambda row: f"{10**19 - _micros(_waits_since(row)):020d}{10**19 - row.id:020d}",
    ),
    Sort(
        "priority", gettext_lazy("Most urgent first"), lambda rows: rows.order_by("-priority", "-last_activity_at", "-id"),
        _after_priority, lambda row: f"{row.priority}.{Position(row.last_activity_at, row.id).encode()}",
        lambda row: f"{row.priority}{_micros(row.last_activity_at):020d}{row.id:020d}",
    ),
)  # fmt: skip
#: Places of the orders that later rooms bring.
SORT_SLOTS = ("sla", "value")
_filled: dict[str, str] = {}


def add_sort(key: str, path: str) -> None:
    """Fill a place with the Sort that stands at a dotted path. Raises KeyError for a place that there is not."""
    if key not in SORT_SLOTS:
        raise KeyError(key)
    _filled[key] = path


def sorts() -> dict[str, Sort]:
    """The orders there are just now."""
    return {sort.key: sort for sort in _SORTS} | {key: import_string(_filled[key]) for key in SORT_SLOTS if key in _filled}


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list shows. All parts combine; all stand in the address. `saved` only names the view that somebody keeps it as."""

    view: str = "open"
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sort: str = "newest"
    saved: int | None = None

    @classmethod
    def parse(cls, data: Any) -> "ListQuery":
        """From an address's parameters: a facet's values stand in one parameter with commas or in several. Raises Invalid naming
        the parameter.
        """
        view = data.get("view") or "open"
        if view not in VIEWS:
            raise Invalid(_("There is no view “{view}”.").format(view=view), field="view")
        found = []
        for key, facet in facets().items():
            values = facet.parse(_given(data, key))
            if values:
                found.append((key, values))
        if any(key == "status" for key, _values in found) and view in ONLY_STATUS:
            view = "all"
        query = cls(view=view, filters=tuple(found), saved=_saved(data.get("saved") or ""))
        sort = data.get("sort") or "newest"
        if sort not in sorts():
            raise Invalid(_("There is no order “{sort}”.").format(sort=sort), field="sort")
        if not query.sortable and not sorts()[sort].any_size:
            raise Invalid(_("What is resolved can be ordered by time only."), field="sort", code="unbounded")
        return replace(query, sort=sort)

    @classmethod
    def of(cls, view: str = "open", **filters: object) -> "ListQuery":
        """A list by name: `ListQuery.of("open", channel=5)`. Raises Invalid."""
        return cls.parse({"view": view, **{key: str(value) for key, value in filters.items() if value}})

    def values(self, key: str) -> tuple[str, ...]:
        """What a facet is set to; empty when it is off."""
        return next((values for name, values in self.filters if name == key), ())

    def only(self, key: str) -> str:
        """The one value of a facet; empty when it is off or has several."""
        values = self.values(key)
        return values[0] if len(values) == 1 else ""

    @property
    def channel_id(self) -> int | None:
        """The one channel it shows."""
        return int(self.only("channel")) if self.only("channel") else None

    @property
    def statuses(self) -> tuple[str, ...]:
        """Which statuses can stand in it; none: any."""
        return self.values("status") or STATUSES.get(self.view, ())

    @property
    def sortable(self) -> bool:
        """Whether so little can stand in it that it can be sorted by anything."""
        statuses = self.statuses
        return self.view in SHORT or (bool(statuses) and Status.RESOLVED not in statuses)

    def having(self, key: str, *values: str) -> "ListQuery":
        """The same with a facet set so; without values it is off."""
        rest = {name: there for name, there in self.filters if name != key}
        wanted = {**rest, key: values} if values else rest
        changed = replace(self, filters=tuple((name, wanted[name]) for name in facets() if name in wanted))
        return changed if changed.sortable or sorts()[self.sort].any_size else replace(changed, sort="newest")

    def sorted(self, key: str) -> "ListQuery":
        """The same in another order."""
        return replace(self, sort=key)

    def plain(self) -> "ListQuery":
        """The view alone."""
        return ListQuery(view=self.view)

    def parameters(self, *, named: bool = True) -> dict[str, str]:
        """For building an address; empty parts are left out. Without `named` also the name it is kept under."""
        parts = {"view": self.view, **{key: ",".join(values) for key, values in self.filters}}
        if self.sort != "newest":
            parts["sort"] = self.sort
        if self.saved and named:
            parts["saved"] = str(self.saved)
        return parts

    def condition(self, member: Membership, *, leading: bool | None = None) -> Q:
        """What holds of its rows. `leading` takes only the part that indexes lead to, or only the rest."""
        found = Q() if leading is False else _view_condition(self.view, member) & _status_condition(self.statuses)
        known = facets()
        for key, values in self.filters:
            facet = known[key]
            if key != "status" and leading in (None, facet.leads):
                found &= facet.condition(values, member)
        return found


def _view_condition(view: str, member: Membership) -> Q:
    if view == "mine":
        return Q(assignee_id=member.id)
    if view == "unassigned":
        return Q(assignee_id=None)
    if view == "following":
        return Q(id__in=followed_by(member))
    if view == "mentions":
        return mentions_of(member)
    if view == "trouble":
        return Q(has_trouble=True)
    if view == "spam":
        return unwelcome()
    if view == "drafts":
        return Q(drafted(member))
    return Q(planned()) if view == "scheduled" else Q()


def _status_condition(statuses: Sequence[str]) -> Q:
    if not statuses:
        return Q()
    return Q(status=statuses[0]) if len(statuses) == 1 else Q(status__in=statuses)


def _given(data: Any, key: str) -> Iterable[str]:
    texts = data.getlist(key) if hasattr(data, "getlist") else [data.get(key) or ""]
    return [part.strip() for text in texts for part in str(text).split(",") if part.strip()]


def _saved(text: str) -> int | None:
    if not text:
        return None
    try:
        return int(number(text))
    except ValueError as error:
        raise Invalid(_("A saved view is named by its number."), field="saved") from error
