"""What hangs on messages, kept by us: fetched once from its network, or chosen by a member to be sent."""

from django.db import models

from core.tenancy import TenantKey, TenantModel
from social.models.channel import Channel


class FileState(models.TextChoices):
    KEPT = "kept"
    FAILED = "failed"


class StoredFile(TenantModel):
    """One file in the vault (core/vault.py), or the reason why it is not there. It belongs to a channel: who sees that,
    sees it. What was chosen for a post on several channels belongs to none.
    """

    channel = TenantKey(Channel, models.CASCADE, null=True, related_name="files")
    #: A hash of the network's own address or name of it, so that it is fetched once; none for what a member chose.
    source = models.CharField(max_length=64, null=True)
    state = models.CharField(max_length=6, choices=FileState)
    #: By content: image, video, audio where a browser may draw or play it, else file; and the type likewise.
    kind = models.CharField(max_length=5, default="file")
    mime = models.CharField(max_length=80, blank=True)
    name = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    #: Bytes of the file itself, of the picture drawn anew in two sizes, and of all that together.
    size = models.BigIntegerField(default=0)
    large_size = models.BigIntegerField(default=0)
    small_size = models.BigIntegerField(default=0)
    kept_size = models.BigIntegerField(default=0)
    #: Names in the vault: the file itself, and the picture drawn anew (empty where there is none).
    key = models.CharField(max_length=60, blank=True)
    large_key = models.CharField(max_length=60, blank=True)
    small_key = models.CharField(max_length=60, blank=True)
    #: Why it could not be fetched, and until when that is taken for an answer.
    error = models.TextField(blank=True)
    retry_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    #: The member who chose it, and when it went into the outbox; what never does is thrown away after a day.
    member_id = models.BigIntegerField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "channel", "source"], name="social_file_once")]
        indexes = [
            models.Index(
                fields=["workspace_id", "created_at"],
                condition=models.Q(member_id__isnull=False, used_at=None),
                name="social_file_unused",
            ),
            models.Index(fields=["workspace_id", "id"], include=["kept_size"], name="social_file_sizes"),
        ]
