"""The walls of this room and its cross-tenant doors (docs/doors.md): lists of ids for the sweeps, nothing else."""

from django.db import migrations

from core.rls import TenantTable, security_definer

WORKSPACE_KEY = (
    "ALTER TABLE social_channel ADD CONSTRAINT social_channel_workspace "
    "FOREIGN KEY (workspace_id) REFERENCES accounts_workspace (id)"
)
#: Fair: the first of each workspace before the second of any.
DUE_CHANNELS = security_definer(
    "social_due_channels",
    "max integer",
    "TABLE (workspace_id bigint, channel_id bigint)",
    """
    SELECT d.workspace_id, d.channel_id FROM (
        SELECT p.workspace_id, p.channel_id, p.due_at,
               row_number() OVER (PARTITION BY p.workspace_id ORDER BY p.due_at) AS turn
        FROM social_pull p JOIN social_channel c ON c.workspace_id = p.workspace_id AND c.id = p.channel_id
        WHERE p.due_at <= clock_timestamp() AND (p.leased_until IS NULL OR p.leased_until < clock_timestamp())
          AND c.state = 'connected') d
    ORDER BY d.turn, d.due_at LIMIT max
    """,
)
DUE_DELIVERIES = security_definer(
    "social_due_deliveries",
    "max integer",
    "TABLE (workspace_id bigint, channel_id bigint, work text)",
    """
    SELECT DISTINCT d.workspace_id, d.channel_id, CASE d.state WHEN 'unknown' THEN 'settle' ELSE 'deliver' END
    FROM social_delivery d JOIN social_channel c ON c.workspace_id = d.workspace_id AND c.id = d.channel_id
    WHERE (d.state = 'queued' AND d.not_before <= clock_timestamp() AND c.state = 'connected'
           AND coalesce(c.hold_until, '-infinity') <= clock_timestamp())
       OR (d.state = 'sending' AND d.leased_until < clock_timestamp())
       OR (d.state = 'unknown' AND d.not_before <= clock_timestamp() AND c.state IN ('connected', 'paused')
           AND (d.leased_until IS NULL OR d.leased_until < clock_timestamp()))
    LIMIT max
    """,
)
DUE_RECHECKS = security_definer(
    "social_due_rechecks",
    "max integer",
    "TABLE (workspace_id bigint, channel_id bigint, network text)",
    """
    SELECT p.workspace_id, p.channel_id, c.network::text
    FROM social_pull p JOIN social_channel c ON c.workspace_id = p.workspace_id AND c.id = p.channel_id
    WHERE c.state = 'connected' AND p.items_total > 0
      AND (p.rechecked_at IS NULL OR p.rechecked_at < clock_timestamp() - interval '10 seconds')
    ORDER BY p.rechecked_at NULLS FIRST LIMIT max
    """,
)
DUE_INDEX = (
    "CREATE INDEX social_delivery_due ON social_delivery (not_before) WHERE state IN ('queued', 'sending', 'unknown')",
    "DROP INDEX social_delivery_due",
)


class Migration(migrations.Migration):
    dependencies = [("social", "0001_channels"), ("accounts", "0002_walls")]
    operations = [
        TenantTable("channel"),
        TenantTable("credential"),
        TenantTable("pull"),
        TenantTable("rawitem"),
        TenantTable("delivery"),
        migrations.RunSQL(WORKSPACE_KEY, "ALTER TABLE social_channel DROP CONSTRAINT social_channel_workspace"),
        migrations.RunSQL(*DUE_INDEX),
        migrations.RunSQL(*DUE_CHANNELS),
        migrations.RunSQL(*DUE_DELIVERIES),
        migrations.RunSQL(*DUE_RECHECKS),
    ]
