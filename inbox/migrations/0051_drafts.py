"""What people have begun to write and not sent."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable
from core.tenancy import TenantKey


class Migration(migrations.Migration):
    dependencies = [("inbox", "0041_views"), ("accounts", "0022_signature")]
    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("kind", models.CharField(choices=[("reply", "Reply"), ("note", "Note")], default="reply", max_length=5)),
                ("body", models.TextField(blank=True)),
                ("files", models.JSONField(default=list)),
                ("manner", models.JSONField(default=dict)),
                ("counter", models.PositiveIntegerField(default=0)),
                ("writer", models.CharField(blank=True, max_length=40)),
                ("sequence", models.PositiveBigIntegerField(default=0)),
                ("remark", models.TextField(blank=True)),
                ("is_empty", models.BooleanField(default=False)),
                ("saved_at", models.DateTimeField()),
                ("conversation", TenantKey("inbox.conversation", django.db.models.deletion.CASCADE, related_name="drafts")),
                ("member", TenantKey("accounts.membership", django.db.models.deletion.CASCADE, related_name="+")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=["workspace_id", "member", "conversation", "kind"], name="inbox_draft_one"),
                ],
                "indexes": [
                    models.Index(fields=["workspace_id", "conversation"], name="inbox_draft_conversation"),
                    models.Index(
                        fields=["workspace_id", "member", "conversation"],
                        condition=models.Q(is_empty=False),
                        name="inbox_draft_open",
                    ),
                ],
            },
        ),
        TenantTable("draft"),
    ]
