"""Who follows a conversation, and when members do so by themselves."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from inbox.models.conversation import Conversation


class Because(models.TextChoices):
    """Why somebody follows."""

    CHOSEN = "chosen", _("chose to")
    ASSIGNED = "assigned", _("it was given to them")
    MENTIONED = "mentioned", _("they were mentioned")
    WROTE = "wrote", _("they wrote")


class Follower(TenantModel):
    """A member who follows a conversation, or did: whoever left stays out until they choose otherwise."""

    conversation = TenantKey(Conversation, models.CASCADE, related_name="followers")
    member = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    because = models.CharField(max_length=10, choices=Because)
    is_on = models.BooleanField(default=True)
    since = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "conversation", "member"], name="inbox_follower_once"),
        ]
        indexes = [
            models.Index(
                fields=["workspace_id", "member", "conversation"], condition=models.Q(is_on=True), name="inbox_follower_mine"
            ),
        ]


class FollowHabit(TenantModel):
    """When a member follows by themselves. Without a row: always."""

    member = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    assigned = models.BooleanField(default=True)
    mentioned = models.BooleanField(default=True)
    wrote = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "member"], name="inbox_followhabit_once")]
