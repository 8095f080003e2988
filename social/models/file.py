"""What hangs on messages, kept by us: fetched once from its network, or chosen by a member to be sent."""

from django.db import models

from core.tenancy import TenantKey, TenantModel
from social.models.channel import Channel


class FileState(models.TextChoices):
    KEPT = "kept"
    FAILED = "failed"
    #: Its contents were thrown away because they were old; that it was there stays known.
    REMOVED = "removed"


class StoredFile(TenantModel):
    """One file in the vault (core/vault.py), or the reason why it is not there. It belongs to a channel: who sees that,
    sees it. What was chosen for a post on several channels belongs to none.
    """

    channel = TenantKey(Channel, models.CASCADE, null=True, related_name="files")
    #: A hash of the network's own address or name of it, so that it is fetched once; none for what a member chose.
    source = models.CharField(max_length=64, null=True)
    state = models.CharField(max_length=7, choices=FileState)
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
    #: Until when it is kept although it was not sent: it stands in a draft.
    held_until = models.DateTimeField(null=True)
    #: The visitor of a web chat who handed it over (`ChatThread.person`).
    visitor = models.CharField(max_length=160, blank=True, default="", db_default="")
    removed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "channel", "source"], name="social_file_once")]
        indexes = [
            models.Index(
                fields=["workspace_id", "created_at"],
                condition=models.Q(source=None, used_at=None),
                name="social_file_chosen",
            ),
            models.Index(fields=["workspace_id", "created_at"], condition=models.Q(state="kept"), name="social_file_ages"),
            models.Index(fields=["workspace_id", "key"], condition=~models.Q(key=""), name="social_file_key"),
        ]

    @property
    def kept_days(self) -> int:
        """For how many days its contents were kept."""
        return ((self.removed_at or self.created_at) - self.created_at).days


class FileRoom(TenantModel):
    """How much of a workspace's room for files is taken, and how long they are kept. One row a workspace, from its first file."""

    #: Bytes, counted as files come and go; the daily look at ages counts anew.
    held = models.BigIntegerField(default=0)
    #: Days for which a file is kept; None for ever.
    keep_days = models.PositiveIntegerField(null=True)
    #: When a file was last turned away because there was no room.
    full_at = models.DateTimeField(null=True)
    #: The last look at ages, and how many files it removed.
    swept_at = models.DateTimeField(null=True)
    removed = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id"], name="social_file_room_one")]
