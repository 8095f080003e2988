"""What a channel listens for beside what is said to it, and what reading costs."""

from django.db import models

from core.tenancy import TenantKey, TenantModel
from social.models.channel import Channel


class Stream(TenantModel):
    """Words that a network is searched for on behalf of one channel. What is found is a public conversation."""

    channel = TenantKey(Channel, models.CASCADE, related_name="streams")
    #: In the network's own search language.
    words = models.CharField(max_length=512)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "channel", "words"], name="social_stream_once")]


class ReadCount(TenantModel):
    """Items of one kind that a channel read on one day (UTC) and that the network takes money for."""

    channel = TenantKey(Channel, models.CASCADE, related_name="read_counts")
    #: What was read: a name of the network file's, as `Page.feed` has it.
    feed = models.CharField(max_length=40)
    day = models.DateField()
    items = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "channel", "feed", "day"], name="social_read_count_one"),
        ]
