"""What channels search for, and how much they read of what costs."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable


def channel_key(name):
    return models.ForeignKey(
        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name=name, to="social.channel"
    )


IDS = [
    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
    ("workspace_id", models.BigIntegerField(editable=False)),
]


class Migration(migrations.Migration):
    dependencies = [("social", "0030_wanted")]
    operations = [
        migrations.CreateModel(
            name="Stream",
            fields=[
                *IDS,
                ("words", models.CharField(max_length=512)),
                ("created_at", models.DateTimeField()),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("channel", channel_key("streams")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("workspace_id", "channel", "words"), name="social_stream_once"),
                ],
            },
        ),
        TenantTable("stream"),
        migrations.CreateModel(
            name="ReadCount",
            fields=[
                *IDS,
                ("feed", models.CharField(max_length=40)),
                ("day", models.DateField()),
                ("items", models.PositiveIntegerField(default=0)),
                ("channel", channel_key("read_counts")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workspace_id", "channel", "feed", "day"), name="social_read_count_one"
                    ),
                ],
            },
        ),
        TenantTable("readcount"),
    ]
