"""The addresses of notifications; `tests/tenancy/operations.py` says what a row means. Each member has their own: ids of others'
change nothing, so that they stand in no address.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from accounts.policies import Permission

P = Permission


def notification_operations(get: Callable[..., Any], post: Callable[..., Any]) -> tuple[Any, ...]:
    """The rows, made with the table's own two helpers."""
    return (
        get("notifications", P.CONVERSATIONS_VIEW),
        get("notifications_count", P.CONVERSATIONS_VIEW),
        get("notifications_short", P.CONVERSATIONS_VIEW),
        post("notifications_mark", P.CONVERSATIONS_VIEW, data=lambda w: {"ids": [w.ids["notification"]]}),
        get("notification_preferences", P.CONVERSATIONS_VIEW),
        post(
            "notification_preferences",
            P.CONVERSATIONS_VIEW,
            data=lambda w: (
                {"mail.assigned": "daily", "daily_at": "10:00", "quiet_from": "20:00", "quiet_to": "08:00"}
                | {f"mail.{kind}": "none" for kind in ("mentioned", "team_assigned", "followed", "undelivered", "ticket")}
            ),
        ),
        get("api_notifications", P.CONVERSATIONS_VIEW),
        post("api_notifications_mark", P.CONVERSATIONS_VIEW, data=lambda w: {"ids": [w.ids["notification"]]}),
        get("api_notification_preferences", P.CONVERSATIONS_VIEW),
        replace(
            post("api_notification_preferences", P.CONVERSATIONS_VIEW, data=lambda w: {"rhythm": {"daily_at": 600}}),
            method="PATCH",
        ),
    )
