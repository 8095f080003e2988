"""Words kept to be used again."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("inbox", "0081_versions"), ("accounts", "0022_signature")]
    operations = [
        migrations.CreateModel(
            name="SavedReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("title", models.CharField(max_length=120)),
                ("shortcut", models.CharField(blank=True, max_length=40)),
                ("body", models.TextField()),
                ("lang", models.CharField(blank=True, max_length=10)),
                ("folder", models.CharField(blank=True, max_length=60)),
                (
                    "scope",
                    models.CharField(
                        choices=[("private", "Only me"), ("team", "A team"), ("workspace", "Everybody")],
                        default="private",
                        max_length=10,
                    ),
                ),
                ("networks", models.JSONField(default=list)),
                ("channels", models.JSONField(default=list)),
                ("folded", models.TextField()),
                ("used_count", models.PositiveIntegerField(default=0)),
                ("used_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.membership"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.team"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["workspace_id", "-used_count", "title", "id"], name="inbox_savedreply_used"),
                ],
            },
        ),
        TenantTable("savedreply"),
    ]
