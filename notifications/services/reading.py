"""Reading what one was told, and leaving it for later. Only ever one's own."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from accounts.models import Membership
from accounts.policies import Permission, require
from core.clock import now
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id

#: Locked in the order in which `notify` writes. What nobody read in the list needs no mail any more.
READ = """
WITH mine AS (
    SELECT id FROM notifications_notification
    WHERE workspace_id = %(w)s AND member_id = %(m)s AND read_at IS NULL AND {which} ORDER BY kind, subject FOR UPDATE
), done AS (
    UPDATE notifications_notification n SET read_at = %(now)s, mail_at = NULL FROM mine
    WHERE n.workspace_id = %(w)s AND n.id = mine.id RETURNING n.is_shown
)
UPDATE notifications_unreadcount c SET unread = greatest(c.unread - (SELECT count(*) FROM done WHERE is_shown), 0)
WHERE c.workspace_id = %(w)s AND c.member_id = %(m)s AND EXISTS (SELECT 1 FROM done) RETURNING c.unread
"""
#: One of each kind and subject, and none where a newer one is unread already.
UNREAD = """
WITH mine AS (
    SELECT DISTINCT ON (o.kind, o.subject) o.id FROM notifications_notification o
    WHERE o.workspace_id = %(w)s AND o.member_id = %(m)s AND o.read_at IS NOT NULL AND o.is_shown AND o.id = ANY(%(ids)s)
      AND NOT EXISTS (
        SELECT 1 FROM notifications_notification u WHERE u.workspace_id = o.workspace_id AND u.member_id = o.member_id
          AND u.kind = o.kind AND u.subject = o.subject AND u.read_at IS NULL)
    ORDER BY o.kind, o.subject, o.happened_at DESC
), done AS (
    UPDATE notifications_notification n SET read_at = NULL FROM mine WHERE n.workspace_id = %(w)s AND n.id = mine.id RETURNING n.id
)
UPDATE notifications_unreadcount c SET unread = c.unread + (SELECT count(*) FROM done)
WHERE c.workspace_id = %(w)s AND c.member_id = %(m)s AND EXISTS (SELECT 1 FROM done) RETURNING c.unread
"""


def mark_read(*, member: Membership, ids: Iterable[int]) -> None:
    """Those of one's own with these numbers are read. What is not one's own is left alone. Raises Forbidden."""
    _change(member, READ.format(which="id = ANY(%(ids)s)"), ids=sorted(set(ids)))


def mark_subject_read(*, member: Membership, subject: str) -> None:
    """Everything about this subject is read, since the member has it open. Raises Forbidden."""
    _change(member, READ.format(which="subject = %(subject)s"), subject=subject)


def mark_all_read(*, member: Membership) -> None:
    """Everything is read. Raises Forbidden."""
    _change(member, READ.format(which="true"))


def mark_unread(*, member: Membership, ids: Iterable[int]) -> None:
    """Leave these for later. No mail comes of it. Raises Forbidden."""
    _change(member, UNREAD, ids=sorted(set(ids)))


def _change(member: Membership, sql: str, **given: Any) -> None:
    """One statement; the person's other pages hear of it when it changed anything."""
    require(member, Permission.CONVERSATIONS_VIEW)
    workspace = current_workspace_id()
    with connection.cursor() as cursor:
        cursor.execute(sql, {"w": workspace, "m": member.pk, "now": now(), **given})
        changed = cursor.fetchone()
    if changed is not None:
        push_changed(group_name(workspace, "user", member.user_id), [], kind="notices")
