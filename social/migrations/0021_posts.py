"""Posts of our own, carried by deliveries, and files that are chosen for several channels at once."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable, composite_key


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_walls"), ("social", "0020_ears")]
    operations = [
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("body", models.TextField(blank=True)),
                ("media", models.JSONField(default=list)),
                ("send_at", models.DateTimeField(null=True)),
                ("idempotency_key", models.CharField(max_length=255, null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+", to="accounts.membership",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["workspace_id", "-id"], name="social_post_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("workspace_id", "idempotency_key"), name="social_post_once"),
                ],
            },
        ),
        TenantTable("post"),
        migrations.AddField(
            "delivery",
            "post",
            models.ForeignKey(
                db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries", to="social.post",
            ),
        ),
        migrations.RunSQL(composite_key("social_delivery", "post_id", "social_post"), migrations.RunSQL.noop),
        migrations.AddIndex(
            "delivery",
            models.Index(
                condition=models.Q(post__isnull=False), fields=["workspace_id", "post"], name="social_delivery_post"
            ),
        ),
        migrations.AlterField(
            "storedfile",
            "channel",
            models.ForeignKey(
                db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE,
                related_name="files", to="social.channel",
            ),
        ),
    ]  # fmt: skip
