"""Adding up what messages and calls cost, in the transaction that stores what a reading brought."""

from collections.abc import Iterable
from typing import Any

from core.batches import execute_rows
from social.networks.brought import Cost

ROW = "external_id text, amount numeric, currency text, at timestamptz"
#: The first price that is told stands; told again it is nothing new. The month's sum moves by what was.
CHARGE = """
WITH told AS (SELECT DISTINCT ON (v.external_id) v.external_id, v.amount, v.currency, v.at FROM {{rows}} ORDER BY v.external_id),
new AS (
    INSERT INTO social_charge (workspace_id, channel_id, external_id, amount, currency, at)
    SELECT {workspace:d}, {channel:d}, external_id, amount, currency, at FROM told
    ON CONFLICT (workspace_id, channel_id, external_id) DO NOTHING RETURNING amount, currency, at)
INSERT INTO social_spend AS s (workspace_id, channel_id, month, currency, amount, charges)
SELECT {workspace:d}, {channel:d}, date_trunc('month', at AT TIME ZONE 'UTC')::date, currency, sum(amount), count(*) FROM new
GROUP BY 3, 4
ON CONFLICT (workspace_id, channel_id, month, currency)
DO UPDATE SET amount = s.amount + excluded.amount, charges = s.charges + excluded.charges
"""


def charge(cursor: Any, *, workspace_id: int, channel_id: int, costs: Iterable[Cost]) -> None:
    """Count these, each once however often it is told. One query where there are any."""
    rows = [(cost.external_id, str(cost.amount), cost.currency, cost.at.isoformat()) for cost in costs]
    if rows:
        execute_rows(cursor, CHARGE.format(workspace=workspace_id, channel=channel_id), ROW, rows)
