"""Listening: who holds which channel's connection, the bell that a poll answers, and the doors for it (docs/doors.md)."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable, security_definer

CHANNEL = {"db_constraint": False, "db_index": False, "on_delete": django.db.models.deletion.CASCADE, "to": "social.channel"}
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))
#: Fair: what a workspace has already counts, so that the first of each comes before the second of any.
WAITING = security_definer(
    "social_waiting_ears",
    "listening text[], max integer",
    "TABLE (workspace_id bigint, channel_id bigint)",
    """
    WITH held AS (
        SELECT e.workspace_id, e.channel_id FROM social_ear e JOIN social_listener l ON l.id = e.listener_id
        WHERE l.leased_until > clock_timestamp())
    SELECT w.workspace_id, w.channel_id FROM (
        SELECT c.workspace_id, c.id AS channel_id,
               row_number() OVER (PARTITION BY c.workspace_id ORDER BY e.due_at NULLS FIRST, c.id)
               + (SELECT count(*) FROM held h WHERE h.workspace_id = c.workspace_id) AS turn
        FROM social_channel c LEFT JOIN social_ear e ON e.workspace_id = c.workspace_id AND e.channel_id = c.id
        WHERE c.state = 'connected' AND c.network = ANY (listening)
          AND (c.rests_until IS NULL OR c.rests_until <= clock_timestamp())
          AND (e.due_at IS NULL OR e.due_at <= clock_timestamp())
          AND NOT EXISTS (SELECT 1 FROM held h WHERE h.workspace_id = c.workspace_id AND h.channel_id = c.id)) w
    ORDER BY w.turn, w.channel_id LIMIT max
    """,
)
HELD = security_definer(
    "social_held_ears",
    "listener bigint",
    "TABLE (workspace_id bigint, channel_id bigint, fence bigint)",
    """
    SELECT e.workspace_id, e.channel_id, e.fence
    FROM social_ear e JOIN social_channel c ON c.workspace_id = e.workspace_id AND c.id = e.channel_id
    WHERE e.listener_id = listener AND c.state = 'connected'
    """,
)
LOST = security_definer(
    "social_lost_ears",
    "max integer",
    "TABLE (workspace_id bigint, channel_id bigint)",
    """
    SELECT e.workspace_id, e.channel_id FROM social_ear e
    WHERE e.opened_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM social_listener l WHERE l.id = e.listener_id AND l.leased_until > clock_timestamp())
    LIMIT max
    """,
)


class Migration(migrations.Migration):
    dependencies = [("social", "0012_unread")]
    operations = [
        migrations.CreateModel(
            name="Listener",
            fields=[ID, ("leased_until", models.DateTimeField())],
            options={"db_table": "social_listener"},
        ),
        migrations.CreateModel(
            name="Ear",
            fields=[
                ID,
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("listener_id", models.BigIntegerField(null=True)),
                ("fence", models.BigIntegerField(default=0)),
                ("opened_at", models.DateTimeField(null=True)),
                ("heard_at", models.DateTimeField(null=True)),
                ("bells_total", models.BigIntegerField(default=0)),
                ("due_at", models.DateTimeField()),
                ("failures", models.PositiveIntegerField(default=0)),
                ("error_code", models.CharField(blank=True, max_length=40)),
                ("error", models.TextField(blank=True)),
                ("channel", models.ForeignKey(related_name="ears", **CHANNEL)),
            ],
            options={"abstract": False, "base_manager_name": "objects"},
        ),
        migrations.AddConstraint("ear", models.UniqueConstraint(fields=["workspace_id", "channel"], name="social_ear_one")),
        migrations.AddField("pull", "rung", models.BooleanField(default=False)),
        migrations.AddField("pull", "not_before", models.DateTimeField(null=True)),
        TenantTable("ear"),
        migrations.RunSQL(*WAITING),
        migrations.RunSQL(*HELD),
        migrations.RunSQL(*LOST),
    ]
