"""Sleeping conversations: whether one sleeps on when its customer writes, what it stood by before it woke, and the sweep's door."""

from django.db import migrations, models

from core.rls import security_definer

SLEEPERS = security_definer(
    "inbox_due_sleepers",
    "max integer",
    "TABLE (workspace_id bigint)",
    "SELECT DISTINCT c.workspace_id FROM inbox_conversation c "
    "WHERE c.status = 'snoozed' AND c.snoozed_until <= clock_timestamp() LIMIT max",
)


class Migration(migrations.Migration):
    dependencies = [("inbox", "0061_followers")]
    operations = [
        migrations.AddField("conversation", "sleeps_on", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("conversation", "said_at", models.DateTimeField(null=True)),
        migrations.RunSQL(*SLEEPERS),
    ]
