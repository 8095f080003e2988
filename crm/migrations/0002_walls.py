"""The walls of this room, and the folding function that its search shares with Python."""

from django.db import migrations

from core.folding import fold_sql
from core.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("crm", "0001_contacts"), ("accounts", "0002_walls")]
    operations = [
        TenantTable("contact"),
        TenantTable("identity"),
        TenantTable("interaction"),
        migrations.RunSQL(*fold_sql()),
    ]
