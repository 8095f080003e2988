"""Reading what members are told and what they want to hear of. Inside `tenant()`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.middleware import zone_of
from accounts.models import Membership, User
from core.errors import Invalid
from core.keyset import Position
from notifications.hours import Hours
from notifications.kinds import Kind, kinds
from notifications.models import Notification, Preference, Rhythm, UnreadCount

PAGE = 30


@dataclass(frozen=True, slots=True)
class Shown:
    """One notification in the reader's language. `url` begins with a slash."""

    id: int
    kind: Kind
    subject: str
    text: str
    url: str
    times: int
    happened_at: datetime
    is_read: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A page of them, newest first, and where it goes on."""

    rows: list[Shown]
    after: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What a member hears of one kind, by row or by the kind's own habit."""

    kind: Kind
    in_app: bool
    mail: str


@dataclass(frozen=True, slots=True)
class ToldQuery:
    """What a list shows. Both parts stand in the address."""

    unread: bool = False
    kind: str = ""

    @classmethod
    def parse(cls, data: Any) -> "ToldQuery":
        """From an address's parameters. Raises Invalid naming the parameter."""
        show, kind = data.get("show") or "all", data.get("kind") or ""
        if show not in ("all", "unread"):
            raise Invalid(_("Show “all” or “unread”."), field="show")
        if kind and kind not in kinds():
            raise Invalid(_("There is no such kind of notification."), field="kind")
        return cls(show == "unread", kind)

    def parameters(self) -> dict[str, str]:
        """For building an address; empty parts are left out."""
        return {key: value for key, value in {"show": "unread" if self.unread else "", "kind": self.kind}.items() if value}


def told(member: Membership, slug: str, query: ToldQuery, *, after: str = "", limit: int = PAGE) -> Told:
    """What stands in a member's own list. One query. Raises Invalid (field `after`)."""
    rows = Notification.objects.filter(member_id=member.pk, is_shown=True, kind__in=[query.kind] if query.kind else list(kinds()))
    if query.unread:
        rows = rows.filter(read_at=None)
    place = Position.decode(after)
    if place is not None:
        rows = rows.filter(Q(happened_at__lt=place.at) | Q(happened_at=place.at, id__lt=place.id), happened_at__lte=place.at)
    found = list(rows.order_by("-happened_at", "-id")[: limit + 1])
    page = found[:limit]
    more = Position(page[-1].happened_at, page[-1].pk).encode() if len(found) > limit else ""
    return Told([shown(row, slug) for row in page], more)


def shown(row: Notification, slug: str) -> Shown:
    """One row of a known kind in the language that is on. No query."""
    kind = kinds()[row.kind]
    address = f"/w/{slug}/{row.path}"
    return Shown(row.pk, kind, row.subject, kind.sentence(row.data), address, row.times, row.happened_at, row.read_at is not None)


def unread_count(member: Membership) -> int:
    """How many a member has not read. One query, whatever there is."""
    return UnreadCount.objects.filter(member_id=member.pk).values_list("unread", flat=True).first() or 0


def choices_of(member: Membership) -> list[Choice]:
    """What a member hears of each kind. One query."""
    kept = {row.kind: row for row in Preference.objects.filter(member_id=member.pk)}
    return [
        Choice(kind, kept[key].in_app, kept[key].mail) if key in kept else Choice(kind, kind.in_app, kind.mail)
        for key, kind in kinds().items()
    ]


def rhythm_of(member_id: int) -> Rhythm:
    """When a member is left in peace; one that is not kept yet where they never chose. One query."""
    return Rhythm.objects.filter(member_id=member_id).first() or Rhythm(member_id=member_id)


def hours_of(rhythm: Rhythm, user: User) -> Hours:
    """The same in the person's own zone."""
    return Hours(
        zone_of(user.time_zone), rhythm.daily_at, rhythm.quiet_on, rhythm.quiet_from, rhythm.quiet_to, tuple(rhythm.quiet_days)
    )
