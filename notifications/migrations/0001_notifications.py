"""What members are told, what they want to hear of, their walls, and the door of the sweep (docs/doors.md)."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import core.tenancy
import notifications.models.preference
from core.rls import TenantTable, security_definer

MAILS = [("none", "Never"), ("now", "At once"), ("hourly", "Every hour"), ("daily", "Once a day")]
DUE = security_definer(
    "notifications_due_mail",
    "max integer",
    "TABLE (workspace_id bigint)",
    "SELECT DISTINCT n.workspace_id FROM notifications_notification n WHERE n.mail_at <= clock_timestamp() LIMIT max",
)


def _table(name: str, fields: list, constraints: list, indexes: list = ()) -> migrations.CreateModel:  # type: ignore[type-arg]
    return migrations.CreateModel(
        name=name,
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("workspace_id", models.BigIntegerField(editable=False)),
            (
                "member",
                core.tenancy.TenantKey("accounts.membership", on_delete=django.db.models.deletion.CASCADE, related_name="+"),
            ),
            *fields,
        ],
        options={"abstract": False, "base_manager_name": "objects", "constraints": constraints, "indexes": [*indexes]},
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = [("accounts", "0081_keys")]
    operations = [
        _table(
            "Notification",
            [
                ("kind", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=80)),
                ("data", models.JSONField(default=dict)),
                ("path", models.CharField(max_length=200)),
                ("times", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("happened_at", models.DateTimeField()),
                ("event_id", models.BigIntegerField(default=0)),
                ("read_at", models.DateTimeField(null=True)),
                ("is_shown", models.BooleanField(default=True)),
                ("mail_at", models.DateTimeField(null=True)),
                ("mailed_at", models.DateTimeField(null=True)),
            ],
            [
                models.UniqueConstraint(
                    condition=models.Q(("read_at", None)),
                    fields=["workspace_id", "member", "kind", "subject"],
                    name="notifications_unread_once",
                )
            ],
            [
                models.Index(fields=["workspace_id", "member", "-happened_at", "-id"], name="notifications_newest"),
                models.Index(fields=["workspace_id", "member", "subject"], name="notifications_subject"),
                models.Index(condition=models.Q(("mail_at__isnull", False)), fields=["mail_at"], name="notifications_mail_due"),
            ],
        ),
        _table(
            "UnreadCount",
            [("unread", models.IntegerField(default=0))],
            [models.UniqueConstraint(fields=["workspace_id", "member"], name="notifications_count_once")],
        ),
        _table(
            "Preference",
            [
                ("kind", models.CharField(max_length=40)),
                ("in_app", models.BooleanField()),
                ("mail", models.CharField(choices=MAILS, max_length=8)),
            ],
            [models.UniqueConstraint(fields=["workspace_id", "member", "kind"], name="notifications_preference_once")],
        ),
        _table(
            "Rhythm",
            [
                ("mail_on", models.BooleanField(default=True)),
                ("daily_at", models.PositiveSmallIntegerField(default=540)),
                ("quiet_on", models.BooleanField(default=False)),
                ("quiet_from", models.PositiveSmallIntegerField(default=1200)),
                ("quiet_to", models.PositiveSmallIntegerField(default=480)),
                (
                    "quiet_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        default=notifications.models.preference.every_day,
                        size=None,
                    ),
                ),
            ],
            [models.UniqueConstraint(fields=["workspace_id", "member"], name="notifications_rhythm_once")],
        ),
        TenantTable("notification"),
        TenantTable("unreadcount"),
        TenantTable("preference"),
        TenantTable("rhythm"),
        migrations.RunSQL(*DUE),
    ]
