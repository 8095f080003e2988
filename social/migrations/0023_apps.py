from django.db import migrations, models


class Migration(migrations.Migration):
    """Apps registered at servers of networks that have many, once for the whole installation."""

    dependencies = [("social", "0022_letters")]
    operations = [
        migrations.CreateModel(
            name="NetworkApp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", models.CharField(max_length=20)),
                ("place", models.CharField(max_length=253)),
                ("sealed", models.TextField()),
                ("registered_at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="networkapp",
            constraint=models.UniqueConstraint(fields=("network", "place"), name="social_networkapp_one"),
        ),
    ]
