"""How answers of a channel look that are letters, and what answers by itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("social", "0021_posts")]
    operations = [
        migrations.AddField("channel", "signature", models.TextField(blank=True, db_default="", default="")),
        migrations.AddField("channel", "quotes_original", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("channel", "auto_answer", models.TextField(blank=True, db_default="", default="")),
    ]
