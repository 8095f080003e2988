"""Deeds on many conversations at once, and the door by which the sweep finds unfinished ones."""

from django.db import migrations, models
from django.db.models.deletion import CASCADE, SET_NULL

from core.rls import TenantTable, security_definer

KEY = {"db_constraint": False, "db_index": False, "related_name": "+"}
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))
UNFINISHED = security_definer(
    "inbox_unfinished_bulk",
    "max integer",
    "TABLE (workspace_id bigint, run_id bigint)",
    "SELECT r.workspace_id, r.id FROM inbox_bulkrun r WHERE r.state IN ('running', 'undoing') ORDER BY r.id LIMIT max",
)
ACTIONS = [
    ("status", "Status"), ("assign", "Person"), ("team", "Team"), ("tag", "Tags"), ("priority", "Priority"),
    ("read", "Mark read"), ("snooze", "Snooze"),
]  # fmt: skip
STATES = [("running", "Running"), ("done", "Done"), ("stopped", "Stopped"), ("undoing", "Being undone"), ("undone", "Undone")]
ITEM_STATES = [
    ("waiting", "Waits"), ("done", "Done"), ("same", "Was so already"), ("refused", "Left alone"), ("undone", "Undone"),
    ("kept", "Kept as it is"),
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("inbox", "0074_surveys")]
    operations = [
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                ID,
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("action", models.CharField(choices=ACTIONS, max_length=10)),
                ("given", models.JSONField(default=dict)),
                ("asked_list", models.TextField(blank=True)),
                ("state", models.CharField(choices=STATES, default="running", max_length=10)),
                ("total", models.PositiveIntegerField(default=0)),
                ("undone_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("author", models.ForeignKey(to="accounts.membership", null=True, on_delete=SET_NULL, **KEY)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["workspace_id", "id"],
                        condition=models.Q(("state__in", ["running", "undoing"])),
                        name="inbox_bulkrun_open",
                    )
                ],
            },
        ),
        TenantTable("bulkrun"),
        migrations.CreateModel(
            name="BulkItem",
            fields=[
                ID,
                ("workspace_id", models.BigIntegerField(editable=False)),
                ("held_by_id", models.BigIntegerField(null=True)),
                ("state", models.CharField(choices=ITEM_STATES, default="waiting", max_length=8)),
                ("reason", models.CharField(blank=True, max_length=10)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("conversation", models.ForeignKey(to="inbox.conversation", on_delete=CASCADE, **KEY)),
                ("run", models.ForeignKey(to="inbox.bulkrun", on_delete=CASCADE, **KEY)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("workspace_id", "run", "conversation"), name="inbox_bulkitem_once")
                ],
            },
        ),
        TenantTable("bulkitem"),
        migrations.RunSQL(*UNFINISHED),
    ]
