"""Signs that people put to messages: who put which, and what a message shows of them."""

from django.db import migrations, models

from core.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("inbox", "0007_calls")]
    operations = [
        migrations.AddField(
            model_name="message",
            name="reactions",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.CreateModel(
            name="Reaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("channel_id", models.BigIntegerField()),
                ("external_id", models.CharField(max_length=160)),
                ("who", models.CharField(max_length=160)),
                ("emoji", models.CharField(blank=True, max_length=40)),
                ("put_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["workspace_id", "channel_id", "external_id", "who"], name="inbox_reaction_once"
                    )
                ],
            },
        ),
        TenantTable("reaction"),
    ]
