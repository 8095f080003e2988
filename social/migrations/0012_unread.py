from django.db import migrations, models


class Migration(migrations.Migration):
    """Messages that arrived and were not read yet, found by channel: a network may say only until when somebody has read."""

    dependencies = [("social", "0011_deeds")]
    operations = [
        migrations.AddIndex(
            "delivery",
            models.Index(condition=models.Q(reached="delivered"), fields=["workspace_id", "channel"], name="social_delivery_unread"),
        ),
    ]
