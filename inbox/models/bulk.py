"""One deed on many conversations at once: what was asked, on which of them, how far it is, and what was there before."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from inbox.models.conversation import Conversation


class BulkAction(models.TextChoices):
    STATUS = "status", _("Status")
    ASSIGN = "assign", _("Person")
    TEAM = "team", _("Team")
    TAG = "tag", _("Tags")
    PRIORITY = "priority", _("Priority")
    READ = "read", _("Mark read")
    SNOOZE = "snooze", _("Snooze")


class BulkState(models.TextChoices):
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    #: A person stopped it; what was done stays done.
    STOPPED = "stopped", _("Stopped")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class ItemState(models.TextChoices):
    WAITING = "waiting", _("Waits")
    DONE = "done", _("Done")
    #: It was so already.
    SAME = "same", _("Was so already")
    REFUSED = "refused", _("Left alone")
    UNDONE = "undone", _("Undone")
    #: Undoing left it as somebody made it meanwhile.
    KEPT = "kept", _("Kept as it is")


class BulkRun(TenantModel):
    """Its conversations are frozen when it begins (BulkItem): what fits the list later is not touched."""

    author = TenantKey("accounts.Membership", models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=10, choices=BulkAction)
    #: What the action needs (services.bulk_deeds.checked).
    given = models.JSONField(default=dict)
    #: The list's address it was asked on; empty when conversations were named one by one.
    asked_list = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=BulkState, default=BulkState.RUNNING)
    total = models.PositiveIntegerField(default=0)
    #: Who undid it.
    undone_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        indexes = [
            models.Index(
                fields=["workspace_id", "id"], condition=models.Q(state__in=["running", "undoing"]), name="inbox_bulkrun_open"
            ),
        ]


class BulkItem(TenantModel):
    """One conversation of a run. It changes in the transaction that changes the conversation, so nothing is done twice."""

    run = TenantKey(BulkRun, models.CASCADE, related_name="+")
    conversation = TenantKey(Conversation, models.CASCADE, related_name="+")
    #: Whose it was when the run began: nobody's conversation is taken away unseen.
    held_by_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, choices=ItemState, default=ItemState.WAITING)
    #: Why it was left alone or kept (services.bulk_deeds.REASONS).
    reason = models.CharField(max_length=10, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "run", "conversation"], name="inbox_bulkitem_once")]
