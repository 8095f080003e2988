from django.db import migrations, models


class Migration(migrations.Migration):
    """What stands around a message: the post it quotes, how it was found."""

    dependencies = [("inbox", "0026_reactions")]
    operations = [migrations.AddField("message", "context", models.JSONField(null=True))]
