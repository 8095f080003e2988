"""What Meridian's log tells whom."""

from typing import Any

from django.utils.module_loading import import_string

from activity.models import Event
from activity.subscribers import subscribers
from core.tenancy import tenant
from notifications.models import Notification, UnreadCount
from tests.accounts.factories import Cast
from tests.inbox.factories import Desk

#: Workspace → the last event that was spread.
HEARD: dict[int, int] = {}


def spread(desk: Desk) -> None:
    """Let what is new in the log tell everybody, as the fan-out does with what is committed."""
    with tenant(desk.workspace.pk):
        events = list(Event.objects.filter(id__gt=HEARD.get(desk.workspace.pk, 0)).order_by("id"))
        for name in ("notices", "followed"):
            subscriber = subscribers()[name]
            import_string(subscriber.handler)([event for event in events if event.kind in subscriber.kinds])
    if events:
        HEARD[desk.workspace.pk] = events[-1].pk


def told_to(desk: Desk, cast: Cast, role: str) -> list[Any]:
    """What a member's rows say, oldest first: kind, form, whether unread, how often."""
    with tenant(desk.workspace.pk):
        rows = Notification.objects.filter(member_id=cast.member(role).pk).order_by("id")
        return [(row.kind, row.data.get("form"), row.read_at is None, row.times) for row in rows]


def unread_of(desk: Desk, cast: Cast, role: str) -> int:
    """The kept number, which must be what a count would say."""
    with tenant(desk.workspace.pk):
        member = cast.member(role).pk
        kept = UnreadCount.objects.filter(member_id=member).values_list("unread", flat=True).first() or 0
        assert kept == Notification.objects.filter(member_id=member, read_at=None, is_shown=True).count()
    return kept
