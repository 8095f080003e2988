"""Status, assignee, read: what agents do to conversations besides answering. Each returns the conversation as it stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Membership, Team
from accounts.policies import Permission, require
from activity.services.log import record
from core.errors import Conflict, Invalid
from core.marks import TransactionId
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from inbox.models import Because, Conversation, Priority, Status
from inbox.selectors import get_conversation
from inbox.services import note_mentions, surveys
from inbox.services.filling import Filled, see_filled
from inbox.services.following import follow_by_itself


def change_facts(conversation: Conversation, event: str, member: Membership, **fields: object) -> Conversation:
    """Give a locked conversation these values, note `event` and tell open pages. Does nothing where nothing would change."""
    before = {name: getattr(conversation, name) for name in fields}
    if before == fields:
        return conversation
    for name, value in fields.items():
        setattr(conversation, name, value)
    conversation.version = TransactionId()  # type: ignore[assignment]
    conversation.save(update_fields=[*fields, "version"])
    data = {name: [_plain(before[name]), _plain(value)] for name, value in fields.items()}
    record(event, actor_id=member.id, subject=f"inbox.Conversation:{conversation.id}", data=data)
    push_changed(group_name(current_workspace_id(), "channel", conversation.channel_id), [conversation.id])
    return conversation


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def set_status(*, member: Membership, conversation_id: int, status: str, filled: Filled | None = None) -> Conversation:
    """Open, hold or resolve; resolving wants what the workspace's forms ask for, in `filled` or from an earlier time.

    Raises NotFound, Forbidden, Invalid (field `status`), Unfilled (field `values`).
    """
    require(member, Permission.CONVERSATIONS_RESOLVE)
    if status not in (Status.OPEN, Status.PENDING, Status.RESOLVED):
        raise Invalid(_("“{status}” is no status: use open, pending or resolved.").format(status=status), field="status")
    conversation = get_conversation(conversation_id, lock=True)
    fields: dict[str, object] = {"status": status}
    if conversation.status == Status.SNOOZED:
        fields |= {"snoozed_until": None, "sleeps_on": False}
    if status == Status.RESOLVED:
        fields |= {"waiting_since": None, "unread_count": 0}
        if conversation.status != Status.RESOLVED or filled is not None:
            see_filled(member=member, subject=conversation, filled=filled)
        if conversation.status != Status.RESOLVED:
            surveys.resolved(conversation=conversation, member=member)
    return change_facts(conversation, "conversations.status_changed", member, **fields)


def assign(
    *, member: Membership, conversation_id: int, assignee_id: int | None, expected_id: int | None = None, check: bool = False
) -> Conversation:
    """Give it to a member, or to nobody. With `check`, raises Conflict unless it is still `expected_id`'s: no silent stealing.

    Raises NotFound, Forbidden, Invalid (field `assignee`).
    """
    require(member, Permission.CONVERSATIONS_ASSIGN)
    conversation = get_conversation(conversation_id, lock=True)
    if check and conversation.assignee_id != expected_id:
        who = conversation.assignee.user.name if conversation.assignee else _("nobody")
        raise Conflict(_("Meanwhile this conversation went to {name}.").format(name=who), field="assignee")
    if assignee_id is not None and not Membership.objects.filter(id=assignee_id, is_active=True).exists():
        raise Invalid(_("There is no such member here."), field="assignee")
    if assignee_id is not None and assignee_id != conversation.assignee_id:
        follow_by_itself(conversation, [assignee_id], Because.ASSIGNED, actor_id=member.id)
    return change_facts(conversation, "conversations.assigned", member, assignee_id=assignee_id)


def assign_team(
    *, member: Membership, conversation_id: int, team_id: int | None, expected_id: int | None = None, check: bool = False
) -> Conversation:
    """Give it to a team, or to none. With `check`, raises Conflict unless it is still `expected_id`'s.

    Raises NotFound, Forbidden, Invalid (field `team`).
    """
    require(member, Permission.CONVERSATIONS_ASSIGN)
    conversation = get_conversation(conversation_id, lock=True)
    if check and conversation.team_id != expected_id:
        who = conversation.team.name if conversation.team else _("no team")
        raise Conflict(_("Meanwhile this conversation went to {name}.").format(name=who), field="team")
    if team_id is not None and not Team.objects.filter(id=team_id).exists():
        raise Invalid(_("There is no such team here."), field="team")
    return change_facts(conversation, "conversations.team_assigned", member, team_id=team_id)


def set_priority(*, member: Membership, conversation_id: int, priority: int) -> Conversation:
    """Raises NotFound, Forbidden, Invalid (field `priority`)."""
    require(member, Permission.CONVERSATIONS_ASSIGN)
    if priority not in Priority.values:
        raise Invalid(_("Priority is a number from 0 (low) to 3 (urgent)."), field="priority")
    conversation = get_conversation(conversation_id, lock=True)
    return change_facts(conversation, "conversations.priority_changed", member, priority=priority)


def change(*, member: Membership, conversation_id: int, changes: Mapping[str, Any]) -> Conversation:
    """Several of the above at once: `status` (with `form` and `values`), `priority`, `assignee` (with `expected_assignee`),
    `team` (with `expected_team`); what is not named stays.

    All or nothing, since the caller's transaction is rolled back with whatever is raised: NotFound, Forbidden, Invalid, Conflict.
    """
    conversation = get_conversation(conversation_id, lock=True)
    if not changes:
        raise Invalid(_("Name at least one field to change."), code="empty")
    if "expected_assignee" in changes and "assignee" not in changes:
        raise Invalid(_("This belongs to a new assignee."), field="expected_assignee")
    if changes.keys() & {"form", "values"} and changes.get("status") != Status.RESOLVED:
        raise Invalid(_("This belongs to resolving."), field="form" if "form" in changes else "values")
    if "expected_team" in changes and "team" not in changes:
        raise Invalid(_("This belongs to a new team."), field="expected_team")
    if "assignee" in changes:
        conversation = assign(
            member=member,
            conversation_id=conversation_id,
            assignee_id=changes["assignee"],
            expected_id=changes.get("expected_assignee"),
            check="expected_assignee" in changes,
        )
    if "team" in changes:
        conversation = assign_team(
            member=member,
            conversation_id=conversation_id,
            team_id=changes["team"],
            expected_id=changes.get("expected_team"),
            check="expected_team" in changes,
        )
    if "priority" in changes:
        conversation = set_priority(member=member, conversation_id=conversation_id, priority=changes["priority"])
    if "status" in changes:
        filled = Filled(changes.get("form"), changes.get("values") or {}) if changes.keys() & {"form", "values"} else None
        conversation = set_status(member=member, conversation_id=conversation_id, status=changes["status"], filled=filled)
    return conversation


def mark_read(*, member: Membership, conversation_id: int) -> Conversation:
    """Somebody who answers looked at it. Raises NotFound, Forbidden. Two queries when it was read already.

    Unread is the team's, so the look of a member who only watches changes nothing but their own mentions.
    """
    require(member, Permission.CONVERSATIONS_VIEW)
    conversation = get_conversation(conversation_id)
    note_mentions.mark_read(member=member, conversation_id=conversation.id)
    if conversation.unread_count == 0 or not member.may(Permission.CONVERSATIONS_REPLY):
        return conversation
    Conversation.objects.filter(id=conversation.id).update(unread_count=0, version=TransactionId())
    conversation.unread_count = 0
    push_changed(group_name(current_workspace_id(), "channel", conversation.channel_id), [conversation.id])
    return conversation


def mark_unread(*, member: Membership, conversation_id: int) -> Conversation:
    """Leave it for later, in bold. Raises NotFound, Forbidden."""
    require(member, Permission.CONVERSATIONS_REPLY)
    conversation = get_conversation(conversation_id, lock=True)
    return change_facts(conversation, "conversations.marked_unread", member, unread_count=max(conversation.unread_count, 1))

