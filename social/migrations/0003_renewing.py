"""A lease for renewing tokens: one renewal at a time, however many workers meet an expired token."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("social", "0002_walls")]
    operations = [
        migrations.AddField("channel", "renewing_until", models.DateTimeField(null=True)),
    ]
