"""What stands below a person's letters."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_walls")]
    operations = [
        migrations.AddField(
            "user",
            "signature",
            models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="Stands below your answers by e-mail. {name}, {team} and {company} are filled in; *bold* and _slanted_ too.",
                max_length=1000,
                verbose_name="signature",
            ),
        ),
    ]
