"""Mail about what was not read: claimed and committed before it leaves, so that it comes at most once.

A worker that is killed between the two leaves a mail unsent; what it would have said stands in the member's list, unread. A mail
server that cannot be reached takes nothing, so the claim is given back.
"""

import smtplib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from accounts.middleware import zone_of
from accounts.models import Membership, Workspace
from core.clock import now
from core.failpoints import calling
from core.http import refuse_inside_transaction
from core.tenancy import current_workspace_id, tenant
from notifications.hours import quiet_until
from notifications.kinds import kinds
from notifications.models import Notification
from notifications.selectors import Shown, hours_of, rhythm_of, shown
from notifications.services.preferences import no_mail_token

#: So many members hear in one job; the rest follow in the next.
MEMBERS = 40
#: So many lines a mail shows; it says how many more there are.
LINES = 25
#: So long a mail server that was not reached is left alone, and so long it may take.
AGAIN, PATIENCE_SECONDS = timedelta(minutes=5), 20
DUE = """
SELECT member_id FROM notifications_notification WHERE workspace_id = %s AND mail_at <= %s
GROUP BY member_id ORDER BY min(mail_at), member_id LIMIT %s
"""
#: One worker at a time for a member: the other passes over, and finds nothing due.
ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended('digests:' || %s || ':' || %s, 0))"
MINE = """
SELECT id FROM notifications_notification WHERE workspace_id = %(w)s AND member_id = %(m)s AND mail_at <= %(now)s
ORDER BY kind, subject FOR UPDATE
"""
PUT_OFF = "UPDATE notifications_notification SET mail_at = %(at)s WHERE workspace_id = %(w)s AND id = ANY(%(ids)s)"
CLAIM = "UPDATE notifications_notification SET mail_at = NULL, mailed_at = %(now)s WHERE workspace_id = %(w)s AND id = ANY(%(ids)s)"
GIVE_BACK = """
UPDATE notifications_notification SET mail_at = %(at)s, mailed_at = NULL
WHERE workspace_id = %(w)s AND id = ANY(%(ids)s) AND read_at IS NULL AND mail_at IS NULL
"""

log = structlog.get_logger("rabta.notifications")


@dataclass(frozen=True, slots=True)
class Digest:
    """One mail that is ours alone to send."""

    member: Membership
    workspace: Workspace
    rows: list[Notification]


def due_workspaces(*, limit: int = 200) -> list[int]:
    """Workspaces in which a mail is due. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id FROM notifications_due_mail(%s)", [limit])
        return [row[0] for row in cursor.fetchall()]


def send_due(*, workspace_id: int) -> int:
    """Mail every member of this workspace for whom one is due. Returns for how many one was looked for, MEMBERS at most."""
    with tenant(workspace_id, step="digests.due"), connection.cursor() as cursor:
        cursor.execute(DUE, [workspace_id, now(), MEMBERS])
        members = [row[0] for row in cursor.fetchall()]
    for member_id in members:
        digest = claim(workspace_id=workspace_id, member_id=member_id)
        if digest is not None:
            send(digest)
    return len(members)


def claim(*, workspace_id: int, member_id: int) -> Digest | None:
    """Take what is due for one member, so that nobody else sends it. None where another worker is at it, in quiet hours, and for
    whoever left or wants no mail. Six queries at any number of rows.
    """
    moment = now()
    with tenant(workspace_id, step="digests.claim"), connection.cursor() as cursor:
        cursor.execute(ALONE, [workspace_id, member_id])
        if not cursor.fetchone()[0]:
            return None
        given: dict[str, Any] = {"w": workspace_id, "m": member_id, "now": moment}
        cursor.execute(MINE, given)
        given["ids"] = [row[0] for row in cursor.fetchall()]
        if not given["ids"]:
            return None
        member = Membership.objects.select_related("user").get(pk=member_id)
        rhythm = rhythm_of(member_id)
        if not (member.is_active and member.user.is_active and rhythm.mail_on):
            cursor.execute(PUT_OFF, {**given, "at": None})
            return None
        until = quiet_until(moment, hours_of(rhythm, member.user))
        if until is not None:
            cursor.execute(PUT_OFF, {**given, "at": until})
            return None
        cursor.execute(CLAIM, given)
        rows = Notification.objects.filter(id__in=given["ids"], kind__in=list(kinds())).order_by("-happened_at", "-id")
        return Digest(member, Workspace.objects.get(pk=workspace_id), list(rows))


def send(digest: Digest) -> bool:
    """Send what was claimed. Returns whether the mail server took it. Never raises for what a mail server does."""
    refuse_inside_transaction()
    if not digest.rows:
        return False
    line = get_connection(timeout=PATIENCE_SECONDS)
    try:
        line.open()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_server_away", error=repr(error))
        _give_back(digest, now() + AGAIN)
        return False
    try:
        with calling("digests.send"):
            line.send_messages([_letter(digest, line)])
    except (OSError, smtplib.SMTPException) as error:
        # It may have been taken before the line broke: once more could be twice.
        log.error("digest_lost", member=digest.member.pk, error=repr(error))
        return False
    finally:
        line.close()
    return True


def _give_back(digest: Digest, at: datetime) -> None:
    with tenant(digest.workspace.pk, step="digests.give_back"), connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, {"w": current_workspace_id(), "ids": [row.pk for row in digest.rows], "at": at})


def _letter(digest: Digest, line: Any) -> EmailMultiAlternatives:
    """The mail, in the person's own language, direction and zone."""
    user, slug = digest.member.user, digest.workspace.slug
    base = settings.BASE_URL.rstrip("/")
    end = base + reverse("notifications_no_mail", args=[no_mail_token(digest.member)])
    with translation.override(user.language), timezone.override(zone_of(user.time_zone)):
        lines = [shown(row, slug) for row in digest.rows]
        context = {
            "groups": _groups(lines[:LINES]),
            "more": max(len(lines) - LINES, 0),
            "workspace": digest.workspace.name,
            "person": user.display_name,
            "base": base,
            "all_url": f"{base}{reverse('notifications', args=[slug])}",
            "preferences_url": f"{base}{reverse('notification_preferences', args=[slug])}",
            "end_url": end,
            "language": user.language,
            "direction": "rtl" if translation.get_language_bidi() else "ltr",
        }
        subject = lines[0].text if len(lines) == 1 else _many(len(lines), digest.workspace.name)
        text = render_to_string("notifications/mail.txt", context)
        page = render_to_string("notifications/mail.html", context)
    headers = {
        "List-Unsubscribe": f"<{end}>",
        # RFC 8058: a mail program may end it with one POST.
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    letter = EmailMultiAlternatives(" ".join(subject.split()), text, None, [user.email], connection=line, headers=headers)
    letter.attach_alternative(page, "text/html")
    return letter


def _many(number: int, workspace: str) -> str:
    words = ngettext("{n} notification in {workspace}", "{n} notifications in {workspace}", number)
    return words.format(n=number, workspace=workspace)


def _groups(lines: list[Shown]) -> list[tuple[str, list[Shown]]]:
    """The lines below what they are about, in the order of their newest."""
    found: dict[str, list[Shown]] = {}
    for line in lines:
        found.setdefault(str(line.kind.label), []).append(line)
    return list(found.items())
