"""Parts of a thread: one delivery waits for another; neither the sweep nor the turns among workspaces count it as due before."""

import importlib

from django.db import migrations, models


engine = importlib.import_module("social.migrations.0007_engine")
DUE = "d.state = 'queued' AND d.not_before <= clock_timestamp()"
FREE_TO_GO = (
    "(d.after_id IS NULL OR EXISTS (SELECT 1 FROM social_delivery p WHERE p.workspace_id = d.workspace_id AND p.id = d.after_id"
    " AND p.state = 'sent' AND p.external_id IS NOT NULL))"
)


def with_parts(door: tuple[str, str]) -> str:
    """A door of 0007, which looks at what stands before a part as well."""
    made = door[0]
    assert made.count(DUE) == 1, "0007 has changed"
    return made.replace(DUE, f"{DUE} AND {FREE_TO_GO}").replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("social", "0051_held_files")]
    operations = [
        migrations.AddField("delivery", "after_id", models.BigIntegerField(null=True)),
        migrations.AddIndex(
            "delivery",
            models.Index(
                condition=models.Q(after_id__isnull=False), fields=["workspace_id", "after_id"], name="social_delivery_after"
            ),
        ),
        migrations.RunSQL(with_parts(engine.DUE_DELIVERIES), engine.DUE_DELIVERIES[0]),
        migrations.RunSQL(with_parts(engine.WAITING_SENDERS), engine.WAITING_SENDERS[0]),
    ]
