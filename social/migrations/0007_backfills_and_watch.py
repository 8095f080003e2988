"""Reading channels backwards; what they usually hear, and what is worth telling about them. Their doors (docs/doors.md)."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable, security_definer

#: Fair as the list of due channels: the first of each workspace before the second of any.
DUE_BACKFILLS = security_definer(
    "social_due_backfills",
    "max integer",
    "TABLE (workspace_id bigint, run_id bigint)",
    """
    SELECT d.workspace_id, d.id FROM (
        SELECT r.workspace_id, r.id, r.due_at, row_number() OVER (PARTITION BY r.workspace_id ORDER BY r.due_at) AS turn
        FROM social_backfillrun r JOIN social_channel c ON c.workspace_id = r.workspace_id AND c.id = r.channel_id
        WHERE r.state = 'running' AND r.due_at <= clock_timestamp() AND c.state = 'connected'
          AND (r.leased_until IS NULL OR r.leased_until < clock_timestamp())) d
    ORDER BY d.turn, d.due_at LIMIT max
    """,
)
WATCHED = security_definer(
    "social_watched_workspaces",
    "",
    "TABLE (workspace_id bigint)",
    """
    SELECT c.workspace_id FROM social_channel c WHERE c.state = 'connected'
    UNION SELECT a.workspace_id FROM social_channelalert a WHERE a.cleared_at IS NULL
    """,
)
#: Which secrets an older key sealed, in the order of their ids. What is sealed begins with the name of its key (core/crypto.py).
AGED_SECRETS = security_definer(
    "social_aged_secrets",
    "newest text, above bigint, max integer",
    "TABLE (workspace_id bigint, credential_id bigint)",
    """
    SELECT s.workspace_id, s.id FROM social_credential s
    WHERE s.id > above AND split_part(s.sealed, '.', 1) <> newest ORDER BY s.id LIMIT max
    """,
)
CHANNEL = {"db_constraint": False, "db_index": False, "on_delete": django.db.models.deletion.CASCADE, "to": "social.channel"}
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))
WORKSPACE = ("workspace_id", models.BigIntegerField(editable=False))
STATES = [("running", "Reading back"), ("done", "Done"), ("stopped", "Stopped"), ("failed", "Failed")]


class Migration(migrations.Migration):
    dependencies = [("social", "0006_raw_items_unsorted")]
    operations = [
        migrations.CreateModel(
            name="BackfillRun",
            fields=[
                ID,
                WORKSPACE,
                ("since", models.DateTimeField()),
                ("state", models.CharField(choices=STATES, default="running", max_length=10)),
                ("cursor", models.JSONField(default=dict)),
                ("due_at", models.DateTimeField()),
                ("leased_until", models.DateTimeField(null=True)),
                ("fence", models.BigIntegerField(default=0)),
                ("pages", models.PositiveIntegerField(default=0)),
                ("items", models.PositiveIntegerField(default=0)),
                ("new_items", models.PositiveIntegerField(default=0)),
                ("oldest_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("error_code", models.CharField(blank=True, max_length=40)),
                ("error", models.TextField(blank=True)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("started_by_id", models.BigIntegerField(null=True)),
                ("channel", models.ForeignKey(related_name="backfills", **CHANNEL)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["workspace_id", "channel", "-id"], name="social_backfill_newest"),
                    models.Index(fields=["due_at"], condition=models.Q(("state", "running")), name="social_backfill_due"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workspace_id", "channel"),
                        condition=models.Q(("state", "running")),
                        name="social_backfill_running",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HeardHour",
            fields=[
                ID,
                WORKSPACE,
                ("hour", models.DateTimeField()),
                ("items", models.PositiveIntegerField()),
                ("channel", models.ForeignKey(related_name="heard_hours", **CHANNEL)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("workspace_id", "channel", "hour"), name="social_heard_hour_one")
                ],
            },
        ),
        migrations.CreateModel(
            name="ChannelAlert",
            fields=[
                ID,
                WORKSPACE,
                (
                    "kind",
                    models.CharField(
                        choices=[("silence", "Unusually silent"), ("expiry", "Sign-in ends soon")], max_length=10
                    ),
                ),
                ("since", models.DateTimeField()),
                ("raised_at", models.DateTimeField()),
                ("cleared_at", models.DateTimeField(null=True)),
                ("channel", models.ForeignKey(related_name="alerts", **CHANNEL)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workspace_id", "channel", "kind"),
                        condition=models.Q(("cleared_at", None)),
                        name="social_alert_open",
                    )
                ],
            },
        ),
        TenantTable("backfillrun"),
        TenantTable("heardhour"),
        TenantTable("channelalert"),
        migrations.RunSQL(*DUE_BACKFILLS),
        migrations.RunSQL(*WATCHED),
        migrations.RunSQL(*AGED_SECRETS),
    ]
