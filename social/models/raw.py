"""What a network gave us, byte for byte in meaning, before anybody interpreted it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from social.models.channel import Channel


class RawState(models.TextChoices):
    STORED = "stored", _("Stored")
    SET_ASIDE = "set_aside", _("Set aside")
    DISCARDED = "discarded", _("Discarded")
    GONE = "gone", _("Gone on the network")


class RawItem(TenantModel):
    """One item of a page or a webhook. Unique on the network's id, so reading it again changes nothing.

    The row is not touched again when the inbox digests it: what still waits stands in `StoredPage`.
    """

    channel = TenantKey(Channel, models.CASCADE, related_name="raw_items")
    external_id = models.CharField(max_length=160)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=RawState, default=RawState.STORED)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    stored_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "channel", "external_id"], name="social_raw_item_once"),
        ]
        indexes = [
            # Only the few rows that wait for a person stand in this one.
            models.Index(
                fields=["workspace_id", "channel", "id"],
                condition=models.Q(state=RawState.SET_ASIDE),
                name="social_raw_item_aside",
            ),
        ]


class StoredPage(TenantModel):
    """Items that the inbox has not digested yet, in the order they came. Gone with the commit that digests them."""

    channel = TenantKey(Channel, models.CASCADE, related_name="stored_pages")
    item_ids = ArrayField(models.BigIntegerField())
    stored_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        indexes = [models.Index(fields=["workspace_id", "channel", "id"], name="social_stored_page_turn")]
