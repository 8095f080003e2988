"""Keeping lists under a name: for oneself, for a team, for everybody."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from accounts.selectors import team as get_team
from activity.services.log import record
from core.clock import now
from core.errors import Forbidden, Invalid
from core.names import clean_name
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from inbox.models import DefaultView, SavedView, Scope
from inbox.selectors import get_view, visible_views
from inbox.selectors.queries import ListQuery

MAX_NAME = 60
#: More than a tree can show.
MAX_VIEWS = 60
ICONS = (
    "bookmark", "star", "heart", "flag", "bolt", "bell", "crown", "headset", "building", "briefcase", "world", "school",
    "message-circle", "mood-sad", "trending-up", "tag",
)  # fmt: skip


def keep_view(
    *,
    member: Membership,
    name: str,
    parameters: Mapping[str, str],
    icon: str = "bookmark",
    scope: str = Scope.PRIVATE,
    team_id: int | None = None,
) -> SavedView:
    """Keep a list. Raises Forbidden, NotFound for a team, Invalid naming the field or the list's parameter."""
    require(member, Permission.CONVERSATIONS_VIEW)
    row = SavedView(owner_id=member.pk, created_at=now())
    _set(row, member, {"name": name, "icon": icon, "scope": scope, "team": team_id, "parameters": parameters})
    if len(visible_views(member)) >= MAX_VIEWS:
        raise Invalid(_("There are {limit} views already. Delete one first.").format(limit=MAX_VIEWS), code="too_many")
    last = SavedView.objects.filter(scope=row.scope, owner_id=member.pk).aggregate(n=Max("position"))["n"]
    row.position = (last or 0) + 1
    row.save(force_insert=True)
    _tell("views.created", member, row)
    return row


def change_view(*, member: Membership, view_id: int, changes: Mapping[str, Any]) -> SavedView:
    """Change name, icon, scope, team, parameters or position; what is not named stays.

    Raises NotFound for a view this member does not see, Forbidden for a shared one without the right, Invalid naming the field.
    """
    row = _own(member, view_id)
    if not changes:
        raise Invalid(_("Name at least one field to change."), code="empty")
    _set(row, member, changes)
    row.save()
    _tell("views.changed", member, row)
    return row


def move_view(*, member: Membership, view_id: int, down: bool) -> None:
    """Change places with the neighbour above or below, among the views of the same kind. Raises NotFound, Forbidden."""
    row = _own(member, view_id)
    beside = [view for view in visible_views(member) if (view.scope, view.team_id) == (row.scope, row.team_id)]
    order = [view.pk for view in beside]
    place = order.index(row.pk)
    other = place + (1 if down else -1)
    if not 0 <= other < len(order):
        return
    order[place], order[other] = order[other], order[place]
    for view in beside:
        view.position = order.index(view.pk) + 1
    SavedView.objects.bulk_update(beside, ["position"])
    _tell("views.moved", member, row)


def delete_view(*, member: Membership, view_id: int) -> None:
    """Let go of a list; its conversations stay as they are. Raises NotFound, Forbidden."""
    row = _own(member, view_id)
    _tell("views.deleted", member, row)
    row.delete()


def open_with(*, member: Membership, view_id: int | None) -> None:
    """Let a member's inbox open with a list, or as it does for everybody. Raises Forbidden, NotFound."""
    require(member, Permission.CONVERSATIONS_VIEW)
    view = get_view(member, view_id) if view_id is not None else None
    if view is None:
        DefaultView.objects.filter(member_id=member.pk).delete()
    else:
        DefaultView.objects.bulk_create(
            [DefaultView(member_id=member.pk, view_id=view.pk)],
            update_conflicts=True,
            unique_fields=["workspace_id", "member"],
            update_fields=["view"],
        )
    data = {"view": view.pk if view else None}
    record("views.default_changed", actor_id=member.id, subject=f"accounts.Membership:{member.pk}", data=data)


def _own(member: Membership, view_id: int) -> SavedView:
    """A view that this member may change: an own private one, or a shared one with the right."""
    require(member, Permission.CONVERSATIONS_VIEW)
    row = get_view(member, view_id, lock=True)
    if row.scope != Scope.PRIVATE:
        require(member, Permission.VIEWS_SHARE)
    return row


def _set(row: SavedView, member: Membership, changes: Mapping[str, Any]) -> None:
    if "name" in changes:
        name = " ".join(str(changes["name"]).split())
        if not name or len(name) > MAX_NAME or clean_name(name) != name:
            raise Invalid(_("Give the view a name of up to {limit} characters.").format(limit=MAX_NAME), field="name")
        row.name = name
    if "icon" in changes:
        if changes["icon"] not in ICONS:
            raise Invalid(_("There is no such icon."), field="icon")
        row.icon = changes["icon"]
    if "position" in changes:
        row.position = changes["position"]
    if "parameters" in changes:
        # As the list itself would read them, and nothing else.
        row.parameters = ListQuery.parse(dict(changes["parameters"])).parameters(named=False)
    if "scope" in changes or "team" in changes:
        _share(row, member, str(changes.get("scope", row.scope)), changes.get("team", row.team_id))


def _share(row: SavedView, member: Membership, scope: str, team_id: int | None) -> None:
    if scope not in Scope.values:
        raise Invalid(_("A view is for you, for a team or for everybody."), field="scope")
    if scope != Scope.PRIVATE:
        require(member, Permission.VIEWS_SHARE)
    elif row.owner_id != member.pk:
        raise Forbidden(_("Only whoever made this view can take it back for themselves."))
    if scope == Scope.TEAM and team_id is None:
        raise Invalid(_("Choose the team."), field="team")
    row.scope = scope
    row.team_id = get_team(team_id).pk if scope == Scope.TEAM and team_id is not None else None


def _tell(event: str, member: Membership, row: SavedView) -> None:
    data = {"name": row.name, "scope": row.scope, "parameters": row.parameters}
    record(event, actor_id=member.id, subject=f"inbox.SavedView:{row.pk}", data=data)
    if row.scope != Scope.PRIVATE:
        push_changed(group_name(current_workspace_id(), "all"), [])
