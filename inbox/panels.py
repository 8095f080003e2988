"""What the inbox shows on a contact's page (crm.panels; config/ hangs it there)."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.clock import now
from inbox import selectors
from inbox.selectors.tickets import tickets_of_contact
from social.networks import network_of

ACTIVITY_DAYS = 14


def of_contact(slug: str, contact_id: int) -> dict[str, Any]:
    """Their conversations, newest first. One query."""
    rows = selectors.conversations_of(contact_id)
    return {"slug": slug, "rows": [(row, network_of(row.channel.network)) for row in rows]}


def activity_of(contact_id: int, *, days: int = ACTIVITY_DAYS) -> dict[str, Any]:
    """How many messages they wrote on each of the last days, for a small drawing. One query."""
    since = now() - timedelta(days=days)
    daily = dict(selectors.daily_messages(contact_id, since=since))
    values = [daily.get(timezone.localtime(since + timedelta(days=n + 1)).date(), 0) for n in range(days)]
    total = sum(values)
    return {
        "activity": values,
        "activity_total": total,
        "activity_label": _("{count} messages from them in {days} days").format(count=total, days=days),
    }


def activity_panel(slug: str, contact_id: int) -> dict[str, Any]:
    """The same as a panel."""
    return activity_of(contact_id)


def tickets_of(slug: str, contact_id: int) -> dict[str, Any]:
    """Their tickets, newest first. One query."""
    return {"slug": slug, "rows": tickets_of_contact(contact_id)}
