"""The tenant."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock

SLUG_PATTERN = r"^[a-z0-9](?:[a-z0-9-]{1,38})[a-z0-9]$"


class Workspace(models.Model):
    """One customer of ours: everything with a `workspace_id` is theirs alone.

    Behind Row-Level Security: seen while it is selected, and by people with an active membership in it.
    """

    name = models.CharField(_("name"), max_length=80)
    slug = models.CharField(
        _("address"),
        max_length=40,
        validators=[RegexValidator(SLUG_PATTERN, _("3 to 40 small letters, digits and hyphens."))],
    )
    language = models.CharField(_("language"), max_length=8, default="en")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug"], name="accounts_workspace_slug"),
            models.CheckConstraint(condition=models.Q(slug__regex=SLUG_PATTERN), name="accounts_workspace_slug_shape"),
        ]

    def __str__(self) -> str:
        return self.name
