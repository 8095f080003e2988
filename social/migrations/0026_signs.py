"""What the last look for deletions saw below messages, so that only changes are told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("social", "0025_files_grown_old")]
    operations = [
        migrations.AddField("pull", "signs", models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))),
    ]
