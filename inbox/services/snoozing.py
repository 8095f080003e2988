"""Sleeping conversations: put to sleep until a moment, woken by it, by their customer, or by a person."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _

from accounts.middleware import zone_of
from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core import when
from core.clock import now
from core.errors import Invalid
from core.marks import TRANSACTION_ID_SQL
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from core.when import Understood
from inbox.models import Conversation, Status
from inbox.selectors import get_conversation
from inbox.services.triage import change_facts

#: So many wake in one transaction; the rest follow in the next.
WAKES = 200
#: Whoever wakes first holds the row; the other passes over it, and finds it awake.
WAKE = """
WITH due AS (
    SELECT id FROM inbox_conversation WHERE workspace_id = %(w)s AND status = 'snoozed' AND snoozed_until <= clock_timestamp()
    ORDER BY snoozed_until LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
UPDATE inbox_conversation c SET status = 'open', snoozed_until = NULL, sleeps_on = false,
       said_at = coalesce(c.said_at, c.last_activity_at), last_activity_at = greatest(c.last_activity_at, clock_timestamp()),
       version = {xid}
FROM due WHERE c.workspace_id = %(w)s AND c.id = due.id RETURNING c.id, c.channel_id
"""


def understood(text: str, *, member: Membership) -> Understood:
    """The moment a member means, in their own zone and calendar. Raises Invalid naming `text`."""
    return when.understand(text, moment=own_now(member), calendar=member.user.calendar)


def own_now(member: Membership) -> datetime:
    """The present moment on the member's own clock."""
    return now().astimezone(zone_of(member.user.time_zone))


def snooze(*, member: Membership, conversation_id: int, until: datetime, sleeps_on: bool = False) -> Conversation:
    """Let it sleep until then. `sleeps_on`: also when the customer writes meanwhile; else their word wakes it.

    Raises NotFound, Forbidden, Invalid (field `until`) for a moment that has passed or is years away.
    """
    require(member, Permission.CONVERSATIONS_RESOLVE)
    checked_moment(until)
    conversation = get_conversation(conversation_id, lock=True)
    facts = {"status": Status.SNOOZED, "snoozed_until": until, "sleeps_on": sleeps_on}
    return change_facts(conversation, "conversations.snoozed", member, **facts)


def checked_moment(until: datetime) -> datetime:
    """A moment until which something may sleep. Raises Invalid (field `until`) for one that has passed or is years away."""
    if until <= now():
        raise Invalid(_("That moment has passed."), field="until", code="passed")
    if until > now() + when.FURTHEST + timedelta(days=1):
        raise Invalid(_("That is more than five years away."), field="until", code="too_far")
    return until


def wake_due() -> int:
    """Wake what is due in the selected workspace: open, on top of the list, each told in the log. Returns how many woke."""
    with connection.cursor() as cursor:
        cursor.execute(WAKE.format(xid=TRANSACTION_ID_SQL), {"w": current_workspace_id(), "most": WAKES})
        woken = cursor.fetchall()
    for conversation_id, channel_id in woken:
        record("conversations.woken", actor_id=None, subject=f"inbox.Conversation:{conversation_id}")
        push_changed(group_name(current_workspace_id(), "channel", channel_id), [conversation_id])
    return len(woken)


def due_workspaces(*, limit: int = 200) -> list[int]:
    """Workspaces in which something should be awake. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id FROM inbox_due_sleepers(%s)", [limit])
        return [row[0] for row in cursor.fetchall()]
