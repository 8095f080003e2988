"""Files that stand in a draft are kept longer than those that nobody wants."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("social", "0033_looks")]
    operations = [migrations.AddField("storedfile", "held_until", models.DateTimeField(null=True))]
