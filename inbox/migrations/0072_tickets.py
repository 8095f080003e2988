"""Tickets."""

from django.db import migrations, models
from django.db.models.deletion import SET_NULL

import core.marks
from core.rls import TenantTable

KEY = {"db_constraint": False, "db_index": False, "null": True, "on_delete": SET_NULL}


class Migration(migrations.Migration):
    dependencies = [("inbox", "0071_snooze"), ("crm", "0071_work")]
    operations = [
        migrations.CreateModel(
            name="Ticket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=200)),
                ("status", models.CharField(choices=[("open", "Open"), ("waiting", "Waits"), ("done", "Done")], default="open", max_length=8)),
                ("priority", models.SmallIntegerField(choices=[(0, "Low"), (1, "Normal"), (2, "High"), (3, "Urgent")], default=1)),
                ("due_at", models.DateTimeField(null=True)),
                ("checklist", models.JSONField(default=list)),
                ("answer", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("version", models.BigIntegerField(db_default=core.marks.TransactionId())),
                ("author", models.ForeignKey(related_name="+", to="accounts.membership", **KEY)),
                ("contact", models.ForeignKey(related_name="+", to="crm.contact", **KEY)),
                ("conversation", models.ForeignKey(related_name="tickets", to="inbox.conversation", **KEY)),
                ("owner", models.ForeignKey(related_name="+", to="accounts.membership", **KEY)),
                ("team", models.ForeignKey(related_name="+", to="accounts.team", **KEY)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=("workspace_id", "number"), name="inbox_ticket_number")],
                "indexes": [
                    models.Index(fields=["workspace_id", "status", "-id"], name="inbox_ticket_status"),
                    models.Index(fields=["workspace_id", "conversation"], name="inbox_ticket_conversation"),
                    models.Index(fields=["workspace_id", "contact", "-id"], name="inbox_ticket_contact"),
                    models.Index(fields=["workspace_id", "owner", "status", "-id"], name="inbox_ticket_owner"),
                    models.Index(fields=["workspace_id", "team", "status", "-id"], name="inbox_ticket_team"),
                    models.Index(
                        fields=["workspace_id", "due_at", "id"],
                        condition=models.Q(("status", "done"), _negated=True),
                        name="inbox_ticket_due",
                    ),
                ],
            },
        ),
        TenantTable("ticket"),
    ]
