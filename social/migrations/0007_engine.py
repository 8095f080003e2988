"""Channels that rest, readings that look for gaps, sent messages that the network does not show; and fair doors for the sweeps."""

import importlib

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable, security_definer

walls = importlib.import_module("social.migrations.0002_walls")

FREE = "({0}.leased_until IS NULL OR {0}.leased_until < clock_timestamp())"
AWAKE = "c.state = 'connected' AND (c.rests_until IS NULL OR c.rests_until <= clock_timestamp())"
#: Fair: what a workspace has under way counts as its first turns, so that whoever has nothing under way comes first.
DUE_CHANNELS = security_definer(
    "social_due_channels",
    "max integer",
    "TABLE (workspace_id bigint, channel_id bigint)",
    f"""
    SELECT d.workspace_id, d.channel_id FROM (
        SELECT p.workspace_id, p.channel_id, p.due_at,
               row_number() OVER (PARTITION BY p.workspace_id ORDER BY p.due_at)
               + (SELECT count(*) FROM social_pull b WHERE b.workspace_id = p.workspace_id AND b.leased_until > clock_timestamp()) AS turn
        FROM social_pull p JOIN social_channel c ON c.workspace_id = p.workspace_id AND c.id = p.channel_id
        WHERE p.due_at <= clock_timestamp() AND {FREE.format("p")} AND {AWAKE}) d
    ORDER BY d.turn, d.due_at LIMIT max
    """,
)
DUE_DELIVERIES = security_definer(
    "social_due_deliveries",
    "max integer",
    "TABLE (workspace_id bigint, channel_id bigint, work text)",
    f"""
    SELECT t.workspace_id, t.channel_id, t.work FROM (
        SELECT w.workspace_id, w.channel_id, w.work, w.due_at,
               row_number() OVER (PARTITION BY w.workspace_id ORDER BY w.due_at)
               + (SELECT count(*) FROM social_delivery s WHERE s.workspace_id = w.workspace_id AND s.state = 'sending'
                  AND s.leased_until > clock_timestamp()) AS turn
        FROM (
            SELECT d.workspace_id, d.channel_id, CASE d.state WHEN 'unknown' THEN 'settle' ELSE 'deliver' END AS work,
                   min(d.not_before) AS due_at
            FROM social_delivery d JOIN social_channel c ON c.workspace_id = d.workspace_id AND c.id = d.channel_id
            WHERE (d.state = 'queued' AND d.not_before <= clock_timestamp() AND {AWAKE}
                   AND coalesce(c.hold_until, '-infinity') <= clock_timestamp())
               OR (d.state = 'sending' AND d.leased_until < clock_timestamp())
               OR (d.state = 'unknown' AND d.not_before <= clock_timestamp() AND c.state IN ('connected', 'paused')
                   AND coalesce(c.rests_until, '-infinity') <= clock_timestamp() AND {FREE.format("d")})
            GROUP BY 1, 2, 3) w) t
    ORDER BY t.turn, t.due_at LIMIT max
    """,
)
#: Who of another workspace waits longest for a reader, or a sender, and has none at work: whoever has one already serves that one.
WAITING_READERS = security_definer(
    "social_waiting_readers",
    "but bigint",
    "TABLE (workspace_id bigint, channel_id bigint)",
    f"""
    SELECT p.workspace_id, p.channel_id FROM social_pull p JOIN social_channel c ON c.workspace_id = p.workspace_id AND c.id = p.channel_id
    WHERE p.workspace_id <> but AND p.due_at <= clock_timestamp() AND {FREE.format("p")} AND {AWAKE}
      AND NOT EXISTS (SELECT 1 FROM social_pull b WHERE b.workspace_id = p.workspace_id AND b.leased_until > clock_timestamp())
    ORDER BY p.due_at LIMIT 1
    """,
)
WAITING_SENDERS = security_definer(
    "social_waiting_senders",
    "but bigint",
    "TABLE (workspace_id bigint, channel_id bigint)",
    f"""
    SELECT d.workspace_id, d.channel_id FROM social_delivery d JOIN social_channel c ON c.workspace_id = d.workspace_id AND c.id = d.channel_id
    WHERE d.workspace_id <> but AND d.state = 'queued' AND d.not_before <= clock_timestamp() AND {AWAKE}
      AND coalesce(c.hold_until, '-infinity') <= clock_timestamp()
      AND NOT EXISTS (SELECT 1 FROM social_delivery s WHERE s.workspace_id = d.workspace_id AND s.state = 'sending'
                      AND s.leased_until > clock_timestamp())
    ORDER BY d.not_before LIMIT 1
    """,
)
DUE_GAP_CHECKS = security_definer(
    "social_due_gap_checks",
    "max integer",
    "TABLE (workspace_id bigint, channel_id bigint)",
    f"""
    SELECT d.workspace_id, d.channel_id FROM (
        SELECT c.workspace_id, c.id AS channel_id, coalesce(g.due_at, c.connected_at) AS due_at,
               row_number() OVER (PARTITION BY c.workspace_id ORDER BY g.due_at NULLS FIRST) AS turn
        FROM social_channel c LEFT JOIN social_gapcheck g ON g.workspace_id = c.workspace_id AND g.channel_id = c.id
        WHERE {AWAKE} AND coalesce(g.due_at <= clock_timestamp(), c.connected_at < clock_timestamp() - interval '20 hours')
          AND (g.leased_until IS NULL OR g.leased_until < clock_timestamp())) d
    ORDER BY d.turn, d.due_at LIMIT max
    """,
)
DUE_RECONCILES = security_definer(
    "social_due_reconciles",
    "max integer",
    "TABLE (workspace_id bigint, channel_id bigint)",
    f"""
    SELECT p.workspace_id, p.channel_id FROM social_pull p
    JOIN social_channel c ON c.workspace_id = p.workspace_id AND c.id = p.channel_id
    WHERE {AWAKE} AND (p.reconciled_at IS NULL OR p.reconciled_at < clock_timestamp() - interval '1 hour')
      AND EXISTS (SELECT 1 FROM social_delivery d WHERE d.workspace_id = p.workspace_id AND d.channel_id = p.channel_id
                  AND d.state = 'sent' AND d.settled_at > clock_timestamp() - interval '48 hours')
    ORDER BY p.reconciled_at NULLS FIRST LIMIT max
    """,
)


