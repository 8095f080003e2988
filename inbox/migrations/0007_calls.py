"""A message may be a telephone call."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0006_deeds")]
    operations = [
        migrations.AddField(model_name="message", name="call", field=models.JSONField(null=True)),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["workspace_id", "-occurred_at"],
                condition=models.Q(("call__state", "ringing")),
                name="inbox_message_ringing",
            ),
        ),
    ]
