"""Hubs that call when a feed has changed, and the door for asking them in time (docs/doors.md)."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable, security_definer

CHANNEL = {"db_constraint": False, "db_index": False, "on_delete": django.db.models.deletion.CASCADE, "to": "social.channel"}
DUE = security_definer(
    "social_due_subscriptions",
    "max integer",
    "TABLE (workspace_id bigint, channel_id bigint)",
    """
    SELECT s.workspace_id, s.channel_id
    FROM social_subscription s JOIN social_channel c ON c.workspace_id = s.workspace_id AND c.id = s.channel_id
    WHERE s.due_at <= clock_timestamp() AND c.state = 'connected' ORDER BY s.due_at LIMIT max
    """,
)
#: Feeds that were connected before hubs could call them get an address too.
ADDRESSES = """
UPDATE social_channel SET hook_key = left(replace(gen_random_uuid()::text, '-', ''), 22) WHERE network = 'feed' AND hook_key = ''
"""


class Migration(migrations.Migration):
    dependencies = [("social", "0028_money")]
    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("hub", models.TextField()),
                ("topic", models.TextField()),
                ("address", models.TextField()),
                ("promised_at", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField()),
                ("failures", models.PositiveIntegerField(default=0)),
                ("error_code", models.CharField(blank=True, max_length=40)),
                ("error", models.TextField(blank=True)),
                ("channel", models.ForeignKey(related_name="subscriptions", **CHANNEL)),
            ],
            options={"abstract": False, "base_manager_name": "objects"},
        ),
        migrations.AddConstraint(
            "subscription", models.UniqueConstraint(fields=["workspace_id", "channel"], name="social_subscription_one")
        ),
        TenantTable("subscription"),
        migrations.RunSQL(*DUE),
        migrations.RunSQL(ADDRESSES, migrations.RunSQL.noop),
    ]
