"""Asking customers, once we are done, how it was: per channel whether and how, and each question with its answer."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from inbox.models.conversation import Conversation


class SurveySetting(TenantModel):
    """Whether a channel asks, and how. No row: it does not."""

    channel = TenantKey("social.Channel", models.CASCADE, related_name="+")
    is_on = models.BooleanField(default=False)
    #: Minutes after resolving; a conversation that was opened again by then is not asked about.
    delay_minutes = models.PositiveIntegerField(default=30)
    #: One person is asked once within so many days, whatever the channel.
    every_days = models.PositiveSmallIntegerField(default=30)
    #: Language → words of one's own; where none stand, ours.
    texts = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        abstract = False
        db_table = "inbox_surveysetting"
        constraints = [models.UniqueConstraint(fields=["workspace_id", "channel"], name="inbox_surveysetting_one")]


class SurveyState(models.TextChoices):
    #: Resolved, and the time to ask has not come.
    WAITING = "waiting", _("Waits")
    SENT = "sent", _("Asked")
    #: Not asked after all: `reason` says why.
    DROPPED = "dropped", _("Not asked")


class Survey(TenantModel):
    """One question about one resolved conversation, and its one answer, which its giver may change."""

    conversation = TenantKey(Conversation, models.CASCADE, related_name="+")
    contact = TenantKey("crm.Contact", models.CASCADE, related_name="+")
    channel_id = models.BigIntegerField()
    #: Who resolved it.
    member = TenantKey("accounts.Membership", models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=SurveyState, default=SurveyState.WAITING)
    reason = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=10, blank=True)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    #: The line in the thread that shows the answer.
    message_id = models.BigIntegerField(null=True)
    score = models.PositiveSmallIntegerField(null=True)
    comment = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        db_table = "inbox_survey"
        constraints = [
            # One question a resolve: what is resolved again while its question waits goes on waiting.
            models.UniqueConstraint(
                fields=["workspace_id", "conversation"], condition=models.Q(state="waiting"), name="inbox_survey_waiting"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="inbox_survey_due"),
            models.Index(fields=["workspace_id", "contact", "-sent_at"], name="inbox_survey_contact"),
            models.Index(
                fields=["workspace_id", "-answered_at", "-id"],
                condition=models.Q(score__isnull=False),
                name="inbox_survey_answered",
            ),
        ]

    @property
    def faces(self) -> list[dict[str, Any]]:
        """The five to choose from, worst first."""
        return [{"score": score, "icon": icon} for score, icon in enumerate(FACES, start=1)]


#: Drawings, worst first.
FACES = ("mood-angry", "mood-sad", "mood-empty", "mood-smile", "mood-happy")
