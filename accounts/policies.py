"""Who may do what: a table of roles, and the two questions about granting that follow from it.

Nothing here asks the database. A new right is one line in `Permission`, and its name in the rows of `ROLES`.
"""

from enum import StrEnum
from typing import Protocol

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.errors import Forbidden


class Role(models.TextChoices):
    """The roles of a workspace, highest first."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    SUPERVISOR = "supervisor", _("Supervisor")
    AGENT = "agent", _("Agent")
    SALES = "sales", _("Sales")
    VIEWER = "viewer", _("Viewer")


class Permission(StrEnum):
    """One thing a member may do. The value is what templates and the API show."""

    CONVERSATIONS_VIEW = "conversations.view"
    CONVERSATIONS_REPLY = "conversations.reply"
    CONVERSATIONS_ASSIGN = "conversations.assign"
    CONVERSATIONS_RESOLVE = "conversations.resolve"
    #: Hiding and deleting what customers wrote.
    CONVERSATIONS_MODERATE = "conversations.moderate"
    #: Renaming, merging and deleting the workspace's tags.
    TAGS_MANAGE = "tags.manage"
    #: Keeping views for a team or for everybody.
    VIEWS_SHARE = "views.share"
    #: Letting public replies go that the workspace's rule holds.
    REPLIES_APPROVE = "replies.approve"
    #: Writing something new in the company's name, for everybody to read.
    POSTS_PUBLISH = "posts.publish"
    #: Words kept for a team or for everybody; one's own are for whoever replies.
    SAVED_REPLIES_MANAGE = "saved_replies.manage"
    TICKETS_VIEW = "tickets.view"
    TICKETS_WORK = "tickets.work"
    CONTACTS_VIEW = "contacts.view"
    CONTACTS_EDIT = "contacts.edit"
    CHANNELS_VIEW = "channels.view"
    CHANNELS_CONNECT = "channels.connect"
    CHANNELS_MANAGE = "channels.manage"
    DEALS_VIEW = "deals.view"
    DEALS_EDIT = "deals.edit"
    PEOPLE_VIEW = "people.view"
    PEOPLE_INVITE = "people.invite"
    PEOPLE_MANAGE = "people.manage"
    ROLES_GRANT = "roles.grant"
    TEAMS_MANAGE = "teams.manage"
    TOKENS_MANAGE = "tokens.manage"
    AUDIT_VIEW = "audit.view"
    WORKSPACE_MANAGE = "workspace.manage"
    #: What only an owner holds: it keeps the owner's role out of everybody else's reach.
    WORKSPACE_OWN = "workspace.own"


_P = Permission
_VIEWER = frozenset(
    {_P.CONVERSATIONS_VIEW, _P.TICKETS_VIEW, _P.CONTACTS_VIEW, _P.CHANNELS_VIEW, _P.DEALS_VIEW, _P.PEOPLE_VIEW}
)
_AGENT = _VIEWER | {
    _P.CONVERSATIONS_REPLY,
    _P.CONVERSATIONS_ASSIGN,
    _P.CONVERSATIONS_RESOLVE,
    _P.TICKETS_WORK,
    _P.CONTACTS_EDIT,
}
_SALES = _AGENT | {_P.DEALS_EDIT}
_SUPERVISOR = _SALES | {
    _P.CONVERSATIONS_MODERATE,
    _P.TAGS_MANAGE,
    _P.VIEWS_SHARE,
    _P.REPLIES_APPROVE,
    _P.POSTS_PUBLISH,
    _P.SAVED_REPLIES_MANAGE,
    _P.PEOPLE_INVITE,
    _P.TEAMS_MANAGE,
    _P.AUDIT_VIEW,
}
_OWNER = frozenset(_P)

#: Role → what it may do. Read it as a table; each row is a set.
ROLES: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _OWNER,
    Role.ADMIN: _OWNER - {_P.WORKSPACE_OWN},
    Role.SUPERVISOR: _SUPERVISOR,
    Role.AGENT: _AGENT,
    Role.SALES: _SALES,
    Role.VIEWER: _VIEWER,
}


def permissions_of(role: str) -> frozenset[Permission]:
    """What a role may do. An unknown role, say from a newer version's row, may do nothing."""
    return ROLES[Role(role)] if role in Role.values else frozenset()


def reaches(role: str, other: str) -> bool:
    """Whether `role` holds everything `other` holds: nobody gives, takes or changes what is above himself."""
    return permissions_of(other) <= permissions_of(role)


def grantable_roles(role: str) -> list[Role]:
    """The roles somebody of this role may hand out, highest first."""
    return [other for other in Role if reaches(role, other)]


class Holder(Protocol):
    """Whoever holds rights: a membership."""

    def may(self, permission: Permission) -> bool: ...


def require(holder: Holder, permission: Permission) -> None:
    """Raise Forbidden unless the member may do that. Views and services ask alike; it costs one look-up."""
    if not holder.may(permission):
        raise Forbidden(_("Your role in this workspace does not include this."), detail={"permission": str(permission)})
