"""Work that outlives a conversation or fans out of it: one ticket a team, each with its owner, clock and checklist."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.marks import TransactionId
from core.tenancy import TenantKey, TenantModel
from inbox.models.conversation import Conversation, Priority


class TicketStatus(models.TextChoices):
    OPEN = "open", _("Open")
    #: Somebody outside is being waited for.
    WAITING = "waiting", _("Waits")
    DONE = "done", _("Done")


class Ticket(TenantModel):
    """`number` is what people call it by, counted from 1 in each workspace."""

    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    conversation = TenantKey(Conversation, models.SET_NULL, null=True, related_name="tickets")
    contact = TenantKey("crm.Contact", models.SET_NULL, null=True, related_name="+")
    team = TenantKey("accounts.Team", models.SET_NULL, null=True, related_name="+")
    owner = TenantKey("accounts.Membership", models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=8, choices=TicketStatus, default=TicketStatus.OPEN)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    due_at = models.DateTimeField(null=True)
    #: {"id", "text", "done"} each, in order.
    checklist = models.JSONField(default=list)
    #: Its share of the answer that the customer gets for all tickets together.
    answer = models.TextField(blank=True)
    author = TenantKey("accounts.Membership", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(db_default=TransactionId())

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "number"], name="inbox_ticket_number")]
        indexes = [
            models.Index(fields=["workspace_id", "status", "-id"], name="inbox_ticket_status"),
            models.Index(fields=["workspace_id", "conversation"], name="inbox_ticket_conversation"),
            models.Index(fields=["workspace_id", "contact", "-id"], name="inbox_ticket_contact"),
            models.Index(fields=["workspace_id", "owner", "status", "-id"], name="inbox_ticket_owner"),
            models.Index(fields=["workspace_id", "team", "status", "-id"], name="inbox_ticket_team"),
            models.Index(
                fields=["workspace_id", "due_at", "id"], condition=~models.Q(status="done"), name="inbox_ticket_due"
            ),
        ]

    @property
    def is_done(self) -> bool:
        """Whether nobody has to do anything any more."""
        return self.status == TicketStatus.DONE

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been done by now."""
        return self.due_at is not None and not self.is_done and self.due_at < now()

    @property
    def steps_done(self) -> int:
        """How many steps of its checklist are done."""
        return sum(bool(step["done"]) for step in self.steps)

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Its checklist."""
        return self.checklist
