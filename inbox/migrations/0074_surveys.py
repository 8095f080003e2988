"""Asking customers how it was: settings, questions with their answers, the sweep's door."""

from django.db import migrations, models
from django.db.models.deletion import CASCADE, SET_NULL

from core.rls import TenantTable, security_definer

KEY = {"db_constraint": False, "db_index": False}
ID = [
    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
    ("workspace_id", models.BigIntegerField(editable=False)),
]
DUE = security_definer(
    "inbox_due_surveys",
    "max integer",
    "TABLE (workspace_id bigint)",
    "SELECT DISTINCT s.workspace_id FROM inbox_survey s WHERE s.state = 'waiting' AND s.due_at <= clock_timestamp() LIMIT max",
)


class Migration(migrations.Migration):
    dependencies = [("inbox", "0073_forms")]
    operations = [
        migrations.CreateModel(
            name="SurveySetting",
            fields=[
                *ID,
                ("is_on", models.BooleanField(default=False)),
                ("delay_minutes", models.PositiveIntegerField(default=30)),
                ("every_days", models.PositiveSmallIntegerField(default=30)),
                ("texts", models.JSONField(default=dict)),
                ("channel", models.ForeignKey(on_delete=CASCADE, related_name="+", to="social.channel", **KEY)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "db_table": "inbox_surveysetting",
                "constraints": [models.UniqueConstraint(fields=("workspace_id", "channel"), name="inbox_surveysetting_one")],
            },
        ),
        migrations.CreateModel(
            name="Survey",
            fields=[
                *ID,
                ("channel_id", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waits"), ("sent", "Asked"), ("dropped", "Not asked")], default="waiting", max_length=8
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("language", models.CharField(blank=True, max_length=10)),
                ("due_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("message_id", models.BigIntegerField(null=True)),
                ("score", models.PositiveSmallIntegerField(null=True)),
                ("comment", models.TextField(blank=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("contact", models.ForeignKey(on_delete=CASCADE, related_name="+", to="crm.contact", **KEY)),
                ("conversation", models.ForeignKey(on_delete=CASCADE, related_name="+", to="inbox.conversation", **KEY)),
                ("member", models.ForeignKey(null=True, on_delete=SET_NULL, related_name="+", to="accounts.membership", **KEY)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "db_table": "inbox_survey",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workspace_id", "conversation"), condition=models.Q(("state", "waiting")), name="inbox_survey_waiting"
                    ),
                ],
                "indexes": [
                    models.Index(fields=["due_at"], condition=models.Q(("state", "waiting")), name="inbox_survey_due"),
                    models.Index(fields=["workspace_id", "contact", "-sent_at"], name="inbox_survey_contact"),
                    models.Index(
                        fields=["workspace_id", "-answered_at", "-id"],
                        condition=models.Q(("score__isnull", False)),
                        name="inbox_survey_answered",
                    ),
                ],
            },
        ),
        TenantTable("surveysetting"),
        TenantTable("survey"),
        migrations.RunSQL(*DUE),
    ]
