"""Handing the log to its subscribers: each event once in effect, in commit order, a poisoned one set aside."""

import structlog
from django.db import connection, transaction
from django.utils.module_loading import import_string

from activity.models import Event, SetAside, Subscription
from activity.subscribers import Subscriber, subscribers
from core.clock import now
from core.marks import MARK_SQL
from core.tenancy import tenant

log = structlog.get_logger("rabta.activity")
BATCH = 200


def deliver(*, workspace_id: int, subscriber: str) -> int:
    """Give `subscriber` all events it has not read. Returns how many were read; 0 also when another worker is at it."""
    entry = subscribers()[subscriber]
    total = 0
    while True:
        with tenant(workspace_id, step=f"events.{subscriber}"):
            read = _deliver_batch(entry)
        total += read
        if read < BATCH:
            return total


def _deliver_batch(entry: Subscriber) -> int:
    Subscription.objects.bulk_create([Subscription(subscriber=entry.name)], ignore_conflicts=True)
    position = Subscription.objects.select_for_update(skip_locked=True).filter(subscriber=entry.name).first()
    if position is None:
        return 0
    events = list(
        Event.objects.filter(kind__in=entry.kinds)
        # Only below the oldest running transaction: an id already handed out may still be committed behind us.
        .extra(  # noqa: S610 - constants only; the ORM has no row comparison
            where=[f"(xid, id) > (%s, %s) AND xid < {MARK_SQL}"], params=[position.last_xid, position.last_id]
        )
        .order_by("xid", "id")[:BATCH]
    )
    if not events:
        return 0
    handler = import_string(entry.handler)
    try:
        with transaction.atomic():
            handler(events)
    except Exception as error:  # noqa: BLE001 - any failure of a handler is found out one by one, below
        log.warning("batch_failed", subscriber=entry.name, events=len(events), error=repr(error))
        for event in events:
            _deliver_one(entry, handler, event)
    position.last_xid, position.last_id = events[-1].xid, events[-1].id
    position.save(update_fields=["last_xid", "last_id"])
    return len(events)


def _deliver_one(entry: Subscriber, handler: object, event: Event) -> None:
    try:
        with transaction.atomic():
            handler([event])  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001 - set aside with its reason; the neighbours go on
        log.error("event_set_aside", subscriber=entry.name, kind=event.kind, event_id=event.id, error=repr(error))
        SetAside.objects.update_or_create(
            subscriber=entry.name,
            event=event,
            defaults={"error": repr(error)[:2000], "set_aside_at": now(), "resolved_at": None},
        )


def retry_set_aside(*, workspace_id: int, set_aside_id: int) -> bool:
    """Try one event that was set aside again. Returns whether it went through this time."""
    with tenant(workspace_id, step="events.retry"):
        # The log itself is append-only: only our own row may be locked.
        row = SetAside.objects.select_for_update(of=("self",)).select_related("event").get(id=set_aside_id)
        handler = import_string(subscribers()[row.subscriber].handler)
        try:
            with transaction.atomic():
                handler([row.event])
        except Exception as error:  # noqa: BLE001 - it stays set aside, with the newest reason
            row.error, row.attempts = repr(error)[:2000], row.attempts + 1
            row.save(update_fields=["error", "attempts"])
            return False
        row.resolved_at = now()
        row.save(update_fields=["resolved_at"])
        return True


def pending(subscriber: str, *, limit: int = 200) -> list[int]:
    """Ids of workspaces with events that `subscriber` has not read. Asks a named cross-tenant door (docs/doors.md)."""
    kinds = list(subscribers()[subscriber].kinds)
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id FROM activity_pending(%s, %s, %s)", [subscriber, kinds, limit])
        return [row[0] for row in cursor.fetchall()]
