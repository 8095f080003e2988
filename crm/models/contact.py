"""A person, and the handles by which networks know them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel


class Contact(TenantModel):
    """A person our company talks with. Facts only a person entered stand here; what networks say stands on identities."""

    name = models.CharField(max_length=200)
    #: core.folding.fold of name and handles, for search that forgives spelling.
    folded = models.CharField(max_length=400, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    location = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10, blank=True)
    about = models.TextField(blank=True)
    created_at = models.DateTimeField()
    last_interaction_at = models.DateTimeField(null=True)
    #: Optimistic lock of the edit form.
    revision = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["workspace_id", "-last_interaction_at", "-id"], name="crm_contact_recent"),
        ]

    def __str__(self) -> str:
        return self.name


class Standing(models.TextChoices):
    """How we take what an identity writes."""

    WELCOME = "", _("Welcome")
    BLOCKED = "blocked", _("Blocked")
    SPAM = "spam", _("Spam")


class Identity(TenantModel):
    """One handle of a person on one network. `scope` narrows ids that are unique only per page or app."""

    contact = TenantKey(Contact, models.CASCADE, related_name="identities")
    network = models.CharField(max_length=20)
    scope = models.CharField(max_length=128, blank=True)
    external_id = models.CharField(max_length=160)
    handle = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True)
    #: What the network says of the person: bio, location, followers, verified, avatar, url, joined.
    profile = models.JSONField(default=dict)
    #: Why we think this handle is this person, and how sure we are (0–100). 100: the network's own account id.
    evidence = models.CharField(max_length=60, default="account")
    confidence = models.PositiveSmallIntegerField(default=100)
    #: What an identity that is not welcome writes comes in resolved and rings nowhere; nothing is deleted.
    standing = models.CharField(max_length=8, choices=Standing, blank=True, default="", db_default="")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "network", "scope", "external_id"], name="crm_identity_account"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace_id", "contact"], name="crm_identity_contact"),
            #: Who is not welcome: few rows, which ordinary ingest never writes.
            models.Index(
                fields=["workspace_id", "contact", "network"], condition=~models.Q(standing=""), name="crm_identity_unwelcome"
            ),
        ]

    def __str__(self) -> str:
        return self.handle or self.external_id
