"""Following a conversation: by choice, and by itself where a member's habit says so. Nothing brings back whoever left."""

from collections.abc import Iterable

from django.db import connection

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record, record_many
from core.clock import now
from core.marks import TransactionId
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from inbox.models import Because, Conversation, Follower, FollowHabit
from inbox.selectors import get_conversation, habit_of

#: Members whose habit does not forbid it, and who never left this conversation.
FOLLOW = """
INSERT INTO inbox_follower (workspace_id, conversation_id, member_id, because, is_on, since)
SELECT %(w)s, %(c)s, m.id, %(because)s, true, %(now)s FROM accounts_membership m
WHERE m.workspace_id = %(w)s AND m.id = ANY(%(ids)s) AND m.is_active
  AND NOT EXISTS (SELECT 1 FROM inbox_followhabit h WHERE h.workspace_id = m.workspace_id AND h.member_id = m.id AND NOT {habit})
ON CONFLICT (workspace_id, conversation_id, member_id) DO NOTHING RETURNING member_id
"""
#: The same for one member and many conversations.
FOLLOW_ALL = """
INSERT INTO inbox_follower (workspace_id, conversation_id, member_id, because, is_on, since)
SELECT %(w)s, c.id, m.id, %(because)s, true, %(now)s FROM unnest(%(ids)s::bigint[]) AS c (id), accounts_membership m
WHERE m.workspace_id = %(w)s AND m.id = %(member)s AND m.is_active
  AND NOT EXISTS (SELECT 1 FROM inbox_followhabit h WHERE h.workspace_id = m.workspace_id AND h.member_id = m.id AND NOT {habit})
ON CONFLICT (workspace_id, conversation_id, member_id) DO NOTHING RETURNING conversation_id
"""
HABITS = {Because.ASSIGNED: "h.assigned", Because.MENTIONED: "h.mentioned", Because.WROTE: "h.wrote"}


def follow(*, member: Membership, conversation_id: int) -> Conversation:
    """Be told of what happens in it from now on. Raises NotFound, Forbidden."""
    return _set(member, conversation_id, is_on=True)


def unfollow(*, member: Membership, conversation_id: int) -> Conversation:
    """Be told no more, whatever happens. Raises NotFound, Forbidden."""
    return _set(member, conversation_id, is_on=False)


def _set(member: Membership, conversation_id: int, *, is_on: bool) -> Conversation:
    require(member, Permission.CONVERSATIONS_VIEW)
    conversation = get_conversation(conversation_id, lock=True)
    row = Follower.objects.filter(conversation=conversation, member_id=member.id).first()
    if (row is not None and row.is_on) == is_on:
        return conversation
    facts = {"is_on": is_on, "because": Because.CHOSEN, "since": now()}
    Follower.objects.update_or_create(conversation=conversation, member_id=member.id, defaults=facts)
    _told(conversation, "conversations.followed" if is_on else "conversations.unfollowed", member.id, member.id, Because.CHOSEN)
    # Lists of what somebody follows change with it.
    Conversation.objects.filter(id=conversation.id).update(version=TransactionId())
    push_changed(group_name(current_workspace_id(), "channel", conversation.channel_id), [conversation.id])
    return conversation


def follow_by_itself(conversation: Conversation, member_ids: Iterable[int], because: Because, *, actor_id: int) -> None:
    """Let these members follow, unless their habit says otherwise or they left it. One statement, one event for each who is new.

    The caller changes the conversation in the same transaction, and pushes.
    """
    ids = sorted(set(member_ids))
    if not ids:
        return
    given = {"w": current_workspace_id(), "c": conversation.id, "because": because, "now": now(), "ids": ids}
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW.format(habit=HABITS[because]), given)
        fresh = [row[0] for row in cursor.fetchall()]
    for member_id in fresh:
        _told(conversation, "conversations.followed", member_id, actor_id, because)


def follow_all(conversation_ids: Iterable[int], member_id: int, because: Because, *, actor_id: int) -> set[int]:
    """Let one member follow many conversations, unless their habit says otherwise or they left. Two statements; returns whom anew.

    The caller changes the conversations in the same transaction, and pushes.
    """
    given = {"w": current_workspace_id(), "ids": list(conversation_ids), "because": because, "now": now(), "member": member_id}
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW_ALL.format(habit=HABITS[because]), given)
        fresh = {row[0] for row in cursor.fetchall()}
    data = {"member": member_id, "because": because.value}
    entries = [(f"inbox.Conversation:{number}", data) for number in sorted(fresh)]
    record_many("conversations.followed", actor_id=actor_id, entries=entries)
    return fresh


def unfollow_all(conversation_ids: Iterable[int], member_id: int, because: Because, *, actor_id: int) -> None:
    """Take back what `follow_all` did, where nobody chose otherwise since. Two statements."""
    rows = Follower.objects.filter(conversation_id__in=list(conversation_ids), member_id=member_id, because=because, is_on=True)
    there = list(rows.values_list("conversation_id", flat=True))
    rows.delete()
    data = {"member": member_id, "because": because.value}
    entries = [(f"inbox.Conversation:{number}", data) for number in there]
    record_many("conversations.unfollowed", actor_id=actor_id, entries=entries)


def _told(conversation: Conversation, event: str, member_id: int, actor_id: int, because: Because) -> None:
    data = {"member": member_id, "because": because.value}
    record(event, actor_id=actor_id, subject=f"inbox.Conversation:{conversation.id}", data=data)


def set_habit(*, member: Membership, assigned: bool, mentioned: bool, wrote: bool) -> FollowHabit:
    """Say when one follows by oneself. Raises Forbidden."""
    require(member, Permission.CONVERSATIONS_VIEW)
    wanted = {"assigned": assigned, "mentioned": mentioned, "wrote": wrote}
    before = habit_of(member)
    if before.pk is not None and all(getattr(before, name) == value for name, value in wanted.items()):
        return before
    row, _made = FollowHabit.objects.update_or_create(member_id=member.id, defaults=wanted)
    record("follow_habits.changed", actor_id=member.id, subject=f"accounts.Membership:{member.id}", data=wanted)
    return row
