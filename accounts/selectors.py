"""Reading people. Everything but the first group runs inside `tenant()`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.doors import workspace_behind_invitation, workspace_behind_token
from accounts.models import ApiToken, Invitation, Membership, Team, TeamMember, User, Workspace
from accounts.policies import Permission, Role, permissions_of
from accounts.secrets import token_hash
from core.clock import now
from core.errors import NotFound
from core.tenancy import acting_user, tenant


@dataclass(frozen=True)
class Place:
    """A workspace and what a person is there."""

    workspace: Workspace
    membership: Membership


# --- before a workspace is known ------------------------------------------------------------------------------------


def places_of(user: User) -> list[Place]:
    """Where an active person may go, by name of the workspace. Two queries over all workspaces, as that person."""
    if not user.is_active:
        return []
    with acting_user(user.pk):
        workspaces = {workspace.pk: workspace for workspace in Workspace.objects.all()}
        mine = list(Membership.across.filter(user_id=user.pk, is_active=True))
    places = []
    for membership in mine:
        if membership.workspace_id in workspaces:
            membership.user = user
            places.append(Place(workspaces[membership.workspace_id], membership))
    return sorted(places, key=lambda place: (place.workspace.name.casefold(), place.workspace.pk))


def place_of(user: User, slug: str) -> Place | None:
    """The workspace with this slug if the person belongs to it. For sockets. Unknown and foreign are alike."""
    return next((place for place in places_of(user) if place.workspace.slug == slug), None)


def may_stay(*, user_id: int, workspace_id: int, session_key: str) -> bool:
    """Whether an open page of this person may go on: still active, still a member, session not ended.

    Sockets ask when their `user` group is told (see services.sessions). Two queries.
    """
    with tenant(workspace_id):
        if not Membership.objects.filter(user_id=user_id, is_active=True, user__is_active=True).exists():
            return False
    request = HttpRequest()
    request.session = SessionStore(session_key)
    return bool(get_user(request).pk == user_id)


def place_by_token(token: str) -> tuple[Place, ApiToken] | None:
    """What a presented API token opens, or None for anything that is not a working token."""
    hashed = token_hash(token)
    workspace_id = workspace_behind_token(hashed)
    if workspace_id is None:
        return None
    with tenant(workspace_id):
        row = ApiToken.objects.select_related("membership__user").filter(token_hash=hashed).first()
        if row is None or not row.is_open(now()):
            return None
        membership = row.membership
        if not (membership.is_active and membership.user.is_active):
            return None
        return Place(Workspace.objects.get(pk=workspace_id), membership), row


@dataclass(frozen=True)
class OpenInvitation:
    """What the holder of an invitation link may know before accepting."""

    workspace: Workspace
    email: str
    role: str
    inviter: str
    expires_at: datetime

    @property
    def role_label(self) -> str:
        return str(Role(self.role).label)


def dead_link() -> NotFound:
    """The one answer to every link that does not work, whatever the reason."""
    return NotFound(_("This invitation does not exist, was used, or has expired."))


def find_invitation(hashed: str) -> OpenInvitation | None:
    """What the link with this hash offers, while it works."""
    workspace_id = workspace_behind_invitation(hashed)
    if workspace_id is None:
        return None
    with tenant(workspace_id):
        row = Invitation.objects.select_related("invited_by__user").filter(token_hash=hashed).first()
        if row is None or not row.is_open(now()) or not still_covered(row):
            return None
        return OpenInvitation(
            workspace=Workspace.objects.get(pk=workspace_id),
            email=row.email,
            role=row.role,
            inviter=row.invited_by.user.display_name,
            expires_at=row.expires_at,
        )


def still_covered(invitation: Invitation) -> bool:
    """Whether its inviter could still give this role today: a link does not outlive its maker's rights."""
    inviter: Membership = invitation.invited_by
    if not inviter.user.is_active:
        return False
    return inviter.may(Permission.PEOPLE_INVITE) and permissions_of(invitation.role) <= inviter.permissions


