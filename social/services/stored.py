"""The stored items on their way to the inbox: handing them out, and keeping what became of them. In the caller's transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from activity.services.log import record
from core.batches import execute_rows, read_json
from core.clock import now
from core.errors import NotFound
from core.jobs import ring
from core.tenancy import current_workspace_id
from social.models import RawItem, RawState, StoredPage

#: Taking a page off the pile and digesting it is one commit: whoever dies in between has taken nothing.
CLAIM = """
WITH taken AS (
    DELETE FROM social_storedpage WHERE workspace_id = %(w)s AND id IN (
        SELECT id FROM social_storedpage WHERE workspace_id = %(w)s AND channel_id = %(c)s
          AND (%(only)s::bigint IS NULL OR id = %(only)s::bigint)
        ORDER BY id LIMIT %(n)s FOR UPDATE SKIP LOCKED)
    RETURNING item_ids
), items AS (
    SELECT r.id, r.external_id, r.payload FROM taken, unnest(taken.item_ids) AS t (id)
    JOIN social_rawitem r ON r.workspace_id = %(w)s AND r.id = t.id WHERE r.state = 'stored'
)
SELECT pile.pages, i.id, i.external_id, i.payload FROM (SELECT count(*) AS pages FROM taken) AS pile LEFT JOIN items i ON true
ORDER BY i.id
"""
SPLIT = """
WITH taken AS (
    DELETE FROM social_storedpage WHERE workspace_id = %(w)s AND id IN (
        SELECT id FROM social_storedpage WHERE workspace_id = %(w)s AND channel_id = %(c)s ORDER BY id LIMIT %(n)s)
    RETURNING item_ids, stored_at
)
INSERT INTO social_storedpage (workspace_id, channel_id, item_ids, stored_at)
SELECT %(w)s, %(c)s, ARRAY[t.id], taken.stored_at FROM taken, unnest(taken.item_ids) AS t (id) ORDER BY t.id
RETURNING id
"""
ASIDE = """
UPDATE social_rawitem r SET state = 'set_aside', error_code = v.code, error = v.reason, attempts = r.attempts + 1
FROM {{rows}} WHERE r.workspace_id = {workspace:d} AND r.id = v.id
"""


class StoredItem(NamedTuple):
    """One raw item, handed to whoever makes sense of it."""

    id: int
    external_id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came off the pile: the items, oldest first, and how many pages they stood on."""

    items: list[StoredItem] = field(default_factory=list)
    pages: int = 0


def claim(*, channel_id: int, pages: int, only: int | None = None) -> Taken:
    """Take up to so many pages off the pile, oldest first, or `only` the page of that id if it still lies there. One query.

    The caller's rollback puts them back.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"w": current_workspace_id(), "c": channel_id, "n": pages, "only": only})
        rows = cursor.fetchall()
    items = [StoredItem(row[1], row[2], read_json(row[3])) for row in rows if row[1] is not None]
    return Taken(items, rows[0][0])


def split(*, channel_id: int, pages: int) -> list[int]:
    """Make pages of one item each out of the oldest pages, to find the one that spoils its page. Returns their ids, in order."""
    with connection.cursor() as cursor:
        cursor.execute(SPLIT, {"w": current_workspace_id(), "c": channel_id, "n": pages})
        return sorted(row[0] for row in cursor.fetchall())


def pile(*, channel_id: int, item_ids: list[int]) -> None:
    """Put items on the pile as one page."""
    StoredPage.objects.create(channel_id=channel_id, item_ids=item_ids, stored_at=now())


def set_aside(problems: Iterable[tuple[int, str, str]]) -> None:
    """(id, code, reason) of items that cannot be digested: visible on the channel page, to be retried or discarded. One query."""
    rows = [(item, code[:40], reason) for item, code, reason in problems]
    if not rows:
        return
    with connection.cursor() as cursor:
        execute_rows(cursor, ASIDE.format(workspace=current_workspace_id()), "id bigint, code text, reason text", rows)


def retry_set_aside(*, item_id: int, actor_id: int | None) -> RawItem:
    """Hand an item that was set aside to the inbox once more. Raises NotFound."""
    item = RawItem.objects.select_for_update().filter(id=item_id, state=RawState.SET_ASIDE).first()
    if item is None:
        raise NotFound(_("This item is no longer set aside."))
    item.state = RawState.STORED
    item.error, item.error_code = "", ""
    item.save(update_fields=["state", "error", "error_code"])
    pile(channel_id=item.channel_id, item_ids=[item.id])
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
