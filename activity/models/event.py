"""The log, where each subscriber has read up to, and what a subscriber could not digest."""

from django.db import models

from core.marks import TransactionId
from core.tenancy import TenantKey, TenantModel


class Event(TenantModel):
    """One thing that happened, named `noun.past`. Never changed, never removed by the application."""

    kind = models.CharField(max_length=60)
    actor_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=80, blank=True)
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    #: Transaction that wrote it: readers go in this order, since ids are handed out before commits happen.
    xid = models.BigIntegerField(db_default=TransactionId())

    class Meta(TenantModel.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["workspace_id", "kind", "xid", "id"], name="activity_event_kind"),
            models.Index(fields=["workspace_id", "-id"], name="activity_event_newest"),
            models.Index(fields=["workspace_id", "subject", "-id"], name="activity_event_subject"),
        ]


class Subscription(TenantModel):
    """How far one subscriber has read this workspace's log."""

    subscriber = models.CharField(max_length=60)
    last_xid = models.BigIntegerField(default=0)
    last_id = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "subscriber"], name="activity_subscription_one"),
        ]


class SetAside(TenantModel):
    """An event that one subscriber failed on. Its neighbours went on; it can be tried again."""

    subscriber = models.CharField(max_length=60)
    event = TenantKey(Event, models.CASCADE, related_name="+")
    error = models.TextField()
    attempts = models.PositiveIntegerField(default=1)
    set_aside_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "subscriber", "event"], name="activity_set_aside_one"),
        ]
