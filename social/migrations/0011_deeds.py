"""What is to be done to messages that exist, and the sweep's door to it (docs/doors.md)."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable, security_definer

#: Fair as the list of due channels: the first of each workspace before the second of any.
DUE_DEEDS = security_definer(
    "social_due_deeds",
    "max integer",
    "TABLE (workspace_id bigint, channel_id bigint)",
    """
    SELECT t.workspace_id, t.channel_id FROM (
        SELECT w.workspace_id, w.channel_id, w.due_at, row_number() OVER (PARTITION BY w.workspace_id ORDER BY w.due_at) AS turn
        FROM (
            SELECT d.workspace_id, d.channel_id, min(d.not_before) AS due_at
            FROM social_deed d JOIN social_channel c ON c.workspace_id = d.workspace_id AND c.id = d.channel_id
            WHERE (d.state = 'queued' AND d.not_before <= clock_timestamp() AND c.state = 'connected'
                   AND coalesce(greatest(c.hold_until, c.rests_until), '-infinity') <= clock_timestamp())
               OR (d.state = 'doing' AND d.leased_until < clock_timestamp())
            GROUP BY 1, 2) w) t
    ORDER BY t.turn, t.due_at LIMIT max
    """,
)
STATES = [
    ("queued", "Waiting to be done"),
    ("doing", "Being done"),
    ("done", "Done"),
    ("failed", "Not done"),
    ("dropped", "No longer wanted"),
]
OPEN = models.Q(("state__in", ["queued", "doing"]))


class Migration(migrations.Migration):
    dependencies = [("social", "0010_media")]
    operations = [
        migrations.CreateModel(
            name="DeedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("external_id", models.CharField(max_length=160)),
                ("family", models.CharField(max_length=8)),
                ("kind", models.CharField(max_length=8)),
                ("deed", models.JSONField()),
                ("before", models.TextField(blank=True)),
                ("state", models.CharField(choices=STATES, default="queued", max_length=8)),
                ("not_before", models.DateTimeField()),
                ("generation", models.PositiveIntegerField(default=0)),
                ("leased_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("error_code", models.CharField(blank=True, max_length=40)),
                ("error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("created_by_id", models.BigIntegerField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT,
                        related_name="deeds", to="social.channel",
                    ),
                ),
            ],
            options={
                "db_table": "social_deed",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["workspace_id", "channel", "external_id", "-id"], name="social_deed_message"),
                    models.Index(condition=OPEN, fields=["workspace_id", "channel", "not_before", "id"], name="social_deed_open"),
                    models.Index(condition=OPEN, fields=["not_before"], name="social_deed_due"),
                ],
            },
        ),
        TenantTable("deedrow"),
        migrations.AddField("delivery", "reached", models.CharField(blank=True, db_default="", default="", max_length=10)),
        migrations.RunSQL(*DUE_DEEDS),
    ]  # fmt: skip
