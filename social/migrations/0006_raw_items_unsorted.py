"""Nobody lists a channel's raw items by age: that index cost a tenth of storing one (docs/speed.md)."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('social', '0005_hooks'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='rawitem',
            name='social_raw_item_newest',
        ),
    ]
