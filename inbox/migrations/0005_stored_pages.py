"""The sweep finds what waits in the pile of stored pages."""

from django.db import migrations

from core.rls import security_definer

PILE = security_definer(
    "inbox_stored_items",
    "max integer",
    "TABLE (workspace_id bigint, channel_id bigint)",
    "SELECT DISTINCT p.workspace_id, p.channel_id FROM social_storedpage p LIMIT max",
)


class Migration(migrations.Migration):
    dependencies = [("inbox", "0004_message_key"), ("social", "0004_stored_pages")]
    operations = [migrations.RunSQL(PILE[0], migrations.RunSQL.noop)]
