"""The stored items on their way to the inbox: handing them out, and keeping what became of them. In the caller's transaction."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from activity.services.log import record
from core.batches import execute_rows
from core.errors import NotFound
from core.jobs import ring
from core.tenancy import current_workspace_id
from social.models import RawItem, RawState

CLAIM = """
SELECT id, external_id, payload FROM social_rawitem
WHERE workspace_id = %s AND channel_id = %s AND state = 'stored' ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
DONE = "UPDATE social_rawitem SET state = 'ingested', error = '', error_code = '' WHERE workspace_id = %s AND id = ANY(%s)"
ASIDE = """
UPDATE social_rawitem r SET state = 'set_aside', error_code = v.code, error = v.reason, attempts = r.attempts + 1
FROM (VALUES %s) AS v (id, code, reason) WHERE r.workspace_id = {workspace:d} AND r.id = v.id
"""


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One raw item, handed to whoever makes sense of it."""

    id: int
    external_id: str
    payload: Mapping[str, Any]


def claim(*, channel_id: int, limit: int) -> list[StoredItem]:
    """Lock up to `limit` items that nobody digested yet, oldest first. One query; the caller's commit or rollback frees them."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [current_workspace_id(), channel_id, limit])
        return [
            StoredItem(row[0], row[1], json.loads(row[2]) if isinstance(row[2], str) else row[2])
            for row in cursor.fetchall()
        ]


def mark_ingested(ids: Iterable[int]) -> None:
    """These items stand in the inbox, or needed not to. One query."""
    with connection.cursor() as cursor:
        cursor.execute(DONE, [current_workspace_id(), list(ids)])


def set_aside(problems: Iterable[tuple[int, str, str]]) -> None:
    """(id, code, reason) of items that cannot be digested: visible on the channel page, to be retried or discarded. One query."""
    rows = [(item, code[:40], reason) for item, code, reason in problems]
    if not rows:
        return
    with connection.cursor() as cursor:
        execute_rows(cursor, ASIDE.format(workspace=current_workspace_id()), rows)


def retry_set_aside(*, item_id: int, actor_id: int | None) -> RawItem:
    """Hand an item that was set aside to the inbox once more. Raises NotFound."""
    item = RawItem.objects.select_for_update().filter(id=item_id, state=RawState.SET_ASIDE).first()
    if item is None:
        raise NotFound(_("This item is no longer set aside."))
    item.state = RawState.STORED
    item.save(update_fields=["state"])
    record("items.retried", actor_id=actor_id, subject=f"social.RawItem:{item.id}")
    ring("inbox.tasks.ingest", current_workspace_id(), item.channel_id)
    return item


def discard_set_aside(*, item_id: int, actor_id: int | None) -> RawItem:
    """Put an item that was set aside out of sight for good; its body stays for the record. Raises NotFound."""
    item = RawItem.objects.select_for_update().filter(id=item_id, state=RawState.SET_ASIDE).first()
    if item is None:
        raise NotFound(_("This item is no longer set aside."))
    item.state = RawState.DISCARDED
    item.save(update_fields=["state"])
    record("items.discarded", actor_id=actor_id, subject=f"social.RawItem:{item.id}")
    return item
