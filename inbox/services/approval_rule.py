"""The workspace's rule about public replies that need approval, and who is asked to keep it: replies and edits."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, Role, require
from activity.services.log import record
from core.errors import Conflict, Invalid
from inbox.models import ApprovalRule, Visibility
from social.models import Channel


def rule() -> ApprovalRule:
    """The rule as it stands; one that binds nobody where none was made. One query."""
    return ApprovalRule.objects.first() or ApprovalRule()


def binds(found: ApprovalRule, member: Membership, *, channel_id: int, visibility: str) -> bool:
    """Whether what this member says there, seen by that, waits for approval. Pure."""
    public = visibility == Visibility.PUBLIC
    return public and member.role in found.roles and (not found.channels or channel_id in found.channels)


def needed(member: Membership, *, channel_id: int, visibility: str) -> bool:
    """Whether what this member says there waits for approval. One query, none for what is private."""
    return visibility == Visibility.PUBLIC and binds(rule(), member, channel_id=channel_id, visibility=visibility)


def refuse_unapproved(member: Membership, *, channel_id: int, visibility: str) -> None:
    """Raise Conflict (code `needs_approval`) where this member's words there have to be approved first."""
    if needed(member, channel_id=channel_id, visibility=visibility):
        raise Conflict(_("Public answers of your role need approval here."), field="body", code="needs_approval")


def set_rule(*, member: Membership, roles: Iterable[str], channel_ids: Iterable[int]) -> ApprovalRule:
    """Say whose public replies need approval, and on which channels (none named: on all). Raises Forbidden, Invalid."""
    require(member, Permission.WORKSPACE_MANAGE)
    wanted, places = sorted(set(roles)), sorted(set(channel_ids))
    if not set(wanted) <= set(Role.values):
        raise Invalid(_("There is no such role."), field="roles")
    if Channel.objects.filter(id__in=places).count() < len(places):
        raise Invalid(_("There is no such channel."), field="channels")
    found = rule()
    found.roles, found.channels = wanted, places
    found.save()
    record("approvals.rule_changed", actor_id=member.id, data={"roles": wanted, "channels": places})
    return found