class Migration(migrations.Migration):
    dependencies = [("social", "0006_raw_items_unsorted")]
    operations = [
        migrations.AddField("channel", "failures", models.PositiveIntegerField(default=0)),
        migrations.AddField("channel", "rests_until", models.DateTimeField(null=True)),
        migrations.AddField("pull", "reconciled_at", models.DateTimeField(null=True)),
        migrations.AddField("delivery", "reconciled_at", models.DateTimeField(null=True)),
        migrations.AddField("delivery", "missing_since", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "delivery",
            models.Index(condition=models.Q(state="sending"), fields=["workspace_id", "channel"], name="social_delivery_sending"),
        ),
        migrations.AddIndex(
            "delivery",
            models.Index(
                condition=models.Q(missing_since__isnull=False), fields=["workspace_id", "channel"], name="social_delivery_missing"
            ),
        ),
        migrations.CreateModel(
            name="GapCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("due_at", models.DateTimeField()),
                ("leased_until", models.DateTimeField(null=True)),
                ("fence", models.BigIntegerField(default=0)),
                ("since", models.DateTimeField(null=True)),
                ("cursor", models.JSONField(default=dict)),
                ("pages", models.PositiveIntegerField(default=0)),
                ("found", models.PositiveIntegerField(default=0)),
                ("found_total", models.BigIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
                (
                    "channel",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE,
                        related_name="gap_checks", to="social.channel",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=("workspace_id", "channel"), name="social_gap_check_one")],
            },
        ),
        TenantTable("gapcheck"),
        migrations.RunSQL(DUE_CHANNELS[0], walls.DUE_CHANNELS[0]),
        migrations.RunSQL(DUE_DELIVERIES[0], walls.DUE_DELIVERIES[0]),
        migrations.RunSQL(*WAITING_READERS),
        migrations.RunSQL(*WAITING_SENDERS),
        migrations.RunSQL(*DUE_GAP_CHECKS),
        migrations.RunSQL(*DUE_RECONCILES),
    ]
