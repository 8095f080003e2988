"""Members' roles, their leaving and coming back."""

from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, Membership
from accounts.policies import Permission, Role, reaches, require
from accounts.selectors import active_owners, member
from accounts.services.sessions import tell_pages_in
from activity.services.log import record
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.tenancy import tenant


def change_role(*, by: Membership, membership_id: int, role: str) -> Membership:
    """Give a member another role.

    Raises Forbidden (nobody gives, or touches, what is above himself), NotFound, Invalid, Conflict for the last owner.
    """
    if role not in Role.values:
        raise Invalid(_("There is no such role."), field="role")
    with tenant(by.workspace_id, step="members.change_role"):
        owners = _locked_owners()
        actor, who = _pair(by, membership_id, Permission.ROLES_GRANT)
        if not reaches(actor.role, role):
            raise Forbidden(_("You cannot give a role that may do more than yours."), field="role", code="above_self")
        if who.role == role:
            return who
        if role != Role.OWNER:
            _keep_an_owner(owners, without=who)
        former, who.role = who.role, role
        who.save(update_fields=["role"])
        record(
            "members.role_changed",
            actor_id=by.pk,
            subject=f"accounts.Membership:{who.pk}",
            data={"from": former, "to": role},
        )
        tell_pages_in(by.workspace_id, user_id=who.user_id)
    return who


def deactivate_member(*, by: Membership, membership_id: int) -> None:
    """End somebody's access: the next request, their tokens and open pages find it gone. Their history stays.

    Raises Forbidden, NotFound, Conflict for the last owner. Twice changes nothing.
    """
    with tenant(by.workspace_id, step="members.deactivate"):
        owners = _locked_owners()
        _actor, who = _pair(by, membership_id, Permission.PEOPLE_MANAGE)
        if who.is_active:
            _keep_an_owner(owners, without=who)
            _end(who)
            record("members.deactivated", actor_id=by.pk, subject=f"accounts.Membership:{who.pk}")


def reactivate_member(*, by: Membership, membership_id: int) -> None:
    """Let somebody back in, in their former role. Their former tokens stay dead. Raises Forbidden, NotFound."""
    with tenant(by.workspace_id, step="members.reactivate"):
        _actor, who = _pair(by, membership_id, Permission.PEOPLE_MANAGE)
        if not who.is_active:
            who.is_active = True
            who.save(update_fields=["is_active"])
            record("members.reactivated", actor_id=by.pk, subject=f"accounts.Membership:{who.pk}")


def leave(*, membership: Membership) -> None:
    """Leave a workspace oneself. Raises Conflict for the last owner."""
    with tenant(membership.workspace_id, step="members.leave"):
        owners = _locked_owners()
        who = member(membership.pk)
        if who.is_active:
            _keep_an_owner(owners, without=who)
            _end(who)
            record("members.left", actor_id=who.pk, subject=f"accounts.Membership:{who.pk}")


def _pair(by: Membership, membership_id: int, permission: Permission) -> tuple[Membership, Membership]:
    """Who acts and whom it concerns, both read anew: a role may have changed while waiting for the lock."""
    actor, who = member(by.pk), member(membership_id)
    require(actor, permission)
    if not reaches(actor.role, who.role):
        raise Forbidden(_("You cannot change somebody whose role may do more than yours."), code="above_self")
    return actor, who


def _locked_owners() -> set[int]:
    """Ids of the owners who can still sign in, locked in one order: two of them cannot demote each other at once."""
    # The lock is on memberships alone; people are shared with other workspaces.
    rows = active_owners().select_for_update(of=("self",))
    return {row.pk for row in rows}


def _keep_an_owner(owners: set[int], *, without: Membership) -> None:
    if owners == {without.pk}:
        raise Conflict(_("A workspace needs an owner: make somebody else owner first."), code="last_owner")


def _end(who: Membership) -> None:
    who.is_active = False
    who.save(update_fields=["is_active"])
    ApiToken.objects.filter(membership=who, revoked_at=None).update(revoked_at=now())
    tell_pages_in(who.workspace_id, user_id=who.user_id)
