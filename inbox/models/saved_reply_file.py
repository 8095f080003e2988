"""A file that goes along with a saved reply."""

from django.db import models

from core.tenancy import TenantKey, TenantModel
from inbox.models.saved_reply import SavedReply


class SavedReplyFile(TenantModel):
    """Kept by itself in the vault (core/vault.py): each use makes a chosen file of its own, under the network's own rules."""

    reply = TenantKey(SavedReply, models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)
    #: By content: image, video, audio or file; and the type likewise.
    kind = models.CharField(max_length=5)
    mime = models.CharField(max_length=80)
    size = models.BigIntegerField()
    key = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        indexes = [models.Index(fields=["workspace_id", "reply", "id"], name="inbox_savedreply_files")]
