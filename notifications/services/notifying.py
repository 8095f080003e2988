"""Telling members: set-based, once for each kind and subject until it is read, never whoever did it. Inside `tenant()`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounts.models import Membership
from accounts.selectors import members_named
from core.batches import execute_rows
from core.clock import now
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from notifications.hours import due
from notifications.kinds import Mail, kinds
from notifications.models import Preference, Rhythm
from notifications.selectors import hours_of

#: So long no second mail comes about what one mail told already and nobody read.
MAIL_REST = timedelta(hours=1)
SHAPE = (
    "member_id bigint, kind text, subject text, data jsonb, path text, times integer, happened_at timestamptz, event_id bigint, "
    "is_shown boolean, mail_at timestamptz"
)
#: What an event told already is not told again, also not once it was read. Rows come in one order, so that two batches
#: wait for each other instead of forever.
TELL = """
WITH told AS (
    INSERT INTO notifications_notification AS n (workspace_id, member_id, kind, subject, data, path, times, created_at, happened_at,
                                                 event_id, is_shown, mail_at)
    SELECT {w}, v.member_id, v.kind, v.subject, v.data, v.path, v.times, v.happened_at, v.happened_at, v.event_id, v.is_shown,
           v.mail_at
    FROM {rows}
    WHERE v.event_id = 0 OR NOT EXISTS (
        SELECT 1 FROM notifications_notification o WHERE o.workspace_id = {w} AND o.member_id = v.member_id
          AND o.subject = v.subject AND o.kind = v.kind AND o.event_id >= v.event_id)
    ORDER BY v.member_id, v.kind, v.subject
    ON CONFLICT (workspace_id, member_id, kind, subject) WHERE read_at IS NULL DO UPDATE SET
        data = excluded.data, path = excluded.path, times = n.times + excluded.times, event_id = excluded.event_id,
        happened_at = greatest(n.happened_at, excluded.happened_at), is_shown = n.is_shown OR excluded.is_shown,
        mail_at = CASE WHEN excluded.mail_at IS NULL THEN n.mail_at
                       ELSE least(n.mail_at, greatest(excluded.mail_at, n.mailed_at + interval '{rest} seconds')) END
    RETURNING n.member_id, (n.xmax = 0 AND n.is_shown) AS is_new
)
INSERT INTO notifications_unreadcount AS c (workspace_id, member_id, unread)
SELECT {w}, t.member_id, count(*) FILTER (WHERE t.is_new) FROM told t GROUP BY t.member_id ORDER BY t.member_id
ON CONFLICT (workspace_id, member_id) DO UPDATE SET unread = c.unread + excluded.unread
RETURNING c.member_id
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell some members. `path` lies below the workspace's address; `event_id` is the log's, 0 for none."""

    kind: str
    subject: str
    members: tuple[int, ...]
    path: str
    data: Mapping[str, Any] = field(default_factory=dict)
    actor_id: int | None = None
    at: datetime | None = None
    event_id: int = 0


def notify(notices: Iterable[Notice]) -> None:
    """Tell each notice to its members who are still active, but for the actor, by the ways they chose. Four queries at any size.

    Several of one kind and subject are one row, as the last of them says. Raises KeyError for a kind nobody declared.
    """
    wanted: dict[tuple[int, str, str], list[Notice]] = {}
    for notice in notices:
        for member_id in notice.members:
            if member_id != notice.actor_id:
                wanted.setdefault((member_id, notice.kind, notice.subject), []).append(notice)
    if not wanted:
        return
    people = {row.pk: row for row in members_named({key[0] for key in wanted})}
    chosen = {(row.member_id, row.kind): row for row in Preference.objects.filter(member_id__in=list(people))}
    rhythms = {row.member_id: row for row in Rhythm.objects.filter(member_id__in=list(people))}
    rows = []
    for key in sorted(wanted):
        person = people.get(key[0])
        if person is None:
            continue
        found = _row(person, wanted[key], chosen.get(key[:2]), rhythms.get(key[0]))
        if found is not None:
            rows.append(found)
    if not rows:
        return
    workspace = current_workspace_id()
    with connection.cursor() as cursor:
        sql = TELL.replace("{w}", str(int(workspace))).replace("{rest}", str(int(MAIL_REST.total_seconds())))
        execute_rows(cursor, sql, SHAPE, rows)
        told = [row[0] for row in cursor.fetchall()]
    for member_id in told:
        push_changed(group_name(workspace, "user", people[member_id].user_id), [], kind="notices")


def _row(person: Membership, notices: list[Notice], choice: Preference | None, rhythm: Rhythm | None) -> list[Any] | None:
    """What the member's own row says, or None where they want to hear of it in no way."""
    last = notices[-1]
    kind = kinds()[last.kind]
    in_app, mail = (choice.in_app, choice.mail) if choice else (kind.in_app, kind.mail)
    rhythm = rhythm or Rhythm(member_id=person.pk)
    mail = mail if rhythm.mail_on else Mail.NONE
    if not in_app and mail == Mail.NONE:
        return None
    moment = now()
    mail_at = due(mail, moment, hours_of(rhythm, person.user))
    happened = last.at or moment
    return [
        person.pk, last.kind, last.subject, dict(last.data), last.path, len(notices), happened, last.event_id, in_app, mail_at,
    ]  # fmt: skip
