"""Invitations: made, revoked, accepted once."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from accounts.doors import workspace_behind_invitation
from accounts.models import Invitation, Membership, User
from accounts.models.invitation import MAX_DAYS
from accounts.models.user import normal_email
from accounts.policies import Permission, Role, reaches, require
from accounts.secrets import new_link_token, token_hash
from accounts.selectors import dead_link, still_covered, team
from accounts.services.teams import seat
from activity.services.log import record
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.tenancy import tenant

#: Where the session keeps the hash of the invitation a stranger came with. Never the link itself.
PENDING = "invitation"


def invite(*, by: Membership, email: str, role: str, team_id: int | None = None, days: int = MAX_DAYS) -> tuple[Invitation, str]:
    """Make a link for one address. The second value is its secret part: show it once, it is not kept.

    An earlier open link for the address is revoked. Raises Forbidden (for a role above one's own, too), Invalid,
    Conflict.
    """
    require(by, Permission.PEOPLE_INVITE)
    address = _address(email)
    if role not in Role.values:
        raise Invalid(_("There is no such role."), field="role")
    if not reaches(by.role, role):
        raise Forbidden(_("You cannot give a role that may do more than yours."), field="role", code="above_self")
    if not 1 <= days <= MAX_DAYS:
        raise Invalid(_("An invitation works for 1 to %(days)d days.") % {"days": MAX_DAYS}, field="days")
    secret = new_link_token()
    with tenant(by.workspace_id, step="invitations.create"):
        if Membership.objects.filter(user__email=address, is_active=True).exists():
            raise Conflict(_("%(email)s is a member already.") % {"email": address}, field="email", code="member")
        into = team(team_id) if team_id is not None else None
        moment = now()
        Invitation.objects.filter(email=address, accepted_at=None, revoked_at=None).update(revoked_at=moment)
        invitation = Invitation(
            email=address,
            role=role,
            team=into,
            token_hash=token_hash(secret),
            invited_by=by,
            created_at=moment,
            expires_at=moment + timedelta(days=days),
        )
        invitation.save(force_insert=True)
        record(
            "members.invited",
            actor_id=by.pk,
            subject=f"accounts.Invitation:{invitation.pk}",
            data={"email": address, "role": role},
        )
    return invitation, secret


def revoke_invitation(*, by: Membership, invitation_id: int) -> None:
    """Make a link useless. Raises Forbidden, NotFound, Conflict once it was accepted. Twice changes nothing."""
    require(by, Permission.PEOPLE_INVITE)
    with tenant(by.workspace_id, step="invitations.revoke"):
        invitation = Invitation.objects.select_for_update().filter(pk=invitation_id).first()
        if invitation is None:
            raise NotFound(_("There is no such invitation here."))
        if invitation.accepted_at is not None:
            raise Conflict(_("This invitation was accepted meanwhile."), code="accepted")
        if not reaches(by.role, invitation.role):
            raise Forbidden(_("This invitation is for a role above yours."), code="above_self")
        if invitation.revoked_at is None:
            Invitation.objects.filter(pk=invitation_id).update(revoked_at=now())
            record(
                "members.invitation_revoked",
                actor_id=by.pk,
                subject=f"accounts.Invitation:{invitation_id}",
                data={"email": invitation.email},
            )


def accept_invitation(*, hashed: str, user: User) -> Membership:
    """Make `user` a member, once. `hashed` is the SHA-256 of the link's secret.

    Raises NotFound for a link that does not work, Forbidden when it is for another address, Conflict for a member.
    """
    workspace_id = workspace_behind_invitation(hashed)
    if workspace_id is None:
        raise dead_link()
    with tenant(workspace_id, step="invitations.accept"):
        invitation = (
            Invitation.objects.select_for_update(of=("self",)).select_related("invited_by__user").filter(token_hash=hashed).first()
        )
        if invitation is None or not invitation.is_open(now()) or not still_covered(invitation):
            raise dead_link()
        if normal_email(user.email) != invitation.email:
            raise Forbidden(
                _("This invitation is for %(email)s. Sign in with that address.") % {"email": invitation.email},
                code="wrong_address",
            )
        membership = _joined(user, invitation)
        Invitation.objects.filter(pk=invitation.pk).update(accepted_at=now())
        if invitation.team_id is not None:
            seat(team_id=invitation.team_id, membership_id=membership.pk)
        record(
            "members.joined",
            actor_id=membership.pk,
            subject=f"accounts.Membership:{membership.pk}",
            data={"role": membership.role, "invited_by": invitation.invited_by_id},
        )
    return membership


def _joined(user: User, invitation: Invitation) -> Membership:
    """The membership an invitation makes: new, or the former one brought back in the new role."""
    former = Membership.objects.select_for_update().filter(user=user).first()
    if former is None:
        membership = Membership(user=user, role=invitation.role)
        membership.save(force_insert=True)
        return membership
    if former.is_active:
        raise Conflict(_("You are a member of this workspace already."), code="member")
    former.role, former.is_active, former.joined_at = invitation.role, True, now()
    former.save(update_fields=["role", "is_active", "joined_at"])
    return former


def _address(email: str) -> str:
    address = normal_email(email)
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid(_("Enter a valid email address."), field="email") from error
    if len(address) > 254:
        raise Invalid(_("Enter a valid email address."), field="email")
    return address
