"""Tags of a workspace."""

from django.db import migrations, models

from core.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("crm", "0003_calls")]
    operations = [
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("name", models.CharField(max_length=40)),
                ("folded", models.CharField(max_length=80)),
                (
                    "tone",
                    models.CharField(
                        choices=[
                            ("plain", "Grey"), ("info", "Blue"), ("good", "Green"), ("warn", "Amber"), ("bad", "Red"),
                            ("live", "Teal"), ("plum", "Plum"),
                        ],
                        default="plain",
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=["workspace_id", "folded"], name="crm_tag_name")],
            },
        ),
        TenantTable("tag"),
    ]
