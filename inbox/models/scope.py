"""Whom something kept belongs to."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """One person's, a team's, or everybody's."""

    PRIVATE = "private", _("Only me")
    TEAM = "team", _("A team")
    WORKSPACE = "workspace", _("Everybody")
