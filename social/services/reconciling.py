"""The hourly look whether what we sent stands on the network: what it does not show, or no longer, is said to a person.

Public posts are asked for by their ids, a hundred in one question. Where a network cannot be asked so, and for direct messages, the
newest are looked for as after a send of unknown outcome, each once. Silence, and a list that was not shown whole, prove nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from django.db import connection

from core.batches import read_json
from core.failpoints import calling
from core.http import not_after
from core.tenancy import tenant
from social.networks import network_of
from social.networks.base import Network
from social.networks.errors import NetworkError
from social.networks.values import Access, Outgoing
from social.services import credentials, rechecking, resting
from social.services.budgets import nothing_to_spare
from social.services.leases import call_seconds
from social.services.settling import CLOCK_SLACK

log = structlog.get_logger("rabta.reconciling")

HOUR_SECONDS = 3600.0
#: Younger than this, a network's lists may not show it yet; older than that, nobody looks any more.
YOUNGEST_SECONDS = 600.0
OLDEST_SECONDS = 48 * 3600.0
#: Looking for one message costs a question or more: only so many an hour, and only while they are young.
ONE_BY_ONE = 5
ONE_BY_ONE_SECONDS = 3 * 3600.0
BATCH = 100

CLAIM = """
UPDATE social_pull p SET reconciled_at = clock_timestamp() FROM social_channel c
WHERE p.workspace_id = %s AND p.channel_id = %s AND c.workspace_id = p.workspace_id AND c.id = p.channel_id
  AND c.state = 'connected' AND (c.rests_until IS NULL OR c.rests_until <= clock_timestamp())
  AND (p.reconciled_at IS NULL OR p.reconciled_at < clock_timestamp() - %s * interval '1 second')
RETURNING c.network, c.failures, p.quota
"""
#: Those that were not looked at for longest.
SENT = """
SELECT id, external_id, outgoing, first_attempted_at,
       reconciled_at IS NULL AND settled_at > clock_timestamp() - %(young)s * interval '1 second'
FROM social_delivery
WHERE workspace_id = %(w)s AND channel_id = %(c)s AND state = 'sent' AND external_id IS NOT NULL AND missing_since IS NULL
  AND settled_at > clock_timestamp() - %(oldest)s * interval '1 second'
  AND settled_at < clock_timestamp() - %(youngest)s * interval '1 second'
ORDER BY reconciled_at NULLS FIRST, id LIMIT %(n)s
"""
LOOKED = "UPDATE social_delivery SET reconciled_at = clock_timestamp() WHERE workspace_id = %s AND id = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery that stands as sent. `fresh`: it was never looked for, and is young enough to be."""

    delivery_id: int
    external_id: str
    outgoing: Outgoing
    first_attempted_at: datetime
    fresh: bool


def reconcile(*, workspace_id: int, channel_id: int) -> int:
    """Compare what was sent through a channel with the network, at most once an hour. Returns how many it does not show."""
    claimed = _claim(workspace_id, channel_id)
    if claimed is None or not claimed[2]:
        return 0
    network, failures, rows = claimed
    if network.hosted or not network.shows_sent:
        # Where we are the network there is nothing to compare with; where nobody is shown what was sent, nothing to ask.
        return 0
    error: NetworkError | None = None
    missing: list[str] = []
    looked: list[int] = []
    try:
        access = credentials.open_access(workspace_id=workspace_id, channel_id=channel_id)
        if network.rechecks:
            with calling("reconcile.lookup"), not_after(call_seconds(network)):
                seen = network.recheck(access, [row.external_id for row in rows])
            missing += sorted(seen.gone)
            looked += [row.delivery_id for row in rows if row.external_id in seen.present | seen.gone]
        known = set(looked)
        for row in [row for row in rows if row.fresh and row.delivery_id not in known][:ONE_BY_ONE]:
            looked.append(row.delivery_id)
            if _absent(network, access, row):
                missing.append(row.external_id)
    except NetworkError as trouble:
        # No answer proves nothing. What was found until here counts; the rest is looked at in an hour.
        log.info("not_reconciled", channel=channel_id, code=trouble.code)
        error = trouble
    if missing:
        rechecking.bury(workspace_id=workspace_id, channel_id=channel_id, external_ids=missing)
    if looked:
        with tenant(workspace_id, step="reconcile.looked"), connection.cursor() as cursor:
            cursor.execute(LOOKED, [workspace_id, looked])
    resting.heard(workspace_id=workspace_id, channel_id=channel_id, failures=failures, error=error)
    return len(missing)


def _claim(workspace_id: int, channel_id: int) -> tuple[Network, int, list[Sent]] | None:
    with tenant(workspace_id, step="reconcile.claim"), connection.cursor() as cursor:
        cursor.execute(CLAIM, [workspace_id, channel_id, HOUR_SECONDS])
        row = cursor.fetchone()
        if row is None or nothing_to_spare(read_json(row[2])):
            return None
        place = {"w": workspace_id, "c": channel_id, "young": ONE_BY_ONE_SECONDS, "n": BATCH}
        cursor.execute(SENT, {**place, "oldest": OLDEST_SECONDS, "youngest": YOUNGEST_SECONDS})
        sent = [Sent(r[0], r[1], Outgoing.from_json(read_json(r[2])), r[3], r[4]) for r in cursor.fetchall()]
    return network_of(row[0]), row[1], sent


def _absent(network: Network, access: Access, sent: Sent) -> bool:
    """Whether the network shows everything we said since, and not this. Raises NetworkError."""
    outgoing = replace(sent.outgoing, key="")
    with calling("reconcile.read_back"), not_after(call_seconds(network)):
        found = network.find_sent(access, outgoing, since=sent.first_attempted_at - CLOCK_SLACK)
    return found.complete and all(receipt.external_id != sent.external_id for receipt in found.receipts)


def due_reconciles(*, limit: int = 50) -> list[tuple[int, int]]:
    """(workspace, channel) of what is due. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, channel_id FROM social_due_reconciles(%s)", [limit])
        return [(row[0], row[1]) for row in cursor.fetchall()]
