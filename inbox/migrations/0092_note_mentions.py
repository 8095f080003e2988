"""Whom a note names."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable


def key(to: str, on_delete: object, **more: object) -> models.ForeignKey:
    return models.ForeignKey(db_constraint=False, db_index=False, on_delete=on_delete, related_name="+", to=to, **more)


class Migration(migrations.Migration):
    dependencies = [("inbox", "0091_saved_replies")]
    operations = [
        migrations.CreateModel(
            name="NoteMention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("message", key("inbox.message", django.db.models.deletion.CASCADE)),
                ("member", key("accounts.membership", django.db.models.deletion.CASCADE)),
                ("team", key("accounts.team", django.db.models.deletion.SET_NULL, null=True)),
                ("created_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=["workspace_id", "message", "member"], name="inbox_notemention_once"),
                ],
                "indexes": [
                    models.Index(fields=["workspace_id", "member", "message"], name="inbox_notemention_member"),
                    models.Index(
                        condition=models.Q(("read_at", None)), fields=["workspace_id", "member"], name="inbox_notemention_unread"
                    ),
                ],
            },
        ),
        TenantTable("notemention"),
    ]
