"""Tickets and ratings on timelines."""

from django.db import migrations, models

KINDS = [
    ("message_in", "Message from them"),
    ("message_out", "Message from us"),
    ("note", "Note"),
    ("call_in", "Call from them"),
    ("call_out", "Call from us"),
    ("ticket", "Ticket"),
    ("rating", "Rating"),
]


class Migration(migrations.Migration):
    dependencies = [("crm", "0041_tags")]
    operations = [
        migrations.AlterField(
            model_name="interaction", name="kind", field=models.CharField(choices=KINDS, max_length=20)
        ),
    ]
