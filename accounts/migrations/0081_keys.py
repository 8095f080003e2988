"""A person's own keys, and whether single letters do anything."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0022_signature")]
    operations = [
        migrations.AddField("user", "keys", models.JSONField(blank=True, db_default={}, default=dict)),
        migrations.AddField("user", "single_keys", models.BooleanField(db_default=True, default=True)),
    ]
