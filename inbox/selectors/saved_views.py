"""Lists that somebody keeps: which of them a member sees."""

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from accounts.models import Membership, TeamMember
from core.errors import NotFound
from inbox.models import DefaultView, SavedView, Scope


def _seen_by(member: Membership) -> QuerySet[SavedView]:
    """What a member made, what is kept for the member's teams, and what is for everybody."""
    seat = TeamMember.objects.filter(team_id=OuterRef("team_id"), membership_id=member.pk)
    own = Q(owner_id=member.pk) | Q(scope=Scope.WORKSPACE) | Q(Exists(seat), scope=Scope.TEAM)
    return SavedView.objects.filter(own)


def visible_views(member: Membership) -> list[SavedView]:
    """Every kept list a member sees: own ones first, then those of teams, then everybody's. `opens` marks the one with which the
    member's inbox opens. One query.
    """
    opens = Exists(DefaultView.objects.filter(view_id=OuterRef("id"), member_id=member.pk))
    place = Case(*(When(scope=scope, then=Value(n)) for n, scope in enumerate(Scope.values)), default=Value(9))
    rows = _seen_by(member).select_related("team").annotate(opens=opens, place=place)
    return list(rows.order_by("place", "team__name", "position", "id"))


def default_view(member: Membership) -> SavedView | None:
    """The list with which a member's inbox opens, while the member sees it. One query."""
    return _seen_by(member).filter(Exists(DefaultView.objects.filter(view_id=OuterRef("id"), member_id=member.pk))).first()


def get_view(member: Membership, view_id: int, *, lock: bool = False) -> SavedView:
    """One kept list that this member sees. Raises NotFound for all others, as if there were none."""
    opens = Exists(DefaultView.objects.filter(view_id=OuterRef("id"), member_id=member.pk), output_field=BooleanField())
    rows = _seen_by(member).annotate(opens=opens)
    if lock:
        rows = rows.select_for_update(of=("self",))
    row = rows.filter(id=view_id).first()
    if row is None:
        raise NotFound(_("There is no such view."))
    return row
