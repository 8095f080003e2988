"""What webhooks only name is asked for by the next poll."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("social", "0029_subscriptions")]
    operations = [
        migrations.AddField(
            model_name="pull",
            name="wanted",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
    ]