def sessions_of(user: User) -> list[UserSession]:
    """Where a person is signed in, newest first. Sessions that have ended meanwhile are swept out on the way."""
    rows: list[UserSession] = UserSession.objects.purge_and_list(user)
    return sorted(rows, key=lambda row: row.last_seen_at, reverse=True)


# --- inside a workspace ---------------------------------------------------------------------------------------------


def workspace_name(workspace_id: int) -> str:
    """What the selected workspace is called; empty for any other."""
    return Workspace.objects.filter(pk=workspace_id).values_list("name", flat=True).first() or ""


def members(*, include_inactive: bool = True) -> QuerySet[Membership]:
    """Members with their person and teams, active ones first, then by name. Two queries."""
    rows = Membership.objects.select_related("user").prefetch_related(
        Prefetch("seats", queryset=TeamMember.objects.select_related("team").order_by("team__name"))
    )
    if not include_inactive:
        rows = rows.filter(is_active=True, user__is_active=True)
    return rows.order_by("-is_active", "user__name", "user__email")


def member(membership_id: int) -> Membership:
    """One member of the selected workspace with their person. Raises NotFound."""
    row = Membership.objects.select_related("user").filter(pk=membership_id).first()
    if row is None:
        raise NotFound(_("There is no such member here."))
    return row


def members_named(membership_ids: Iterable[int]) -> QuerySet[Membership]:
    """Active members of these numbers, with their person. One query."""
    rows = Membership.objects.select_related("user").filter(is_active=True, user__is_active=True)
    return rows.filter(pk__in=set(membership_ids))


def members_who_may(permission: Permission) -> QuerySet[Membership]:
    """Active members whose role allows it, with their person: whom work can be assigned to, for example."""
    roles = [role for role in Role if permission in permissions_of(role)]
    return members(include_inactive=False).filter(role__in=roles)


def active_owners() -> QuerySet[Membership]:
    """Owners who can still sign in, in the order in which they are locked."""
    return Membership.objects.filter(role=Role.OWNER, is_active=True, user__is_active=True).order_by("pk")


def teams() -> QuerySet[Team]:
    """Teams by name, each with its seats, members and people. Two queries."""
    seats = TeamMember.objects.select_related("membership__user").order_by("membership__user__name", "pk")
    return Team.objects.prefetch_related(Prefetch("seats", queryset=seats)).order_by("name")


def plain_teams() -> list[Team]:
    """Teams by name alone. One query."""
    return list(Team.objects.order_by("name"))


def team(team_id: int) -> Team:
    """One team of the selected workspace. Raises NotFound."""
    row = Team.objects.filter(pk=team_id).first()
    if row is None:
        raise NotFound(_("There is no such team here."))
    return row


def teams_of(membership_id: int) -> list[Team]:
    """The teams a member sits in, by name. One query."""
    return list(Team.objects.filter(seats__membership_id=membership_id).order_by("name"))


def team_ids_of(membership_id: int) -> list[int]:
    """The teams a member sits in."""
    return list(TeamMember.objects.filter(membership_id=membership_id).values_list("team_id", flat=True))


def open_invitations() -> list[Invitation]:
    """Links that still work, newest first."""
    rows = Invitation.objects.select_related("invited_by__user", "team").filter(
        accepted_at=None, revoked_at=None, expires_at__gt=now()
    )
    return [row for row in rows.order_by("-created_at", "-pk") if still_covered(row)]


def api_tokens() -> QuerySet[ApiToken]:
    """Tokens not revoked, newest first, with whom they act for. None of them carries its secret."""
    return ApiToken.objects.select_related("membership__user").filter(revoked_at=None).order_by("-created_at", "-pk")


def names_of(membership_ids: Iterable[int]) -> dict[int, str]:
    """Display names of members, for lists that hold ids. One query."""
    rows = Membership.objects.select_related("user").filter(pk__in=set(membership_ids))
    return {row.pk: row.user.display_name for row in rows}
