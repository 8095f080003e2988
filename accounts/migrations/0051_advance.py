"""Where a person goes once a conversation is done with."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0081_keys")]
    operations = [
        migrations.AddField(
            "user",
            "advance",
            models.CharField(
                choices=[("stay", "Stay there"), ("next", "To the next one"), ("list", "Back to the list")],
                db_default="stay",
                default="stay",
                max_length=4,
                verbose_name="after resolving",
            ),
        ),
    ]
