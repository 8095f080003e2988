"""The signs below messages: one row for each message that has any; and what stands on the network where nobody else sees it."""

from django.db import migrations, models

from core.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("inbox", "0022_mail")]
    operations = [
        migrations.CreateModel(
            name="Reactions",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("channel_id", models.BigIntegerField()),
                ("external_id", models.CharField(max_length=160)),
                ("people", models.JSONField(default=dict)),
                ("counts", models.JSONField(default=dict)),
                ("counted_at", models.CharField(blank=True, max_length=40)),
            ],
            options={
                "db_table": "inbox_reactions",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=["workspace_id", "channel_id", "external_id"], name="inbox_reactions_one"),
                ],
            },
        ),
        TenantTable("reactions"),
        migrations.AddField("message", "withheld", models.BooleanField(default=False, db_default=False)),
    ]
