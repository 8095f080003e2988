"""What a message said before it was edited on its network."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0072_tickets")]
    operations = [
        migrations.AddField(
            "message", "versions", models.JSONField(db_default=models.Value([], models.JSONField()), default=list)
        ),
    ]
