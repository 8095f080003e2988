"""Files that go along with saved replies."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("inbox", "0093_uploads")]
    operations = [
        migrations.CreateModel(
            name="SavedReplyFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("name", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=5)),
                ("mime", models.CharField(max_length=80)),
                ("size", models.BigIntegerField()),
                ("key", models.CharField(max_length=60)),
                ("created_at", models.DateTimeField()),
                (
                    "reply",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE,
                        related_name="files", to="inbox.savedreply",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["workspace_id", "reply", "id"], name="inbox_savedreply_files")],
            },
        ),
        TenantTable("savedreplyfile"),
    ]
