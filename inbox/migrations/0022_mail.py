"""What a mail is besides its new words: who wrote it, what it quotes, which address it was written to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0007_calls")]
    operations = [
        migrations.AddField("message", "program", models.CharField(blank=True, db_default="", default="", max_length=12)),
        migrations.AddField("message", "above", models.TextField(blank=True, db_default="", default="")),
        migrations.AddField("message", "below", models.TextField(blank=True, db_default="", default="")),
        migrations.AddField("message", "has_original", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("message", "written_to", models.CharField(blank=True, db_default="", default="", max_length=160)),
    ]
