"""Reading the log."""

from collections.abc import Collection

from activity.models import Event


def events_of(subjects: Collection[str], kinds: Collection[str], *, before_id: int | None = None, limit: int) -> list[Event]:
    """What happened to these subjects, newest first, of these kinds, before an id. One query."""
    rows = Event.objects.filter(subject__in=subjects, kind__in=kinds)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[:limit])
