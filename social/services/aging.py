"""Files grown old: their contents go after as many days as the workspace says, and that they were there stays known.

Once a day for each workspace, in small transactions: rows first, then the bytes, so that no row names what is gone. A process that
is killed in between leaves bytes that nothing names, which cost space and nothing else (docs/adr/media.md).
"""

import time
from datetime import timedelta

from django.db import connection
from django.db.models import Q

from activity.services.log import record
from core.clock import now
from core.tenancy import tenant
from social.models import FileRoom, FileState, StoredFile
from social.services import chosen_files, file_room, files

BATCH = 200
#: One run removes for about so many seconds, well within a worker's patience (CELERY_TASK_TIME_LIMIT); the next sweep goes on.
RUN_SECONDS = 60.0


def age(*, workspace_id: int) -> int:
    """Remove what is older than the workspace keeps, and what was chosen and never sent; count anew. Returns how many files were
    removed by age. Twice at once it does the same once.
    """
    while chosen_files.discard_unused(workspace_id):
        pass
    removed, done = 0, False
    until = time.monotonic() + RUN_SECONDS
    while not done and time.monotonic() < until:
        found = _remove_some(workspace_id)
        for keys in found:
            files.throw_away(keys, workspace_id=workspace_id)
        removed += len(found)
        done = not found
    with tenant(workspace_id, step="media.age"):
        file_room.count_anew()
        FileRoom.objects.update(removed=removed, **({"swept_at": now()} if done else {}))
        if removed:
            record("files.aged", actor_id=None, subject="social.FileRoom", data={"removed": removed})
    return removed


def _remove_some(workspace_id: int) -> list[tuple[str, ...]]:
    """Take the contents from some of the oldest rows. Returns their names in the vault."""
    with tenant(workspace_id, step="media.age"):
        days = file_room.room().keep_days
        if days is None:
            return []
        # What waits to be sent is kept until it has left, or for another such time.
        old = StoredFile.objects.filter(
            Q(source__isnull=False) | Q(used_at__lt=now() - timedelta(days=days)),
            state=FileState.KEPT,
            created_at__lt=now() - timedelta(days=days),
        )
        rows = list(old.select_for_update(skip_locked=True).order_by("created_at")[:BATCH])
        if not rows:
            return []
        StoredFile.objects.filter(id__in=[row.id for row in rows]).update(
            state=FileState.REMOVED, removed_at=now(), key="", large_key="", small_key="", kept_size=0, large_size=0, small_size=0
        )
        file_room.count(-sum(row.kept_size for row in rows))
        return [tuple(key for key in (row.key, row.large_key, row.small_key) if key) for row in rows]


def aging_workspaces(*, limit: int = 100) -> list[int]:
    """Workspaces whose files' ages were not looked at today. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id FROM social_aging_files(%s)", [limit])
        return [row[0] for row in cursor.fetchall()]
