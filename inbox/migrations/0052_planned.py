"""Replies that wait for their time, and the sweep's door to those that are due."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable, security_definer
from core.tenancy import TenantKey

DUE = security_definer(
    "inbox_due_planned",
    "max integer",
    "TABLE (workspace_id bigint)",
    """
    SELECT DISTINCT p.workspace_id FROM (
        SELECT workspace_id FROM inbox_plannedreply WHERE state = 'scheduled' AND send_at <= clock_timestamp()
        ORDER BY send_at LIMIT max) p
    """,
)


class Migration(migrations.Migration):
    dependencies = [("inbox", "0051_drafts")]
    operations = [
        migrations.CreateModel(
            name="PlannedReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("body", models.TextField(blank=True)),
                ("files", models.JSONField(default=list)),
                ("manner", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[("scheduled", "Scheduled"), ("held", "Held"), ("sent", "Sent"), ("cancelled", "Taken back")],
                        default="scheduled",
                        max_length=10,
                    ),
                ),
                ("send_at", models.DateTimeField()),
                (
                    "if_written",
                    models.CharField(choices=[("ask", "Ask me"), ("send", "Send anyway")], default="ask", max_length=4),
                ),
                ("written_at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                ("idempotency_key", models.CharField(max_length=200, null=True)),
                ("message_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("conversation", TenantKey("inbox.conversation", django.db.models.deletion.CASCADE, related_name="planned")),
                ("author", TenantKey("accounts.membership", django.db.models.deletion.CASCADE, related_name="+")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["workspace_id", "idempotency_key"],
                        condition=models.Q(idempotency_key__isnull=False),
                        name="inbox_planned_key",
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["workspace_id", "conversation"],
                        condition=models.Q(state__in=["scheduled", "held"]),
                        name="inbox_planned_open",
                    ),
                    models.Index(fields=["send_at"], condition=models.Q(state="scheduled"), name="inbox_planned_due"),
                ],
            },
        ),
        TenantTable("plannedreply"),
        migrations.RunSQL(*DUE),
    ]
