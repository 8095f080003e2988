"""Locations on Google that were connected before Google could call them get an address too."""

from django.db import migrations

ADDRESSES = """
UPDATE social_channel SET hook_key = left(replace(gen_random_uuid()::text, '-', ''), 22) WHERE network = 'google' AND hook_key = ''
"""


class Migration(migrations.Migration):
    dependencies = [("social", "0031_streams")]
    operations = [migrations.RunSQL(ADDRESSES, migrations.RunSQL.noop)]
