"""Writing to the log."""

from collections.abc import Iterable
from typing import Any

from activity.models import Event
from activity.subscribers import listening_to
from core.clock import now
from core.jobs import ring
from core.tenancy import current_workspace_id


def record(kind: str, *, actor_id: int | None, subject: str = "", data: dict[str, Any] | None = None) -> None:
    """Append one event of the selected workspace, in the caller's transaction, and ring its subscribers after commit.

    `subject` names a row as `room.Model:id`. One INSERT.
    """
    Event(kind=kind, actor_id=actor_id, subject=subject, data=data or {}, occurred_at=now()).save(force_insert=True)
    for subscriber in listening_to(kind):
        ring("activity.tasks.deliver", current_workspace_id(), subscriber)


def record_many(kind: str, *, actor_id: int | None, entries: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Append one event for each subject with its data, in the caller's transaction. One INSERT; none without entries."""
    moment = now()
    rows = [Event(kind=kind, actor_id=actor_id, subject=subject, data=data, occurred_at=moment) for subject, data in entries]
    if not rows:
        return
    Event.objects.bulk_create(rows)
    for subscriber in listening_to(kind):
        ring("activity.tasks.deliver", current_workspace_id(), subscriber)
