"""Changing the key that seals channels' secrets while everything goes on: what an older key of the ring sealed is sealed anew.

Readers never wait: a row is locked while its new text is written, and opens before and after, since the older key stays in the ring
until nothing needs it. There is no list of what is done: what is left says itself, by the name of its key, so that a run that was
killed goes on by being started again.
"""

from collections.abc import Callable, Iterator
from itertools import groupby

import structlog
from django.db import connection

from core import crypto
from core.batches import execute_rows
from core.resealing import Rotated
from core.tenancy import tenant
from social.models import Credential

log = structlog.get_logger("rabta.rotating")

#: Rows sealed anew in one transaction, and ids asked for at once.
BATCH = 200
PAGE = 1000
#: Rows somebody else holds are left for the next round; they are being written with the newest key as it is.
ROUNDS = 5

ANEW = "UPDATE social_credential c SET sealed = v.sealed FROM {{rows}} WHERE c.workspace_id = {workspace:d} AND c.id = v.id"


def rotate(*, progress: Callable[[int, int], None] | None = None) -> Rotated:
    """Seal anew whatever the newest key did not seal, of all workspaces. `progress` hears (done, of how many) after each batch.

    Called outside of any transaction; each batch is one of its own. Running it beside another one does no harm.
    """
    total = Rotated()
    wanted = sum(1 for _id in _aged())
    for _round in range(ROUNDS):
        total.busy, total.unreadable = 0, []
        for workspace_id, ids in _batches():
            found = reseal(workspace_id=workspace_id, credential_ids=ids)
            total.resealed += found.resealed
            total.busy += found.busy
            total.unreadable += found.unreadable
            if progress is not None:
                progress(total.resealed, wanted)
        if not total.busy:
            break
    return total


def reseal(*, workspace_id: int, credential_ids: list[int] | None = None) -> Rotated:
    """Seal these secrets of a workspace anew, or all of it, in one short transaction. What the newest key sealed stays as it is."""
    found = Rotated()
    with tenant(workspace_id, step="access.reseal"):
        rows = Credential.objects.select_for_update(skip_locked=True).order_by("id")
        if credential_ids is not None:
            rows = rows.filter(id__in=credential_ids)
        changed: list[tuple[int, str]] = []
        seen = 0
        for row in rows:
            seen += 1
            if not crypto.needs_resealing(row.sealed):
                continue
            try:
                changed.append((row.id, _anew(row)))
            except crypto.Unreadable as error:
                log.error("secret_unreadable", channel=row.channel_id, field=row.field, error=str(error))
                found.unreadable.append(f"credential {workspace_id}/{row.id}")
        if changed:
            with connection.cursor() as cursor:
                execute_rows(cursor, ANEW.format(workspace=workspace_id), "id bigint, sealed text", changed)
        found.resealed = len(changed)
        if credential_ids is not None:
            found.busy = Credential.objects.filter(id__in=credential_ids).count() - seen
    return found


def _anew(row: Credential) -> str:
    secret = crypto.unseal(row.sealed, workspace_id=row.workspace_id, channel_id=row.channel_id, field=row.field)
    return crypto.seal(secret, workspace_id=row.workspace_id, channel_id=row.channel_id, field=row.field)


def aged(*, above: int = 0, limit: int = PAGE) -> list[tuple[int, int]]:
    """(workspace, credential) of what the newest key did not seal, in the order of their ids, above `above`. Asks a named door
    (docs/doors.md).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT workspace_id, credential_id FROM social_aged_secrets(%s, %s, %s)", [crypto.newest_key(), above, limit]
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def _aged() -> Iterator[tuple[int, int]]:
    above = 0
    while found := aged(above=above):
        yield from found
        above = found[-1][1]


def _batches() -> Iterator[tuple[int, list[int]]]:
    """A workspace and up to BATCH of its ids, page by page."""
    above = 0
    while found := aged(above=above):
        above = found[-1][1]
        for workspace_id, rows in groupby(sorted(found), key=lambda row: row[0]):
            ids = [row[1] for row in rows]
            for start in range(0, len(ids), BATCH):
                yield workspace_id, ids[start : start + BATCH]
