"""Public replies that wait for approval."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable
from core.tenancy import TenantKey

IDS = [
    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
    ("workspace_id", models.BigIntegerField(editable=False)),
]


class Migration(migrations.Migration):
    dependencies = [("inbox", "0094_saved_reply_files")]
    operations = [
        migrations.AddField("plannedreply", "approved_by_id", models.BigIntegerField(null=True)),
        migrations.CreateModel(
            name="ApprovalRule",
            fields=[
                *IDS,
                ("roles", models.JSONField(default=list)),
                ("channels", models.JSONField(default=list)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=["workspace_id"], name="inbox_approval_rule_one")],
            },
        ),
        TenantTable("approvalrule"),
        migrations.CreateModel(
            name="ApprovalRequest",
            fields=[
                *IDS,
                ("versions", models.JSONField(default=list)),
                ("files", models.JSONField(default=list)),
                ("manner", models.JSONField(default=dict)),
                ("send_at", models.DateTimeField(null=True)),
                (
                    "if_written",
                    models.CharField(choices=[("ask", "Ask me"), ("send", "Send anyway")], default="ask", max_length=4),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Waits for approval"),
                            ("approved", "Approved"),
                            ("returned", "Sent back"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("remark", models.TextField(blank=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("message_id", models.BigIntegerField(null=True)),
                ("idempotency_key", models.CharField(max_length=200, null=True)),
                ("author", TenantKey("accounts.membership", django.db.models.deletion.CASCADE, related_name="+")),
                (
                    "conversation",
                    TenantKey("inbox.conversation", django.db.models.deletion.CASCADE, related_name="approvals"),
                ),
                ("decided_by", TenantKey("accounts.membership", django.db.models.deletion.SET_NULL, null=True, related_name="+")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["workspace_id", "idempotency_key"],
                        condition=models.Q(idempotency_key__isnull=False),
                        name="inbox_approval_key",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["workspace_id", "id"], condition=models.Q(state="asked"), name="inbox_approval_asked"),
                    models.Index(fields=["workspace_id", "conversation"], name="inbox_approval_conversation"),
                ],
            },
        ),
        TenantTable("approvalrequest"),
    ]
