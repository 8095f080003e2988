"""Side threads with people outside, and the door that finds a link's workspace."""

import django.db.models.deletion
from django.db import migrations, models

import core.tenancy
from core.rls import TenantTable, security_definer

DOOR = security_definer(
    "inbox_side_thread_workspace",
    "hashed text",
    "bigint",
    " SELECT workspace_id FROM inbox_sidethread WHERE token_hash = hashed ",
)
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))
WORKSPACE = ("workspace_id", models.BigIntegerField(editable=False))
SHOWS = [("all", "Everything said with the customer"), ("selected", "Chosen messages"), ("none", "Nothing of it")]
PARTS = [("shown", "shown to the guest"), ("asked", "said to the guest"), ("answered", "said by the guest")]
CASCADE = django.db.models.deletion.CASCADE


class Migration(migrations.Migration):
    dependencies = [("inbox", "0092_note_mentions"), ("inbox", "0072_tickets")]
    operations = [
        migrations.CreateModel(
            name="SideThread",
            fields=[
                ID,
                WORKSPACE,
                (
                    "conversation",
                    core.tenancy.TenantKey("inbox.conversation", on_delete=CASCADE, related_name="side_threads"),
                ),
                ("token_hash", models.CharField(editable=False, max_length=64)),
                ("guest_name", models.CharField(max_length=80)),
                ("shows", models.CharField(choices=SHOWS, max_length=8)),
                (
                    "opened_by",
                    core.tenancy.TenantKey(
                        "accounts.membership", on_delete=django.db.models.deletion.PROTECT, related_name="+"
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("looked_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=["workspace_id", "token_hash"], name="inbox_sidethread_token")
                ],
                "indexes": [
                    models.Index(fields=["token_hash"], name="inbox_sidethread_door"),
                    models.Index(fields=["workspace_id", "conversation", "-id"], name="inbox_sidethread_thread"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SideMessage",
            fields=[
                ID,
                WORKSPACE,
                ("side_thread", core.tenancy.TenantKey("inbox.sidethread", on_delete=CASCADE, related_name="messages")),
                ("message", core.tenancy.TenantKey("inbox.message", on_delete=CASCADE, related_name="+")),
                ("part", models.CharField(choices=PARTS, max_length=8)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["workspace_id", "side_thread", "message"], name="inbox_sidemessage_once"
                    )
                ],
            },
        ),
        TenantTable("sidethread"),
        TenantTable("sidemessage"),
        migrations.RunSQL(*DOOR),
    ]
