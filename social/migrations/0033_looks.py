"""Looks for deletions: how far each went, and a door that names only channels whose network can be asked, and when they are due."""

import importlib

from django.db import migrations, models

from core.rls import security_definer

walls = importlib.import_module("social.migrations.0002_walls")

#: Channels that are never looked at have looked at nothing, and came first: fifty of them, and nobody else had a turn.
DUE_RECHECKS = security_definer(
    "social_due_rechecks",
    "networks text[], seconds double precision[], max integer",
    "TABLE (workspace_id bigint, channel_id bigint, network text)",
    """
    SELECT d.workspace_id, d.channel_id, d.network FROM (
        SELECT p.workspace_id, p.channel_id, c.network::text, p.rechecked_at,
               row_number() OVER (PARTITION BY p.workspace_id ORDER BY p.rechecked_at NULLS FIRST) AS turn
        FROM social_pull p JOIN social_channel c ON c.workspace_id = p.workspace_id AND c.id = p.channel_id
        JOIN unnest(networks, seconds) AS n (slug, pause) ON n.slug = c.network
        WHERE c.state = 'connected' AND p.items_total > 0 AND (c.rests_until IS NULL OR c.rests_until <= clock_timestamp())
          AND (p.rechecked_at IS NULL OR p.rechecked_at < clock_timestamp() - n.pause * interval '1 second')) d
    ORDER BY d.turn, d.rechecked_at NULLS FIRST LIMIT max
    """,
)


class Migration(migrations.Migration):
    dependencies = [("social", "0032_google_push")]
    operations = [
        migrations.AddField("pull", "looked", models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))),
        migrations.RunSQL("DROP FUNCTION social_due_rechecks(integer)", walls.DUE_RECHECKS[0]),
        migrations.RunSQL(*DUE_RECHECKS),
    ]
