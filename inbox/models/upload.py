"""A file on its way from a member's browser, in parts, so that a broken line costs one part and not all of it."""

from django.db import models

from core.tenancy import TenantKey, TenantModel
from inbox.models.conversation import Conversation


class Upload(TenantModel):
    """What has arrived of one file for a reply. Whole, it becomes a chosen file; an abandoned one goes after a day."""

    conversation = TenantKey(Conversation, models.CASCADE, related_name="+")
    member = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    #: Bytes: how many the browser says there are, and how many are here.
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    #: Names of the parts in the vault (core/vault.py), in order.
    parts = models.JSONField(default=list)
    #: The chosen file it became; asked again by whoever did not hear the answer.
    file_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["workspace_id", "created_at"], name="inbox_upload_ages"),
        ]
