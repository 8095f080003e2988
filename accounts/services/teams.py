"""Teams and who sits in them."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team, TeamMember
from accounts.policies import Permission, require
from accounts.selectors import member, team
from activity.services.log import record
from core.errors import Conflict, Invalid
from core.names import clean_name
from core.tenancy import tenant


def create_team(*, by: Membership, name: str) -> Team:
    """Make a team. Raises Forbidden, Invalid, Conflict when the name is taken."""
    require(by, Permission.TEAMS_MANAGE)
    wanted = _name(name)
    with tenant(by.workspace_id, step="teams.create"):
        row = Team(name=wanted)
        _save_name(row, force_insert=True)
        record("teams.created", actor_id=by.pk, subject=f"accounts.Team:{row.pk}", data={"name": wanted})
    return row


def rename_team(*, by: Membership, team_id: int, name: str) -> None:
    """Raises Forbidden, NotFound, Invalid, Conflict when the name is taken."""
    require(by, Permission.TEAMS_MANAGE)
    wanted = _name(name)
    with tenant(by.workspace_id, step="teams.rename"):
        row = team(team_id)
        row.name = wanted
        _save_name(row, update_fields=["name"])
        record("teams.renamed", actor_id=by.pk, subject=f"accounts.Team:{row.pk}", data={"name": wanted})


def delete_team(*, by: Membership, team_id: int) -> None:
    """Dissolve a team; its members stay members, and its conversations lose it. Raises Forbidden, NotFound."""
    require(by, Permission.TEAMS_MANAGE)
    with tenant(by.workspace_id, step="teams.delete"):
        row = team(team_id)
        name = row.name
        row.delete()
        record("teams.deleted", actor_id=by.pk, subject=f"accounts.Team:{team_id}", data={"name": name})


def add_to_team(*, by: Membership, team_id: int, membership_id: int) -> None:
    """Give a member a seat. Twice changes nothing. Raises Forbidden, NotFound, Invalid for somebody who has left."""
    require(by, Permission.TEAMS_MANAGE)
    with tenant(by.workspace_id, step="teams.add"):
        row, who = team(team_id), member(membership_id)
        if not who.is_active:
            raise Invalid(_("Somebody who has left cannot join a team."), field="member")
        if seat(team_id=row.pk, membership_id=who.pk):
            record(
                "teams.member_added",
                actor_id=by.pk,
                subject=f"accounts.Team:{row.pk}",
                data={"member": who.pk},
            )


def remove_from_team(*, by: Membership, team_id: int, membership_id: int) -> None:
    """Take a member's seat. Twice changes nothing. Raises Forbidden, NotFound."""
    require(by, Permission.TEAMS_MANAGE)
    with tenant(by.workspace_id, step="teams.remove"):
        row, who = team(team_id), member(membership_id)
        removed, _details = TeamMember.objects.filter(team=row, membership=who).delete()
        if removed:
            record(
                "teams.member_removed",
                actor_id=by.pk,
                subject=f"accounts.Team:{row.pk}",
                data={"member": who.pk},
            )


def seat(*, team_id: int, membership_id: int) -> bool:
    """Seat a member inside an open `tenant()`. Returns whether the seat is new."""
    if TeamMember.objects.filter(team_id=team_id, membership_id=membership_id).exists():
        return False
    TeamMember.objects.bulk_create([TeamMember(team_id=team_id, membership_id=membership_id)], ignore_conflicts=True)
    return True


def _save_name(row: Team, **how: Any) -> None:
    """Save a new or changed name; the unique key settles races."""
    try:
        with transaction.atomic():
            row.save(**how)
    except IntegrityError as error:
        raise Conflict(_("There is a team of that name."), field="name", code="taken") from error


def _name(name: str) -> str:
    wanted = " ".join(name.split())
    if not wanted or len(wanted) > 80 or clean_name(wanted) != wanted:
        raise Invalid(_("Give the team a name of up to 80 characters."), field="name")
    return wanted
