"""A message can be named by its writer, so that a repeated request writes it once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0003_revision_zero")]
    operations = [
        migrations.AddField(
            model_name="message",
            name="idempotency_key",
            field=models.CharField(max_length=200, null=True),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("idempotency_key__isnull", False)),
                fields=("workspace_id", "idempotency_key"),
                name="inbox_message_key",
            ),
        ),
    ]
