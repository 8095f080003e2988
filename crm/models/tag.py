"""A word that people of ours put on things to find them together again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantModel


class Tone(models.TextChoices):
    """The colours a tag may have; values are those of the look's chips."""

    PLAIN = "plain", _("Grey")
    INFO = "info", _("Blue")
    GOOD = "good", _("Green")
    WARN = "warn", _("Amber")
    BAD = "bad", _("Red")
    LIVE = "live", _("Teal")
    PLUM = "plum", _("Plum")


class Tag(TenantModel):
    """One tag of a workspace. Two names that search takes for one are one."""

    name = models.CharField(max_length=40)
    #: core.folding.fold of the name.
    folded = models.CharField(max_length=80)
    tone = models.CharField(max_length=8, choices=Tone, default=Tone.PLAIN)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "folded"], name="crm_tag_name")]

    def __str__(self) -> str:
        return self.name
