"""Files in web chats, how much of its room for files a workspace has taken, how long they are kept, and the sweep's door to it."""

import django.contrib.postgres.fields
from django.db import migrations, models

from core.rls import TenantTable, security_definer

#: Workspaces with files whose ages were not looked at for most of a day.
AGING = security_definer(
    "social_aging_files",
    "max integer",
    "TABLE (workspace_id bigint)",
    """
    SELECT r.workspace_id FROM social_fileroom r
    WHERE r.swept_at IS NULL OR r.swept_at < clock_timestamp() - interval '20 hours'
    ORDER BY r.swept_at NULLS FIRST LIMIT max
    """,
)
HELD = """
INSERT INTO social_fileroom (workspace_id, held, removed)
SELECT workspace_id, sum(kept_size), 0 FROM social_storedfile GROUP BY 1
"""


class Migration(migrations.Migration):
    dependencies = [("social", "0023_apps")]
    operations = [
        migrations.AddField("storedfile", "visitor", models.CharField(blank=True, db_default="", default="", max_length=160)),
        migrations.AddField("storedfile", "removed_at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "storedfile",
            "state",
            models.CharField(choices=[("kept", "Kept"), ("failed", "Failed"), ("removed", "Removed")], max_length=7),
        ),
        migrations.RemoveIndex("storedfile", "social_file_unused"),
        migrations.RemoveIndex("storedfile", "social_file_sizes"),
        migrations.AddIndex(
            "storedfile",
            models.Index(
                condition=models.Q(source=None, used_at=None), fields=["workspace_id", "created_at"], name="social_file_chosen"
            ),
        ),
        migrations.AddIndex(
            "storedfile",
            models.Index(condition=models.Q(state="kept"), fields=["workspace_id", "created_at"], name="social_file_ages"),
        ),
        migrations.AddIndex(
            "storedfile",
            models.Index(condition=~models.Q(key=""), fields=["workspace_id", "key"], name="social_file_key"),
        ),
        migrations.AddField("chatwidget", "takes_files", models.BooleanField(db_default=True, default=True)),
        migrations.AddField("chatthread", "shown", models.PositiveIntegerField(db_default=0, default=0)),
        migrations.AddField(
            "chatline",
            "files",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.CreateModel(
            name="FileRoom",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("held", models.BigIntegerField(default=0)),
                ("keep_days", models.PositiveIntegerField(null=True)),
                ("full_at", models.DateTimeField(null=True)),
                ("swept_at", models.DateTimeField(null=True)),
                ("removed", models.PositiveIntegerField(default=0)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=("workspace_id",), name="social_file_room_one")],
            },
        ),
        migrations.RunSQL(HELD, migrations.RunSQL.noop),
        TenantTable("fileroom"),
        migrations.RunSQL(*AGING),
    ]
