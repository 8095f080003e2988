"""What must be filled in before resolving: forms, and what was filled into them."""

from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT, SET_NULL

from core.rls import TenantTable

KEY = {"db_constraint": False, "db_index": False}
ID = [
    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
    ("workspace_id", models.BigIntegerField(editable=False)),
]
KINDS = [("text", "Text"), ("choice", "Choice"), ("number", "Number"), ("check", "Checkbox")]


def options(**more):
    return {"abstract": False, "base_manager_name": "objects", **more}


class Migration(migrations.Migration):
    dependencies = [("inbox", "0101_approvals")]
    operations = [
        migrations.CreateModel(
            name="Form",
            fields=[
                *ID,
                ("name", models.CharField(max_length=80)),
                ("subject", models.CharField(choices=[("conversation", "Conversations"), ("ticket", "Tickets")], max_length=12)),
                ("fields", models.JSONField(default=list)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                ("channel", models.ForeignKey(null=True, on_delete=CASCADE, related_name="+", to="social.channel", **KEY)),
            ],
            options=options(
                constraints=[models.UniqueConstraint(fields=("workspace_id", "subject", "name"), name="inbox_form_name")]
            ),
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                *ID,
                ("filled_at", models.DateTimeField()),
                ("author", models.ForeignKey(null=True, on_delete=SET_NULL, related_name="+", to="accounts.membership", **KEY)),
                ("conversation", models.ForeignKey(null=True, on_delete=CASCADE, related_name="+", to="inbox.conversation", **KEY)),
                ("form", models.ForeignKey(on_delete=PROTECT, related_name="entries", to="inbox.form", **KEY)),
                ("ticket", models.ForeignKey(null=True, on_delete=CASCADE, related_name="+", to="inbox.ticket", **KEY)),
            ],
            options=options(
                db_table="inbox_formentry",
                indexes=[models.Index(fields=["workspace_id", "form", "-filled_at"], name="inbox_entry_form")],
                constraints=[
                    models.UniqueConstraint(
                        fields=("workspace_id", "conversation"),
                        condition=models.Q(("conversation__isnull", False)),
                        name="inbox_entry_conversation",
                    ),
                    models.UniqueConstraint(
                        fields=("workspace_id", "ticket"), condition=models.Q(("ticket__isnull", False)), name="inbox_entry_ticket"
                    ),
                ],
            ),
        ),
        migrations.CreateModel(
            name="Value",
            fields=[
                *ID,
                ("key", models.CharField(max_length=12)),
                ("label", models.CharField(max_length=80)),
                ("kind", models.CharField(choices=KINDS, max_length=8)),
                ("text", models.TextField(blank=True)),
                ("number", models.DecimalField(decimal_places=4, max_digits=18, null=True)),
                ("flag", models.BooleanField(null=True)),
                ("entry", models.ForeignKey(on_delete=CASCADE, related_name="values", to="inbox.entry", **KEY)),
            ],
            options=options(
                db_table="inbox_formvalue",
                constraints=[models.UniqueConstraint(fields=("workspace_id", "entry", "key"), name="inbox_value_once")],
            ),
        ),
        TenantTable("form"),
        TenantTable("entry"),
        TenantTable("value"),
    ]
