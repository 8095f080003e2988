"""Files on their way, in parts."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable


def key(to: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=to
    )


class Migration(migrations.Migration):
    dependencies = [("inbox", "0062_side_threads")]
    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("conversation", key("inbox.conversation")),
                ("member", key("accounts.membership")),
                ("name", models.CharField(max_length=200)),
                ("size", models.BigIntegerField()),
                ("received", models.BigIntegerField(default=0)),
                ("parts", models.JSONField(default=list)),
                ("file_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["workspace_id", "created_at"], name="inbox_upload_ages")],
            },
        ),
        TenantTable("upload"),
    ]
