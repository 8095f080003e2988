"""What messages and calls cost."""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable

CHANNEL = {
    "db_constraint": False, "db_index": False, "on_delete": django.db.models.deletion.CASCADE, "to": "social.channel",
}  # fmt: skip
KEYS = [
    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
    ("workspace_id", models.BigIntegerField(editable=False)),
]
OPTIONS = {"abstract": False, "base_manager_name": "objects"}


class Migration(migrations.Migration):
    dependencies = [("social", "0026_signs")]
    operations = [
        migrations.CreateModel(
            name="Charge",
            fields=[
                *KEYS,
                ("external_id", models.CharField(max_length=160)),
                ("amount", models.DecimalField(decimal_places=6, max_digits=14)),
                ("currency", models.CharField(max_length=3)),
                ("at", models.DateTimeField()),
                ("channel", models.ForeignKey(related_name="charges", **CHANNEL)),
            ],
            options={
                **OPTIONS,
                "constraints": [
                    models.UniqueConstraint(fields=("workspace_id", "channel", "external_id"), name="social_charge_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Spend",
            fields=[
                *KEYS,
                ("month", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.DecimalField(decimal_places=6, max_digits=16)),
                ("charges", models.PositiveIntegerField()),
                ("channel", models.ForeignKey(related_name="spends", **CHANNEL)),
            ],
            options={
                **OPTIONS,
                "constraints": [
                    models.UniqueConstraint(fields=("workspace_id", "channel", "month", "currency"), name="social_spend_one")
                ],
            },
        ),
        TenantTable("charge"),
        TenantTable("spend"),
    ]
