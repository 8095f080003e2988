"""Webhooks: the key by which a channel is found, and the door that finds it (docs/doors.md)."""

from django.db import migrations, models

from core.rls import security_definer

HOOK_CHANNEL = security_definer(
    "social_hook_channel",
    "key text",
    "TABLE (workspace_id bigint, channel_id bigint)",
    "SELECT c.workspace_id, c.id FROM social_channel c WHERE c.hook_key = key AND key <> ''",
)
#: Whoever calls knows no workspace to lead the index. Keys are 128 random bits each, so nothing has to keep them apart.
HOOK_INDEX = (
    "CREATE INDEX social_channel_hook ON social_channel (hook_key) WHERE hook_key <> ''",
    "DROP INDEX social_channel_hook",
)


class Migration(migrations.Migration):
    dependencies = [("social", "0004_stored_pages")]
    operations = [
        migrations.AddField("channel", "hook_key", models.CharField(blank=True, default="", max_length=32)),
        migrations.RunSQL(*HOOK_INDEX),
        migrations.RunSQL(*HOOK_CHANNEL),
    ]
