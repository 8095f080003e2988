"""A message knows what was done to it on its network."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0005_stored_pages")]
    operations = [
        migrations.AddField("message", "reached", models.CharField(blank=True, db_default="", default="", max_length=10)),
        migrations.AddField(
            model_name="message",
            name="deeds",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
