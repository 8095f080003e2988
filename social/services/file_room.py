"""The room that a workspace has for files: how much is taken, what is told when it is full, and how long files are kept.

What is taken is a number that goes up and down with the files, in the transaction that keeps or removes each: nothing counts rows.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.clock import now
from core.errors import Invalid
from core.tenancy import current_workspace_id, tenant
from social.models import FileRoom, StoredFile
from social.networks.errors import Rejected

#: Nobody means more than ten years.
MOST_DAYS = 3650
#: Past this share a full room is told before it is one.
NEARLY = 0.9
#: Files that a full room turned away are asked for again once there is room; what is told of it stands for so long. Seconds.
TOLD_SECONDS = 7 * 86_400

COUNT = """
INSERT INTO social_fileroom AS r (workspace_id, held, removed) VALUES (%s, greatest(%s, 0), 0)
ON CONFLICT (workspace_id) DO UPDATE SET held = greatest(r.held + %s, 0)
"""
FULL = """
INSERT INTO social_fileroom AS r (workspace_id, held, removed, full_at) VALUES (%s, 0, 0, %s)
ON CONFLICT (workspace_id) DO UPDATE SET full_at = excluded.full_at
"""


@dataclass(frozen=True, slots=True)
class Room:
    """A workspace's room, in bytes. `level` is good, nearly or full."""

    held: int
    most: int
    keep_days: int | None
    full_at: datetime | None
    swept_at: datetime | None
    removed: int

    @property
    def share(self) -> int:
        """How much is taken, in percent."""
        return min(round(100 * self.held / self.most), 100)

    @property
    def level(self) -> str:
        if self.held >= self.most:
            return "full"
        return "nearly" if self.held >= self.most * NEARLY else "good"

    @property
    def turned_away(self) -> bool:
        """Whether files were lately turned away."""
        return self.full_at is not None and (now() - self.full_at).total_seconds() < TOLD_SECONDS


def room() -> Room:
    """The workspace's room as it stands. One query for one row, however many files there are."""
    row = FileRoom.objects.first() or FileRoom()
    return Room(row.held, settings.MEDIA_WORKSPACE_BYTES, row.keep_days, row.full_at, row.swept_at, row.removed)


def count(change: int) -> None:
    """So many bytes more are kept, or fewer. In the transaction that keeps or removes them."""
    if change:
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [current_workspace_id(), change, change])


def count_anew() -> None:
    """Add up what is kept, whatever was counted. Reads every row: for the daily look, not for pages."""
    held = StoredFile.objects.aggregate(n=Sum("kept_size"))["n"] or 0
    FileRoom.objects.update(held=held)


def refuse_full(workspace_id: int) -> None:
    """Raise Rejected where a workspace keeps as many bytes as it may, and remember that for its admins. One short transaction."""
    with tenant(workspace_id, step="media.room"):
        full = room().level == "full"
        if full:
            with connection.cursor() as cursor:
                cursor.execute(FULL, [workspace_id, now()])
    if full:
        raise Rejected(_("This workspace has no room left for files."), code="no_room")


def change(*, member: Membership, keep_days: object) -> Room:
    """Say for how many days files are kept, None for ever; the next daily look removes what is older. In the caller's transaction.

    Raises Forbidden, Invalid (field `keep_days`).
    """
    require(member, Permission.WORKSPACE_MANAGE)
    if keep_days is not None and (not isinstance(keep_days, int) or isinstance(keep_days, bool) or not 1 <= keep_days <= MOST_DAYS):
        raise Invalid(_("A whole number of days from 1 to {most}, or nothing.").format(most=MOST_DAYS), field="keep_days")
    row, _made = FileRoom.objects.get_or_create()
    if row.keep_days != keep_days:
        # The next look is due at once: who says 30 days means today.
        FileRoom.objects.filter(pk=row.pk).update(keep_days=keep_days, swept_at=None)
        record("files.kept_for", actor_id=member.pk, subject="social.FileRoom", data={"days": keep_days, "before": row.keep_days})
    return room()
