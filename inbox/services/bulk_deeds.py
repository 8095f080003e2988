"""What each deed on many conversations means for one of them: its right, what it needs, which values it gives."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Team
from accounts.policies import Permission
from core.errors import Invalid
from crm.selectors import tags_of
from inbox.models import BulkAction, Conversation, Priority, Status
from inbox.services.snoozing import checked_moment
from inbox.services.tagging import MAX_TAGS

#: Action → the right it wants.
RIGHTS = {
    BulkAction.STATUS: Permission.CONVERSATIONS_RESOLVE,
    BulkAction.SNOOZE: Permission.CONVERSATIONS_RESOLVE,
    BulkAction.ASSIGN: Permission.CONVERSATIONS_ASSIGN,
    BulkAction.TEAM: Permission.CONVERSATIONS_ASSIGN,
    BulkAction.PRIORITY: Permission.CONVERSATIONS_ASSIGN,
    BulkAction.TAG: Permission.CONVERSATIONS_ASSIGN,
    BulkAction.READ: Permission.CONVERSATIONS_REPLY,
}
#: Action → what the log calls it, as it does when it is done to one.
EVENTS = {
    BulkAction.STATUS: "conversations.status_changed",
    BulkAction.SNOOZE: "conversations.snoozed",
    BulkAction.ASSIGN: "conversations.assigned",
    BulkAction.TEAM: "conversations.team_assigned",
    BulkAction.PRIORITY: "conversations.priority_changed",
    BulkAction.TAG: "conversations.tagged",
    BulkAction.READ: "conversations.marked_read",
}
#: Why a conversation was left alone, or kept when the rest was undone.
REASONS: dict[str, str | Promise] = {
    "theirs": gettext_lazy("Somebody else has it"),
    "meanwhile": gettext_lazy("Meanwhile it went to somebody else"),
    "too_many": gettext_lazy("It would have too many tags"),
    "unfilled": gettext_lazy("What its form asks for is not filled in"),
    "changed": gettext_lazy("Somebody changed it meanwhile"),
    "no_member": gettext_lazy("Who had it is no member any more"),
    "right": gettext_lazy("Whoever asked may not do this any more"),
}
#: What deeds change, and what undoing gives back: column → its type in the statement that writes them all.
COLUMNS = {
    "status": "text",
    "priority": "smallint",
    "assignee_id": "bigint",
    "team_id": "bigint",
    "unread_count": "integer",
    "waiting_since": "timestamptz",
    "snoozed_until": "timestamptz",
    "sleeps_on": "boolean",
}


def checked(action: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What an action needs, ready to be kept. Raises Invalid naming the field. At most one query."""
    if action not in BulkAction.values:
        raise Invalid(_("There is no such deed."), field="action")
    return {"spare": bool(given.get("spare")), **_CHECKS[BulkAction(action)](given)}


def _status(given: Mapping[str, Any]) -> dict[str, Any]:
    status = given.get("status")
    if status not in (Status.OPEN, Status.PENDING, Status.RESOLVED):
        raise Invalid(_("“{status}” is no status: use open, pending or resolved.").format(status=status), field="status")
    return {"status": str(status)}


def _snooze(given: Mapping[str, Any]) -> dict[str, Any]:
    until = given.get("until")
    if not isinstance(until, datetime):
        raise Invalid(_("Say until when."), field="until", code="required")
    return {"until": checked_moment(until).isoformat(), "sleeps_on": bool(given.get("sleeps_on"))}


def _assign(given: Mapping[str, Any]) -> dict[str, Any]:
    assignee = given.get("assignee")
    if assignee is not None and not Membership.objects.filter(id=assignee, is_active=True).exists():
        raise Invalid(_("There is no such member here."), field="assignee")
    return {"assignee": assignee}


def _team(given: Mapping[str, Any]) -> dict[str, Any]:
    team = given.get("team")
    if team is not None and not Team.objects.filter(id=team).exists():
        raise Invalid(_("There is no such team here."), field="team")
    return {"team": team}


def _priority(given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("priority") not in Priority.values:
        raise Invalid(_("Priority is a number from 0 (low) to 3 (urgent)."), field="priority")
    return {"priority": given["priority"]}


def _tag(given: Mapping[str, Any]) -> dict[str, Any]:
    add = sorted(set(given.get("add") or ()))
    remove = sorted(set(given.get("remove") or ()) - set(add))
    names = {tag.pk: tag.name for tag in tags_of([*add, *remove])}
    if any(number not in names for number in add):
        raise Invalid(_("There is no such tag."), field="add")
    if not add and not remove:
        raise Invalid(_("Name a tag."), field="add", code="required")
    if len(add) > MAX_TAGS:
        raise Invalid(_("A conversation has at most {limit} tags.").format(limit=MAX_TAGS), field="add", code="too_many")
    return {"add": add, "remove": remove, "names": {str(number): name for number, name in names.items()}}


_CHECKS: dict[BulkAction, Any] = {
    BulkAction.STATUS: _status,
    BulkAction.SNOOZE: _snooze,
    BulkAction.ASSIGN: _assign,
    BulkAction.TEAM: _team,
    BulkAction.PRIORITY: _priority,
    BulkAction.TAG: _tag,
    BulkAction.READ: lambda given: {},
}


def values_for(action: str, given: Mapping[str, Any], row: Conversation) -> dict[str, Any]:
    """The columns a deed gives one conversation; those that are so already are among them. Tags are no column."""
    if action == BulkAction.STATUS:
        asleep = {"snoozed_until": None, "sleeps_on": False} if row.status == Status.SNOOZED else {}
        done = {"waiting_since": None, "unread_count": 0} if given["status"] == Status.RESOLVED else {}
        return {"status": given["status"], **asleep, **done}
    if action == BulkAction.SNOOZE:
        until = datetime.fromisoformat(given["until"])
        return {"status": Status.SNOOZED.value, "snoozed_until": until, "sleeps_on": given["sleeps_on"]}
    if action == BulkAction.ASSIGN:
        return {"assignee_id": given["assignee"]}
    if action == BulkAction.TEAM:
        return {"team_id": given["team"]}
    if action == BulkAction.PRIORITY:
        return {"priority": given["priority"]}
    return {"unread_count": 0} if action == BulkAction.READ else {}


def plain(value: Any) -> Any:
    """A column's value as JSON keeps it."""
    return value.isoformat() if isinstance(value, datetime) else value


def standing(row: Conversation, names: Any) -> dict[str, Any]:
    """How these columns of a conversation stand, as JSON keeps them."""
    return {name: plain(getattr(row, name)) for name in names}
