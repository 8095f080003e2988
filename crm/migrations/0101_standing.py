"""Who is not welcome."""

from django.db import migrations, models

STANDINGS = [("", "Welcome"), ("blocked", "Blocked"), ("spam", "Spam")]


class Migration(migrations.Migration):
    dependencies = [("crm", "0071_work")]
    operations = [
        migrations.AddField(
            "identity",
            "standing",
            models.CharField(blank=True, choices=STANDINGS, db_default="", default="", max_length=8),
        ),
        migrations.AddIndex(
            "identity",
            models.Index(
                fields=["workspace_id", "contact", "network"],
                condition=models.Q(("standing", ""), _negated=True),
                name="crm_identity_unwelcome",
            ),
        ),
    ]
