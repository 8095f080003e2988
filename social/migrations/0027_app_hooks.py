from django.db import migrations

from core.rls import security_definer

#: Networks call an installation's own app about accounts of any workspace.
ACCOUNTS = security_definer(
    "social_hook_accounts",
    "slug text, accounts text[]",
    "TABLE (workspace_id bigint, channel_id bigint)",
    """
    SELECT c.workspace_id, c.id FROM social_channel c
    WHERE c.network = slug AND c.external_id = ANY (accounts) AND c.hook_key <> '' AND c.state IN ('connected', 'needs_reconnect')
    ORDER BY c.workspace_id, c.id LIMIT 500
    """,
)
INDEX = "CREATE INDEX social_channel_listening ON social_channel (network, external_id) WHERE hook_key <> ''"


class Migration(migrations.Migration):
    """Whom a call to this installation's own app at a network is about."""

    dependencies = [("social", "0026_signs")]
    operations = [
        migrations.RunSQL(INDEX, "DROP INDEX social_channel_listening"),
        migrations.RunSQL(*ACCOUNTS),
    ]
