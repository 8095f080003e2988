"""Who follows a conversation, and when members do so by themselves."""

import django.db.models.deletion
from django.db import migrations, models

import core.tenancy
from core.rls import TenantTable


def _table(name: str, fields: list, constraints: list, indexes: list = ()) -> migrations.CreateModel:  # type: ignore[type-arg]
    return migrations.CreateModel(
        name=name,
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("workspace_id", models.BigIntegerField(editable=False)),
            *fields,
        ],
        options={"abstract": False, "base_manager_name": "objects", "constraints": constraints, "indexes": [*indexes]},
    )


MEMBER = (
    "member",
    core.tenancy.TenantKey("accounts.membership", on_delete=django.db.models.deletion.CASCADE, related_name="+"),
)
REASONS = [
    ("chosen", "chose to"),
    ("assigned", "it was given to them"),
    ("mentioned", "they were mentioned"),
    ("wrote", "they wrote"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0022_signature"), ("inbox", "0052_planned")]
    operations = [
        _table(
            "Follower",
            [
                (
                    "conversation",
                    core.tenancy.TenantKey(
                        "inbox.conversation", on_delete=django.db.models.deletion.CASCADE, related_name="followers"
                    ),
                ),
                MEMBER,
                ("because", models.CharField(choices=REASONS, max_length=10)),
                ("is_on", models.BooleanField(default=True)),
                ("since", models.DateTimeField()),
            ],
            [models.UniqueConstraint(fields=["workspace_id", "conversation", "member"], name="inbox_follower_once")],
            [
                models.Index(
                    condition=models.Q(("is_on", True)),
                    fields=["workspace_id", "member", "conversation"],
                    name="inbox_follower_mine",
                )
            ],
        ),
        _table(
            "FollowHabit",
            [
                MEMBER,
                ("assigned", models.BooleanField(default=True)),
                ("mentioned", models.BooleanField(default=True)),
                ("wrote", models.BooleanField(default=True)),
            ],
            [models.UniqueConstraint(fields=["workspace_id", "member"], name="inbox_followhabit_once")],
        ),
        TenantTable("follower"),
        TenantTable("followhabit"),
    ]
