"""A person who signs in. Global: one person, one password, any number of workspaces."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core import clock

MAX_UNDO_SECONDS = 120
MAX_SIGNATURE = 1000


class Calendar(models.TextChoices):
    """The calendar in which a person reads dates."""

    GREGORIAN = "gregorian", _("Gregorian")
    JALALI = "jalali", _("Jalali")
    HIJRI = "hijri", _("Hijri")


class Theme(models.TextChoices):
    """Colours of the screens."""

    AUTO = "auto", _("Like the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Advance(models.TextChoices):
    """Where to go once a conversation is done with."""

    STAY = "stay", _("Stay there")
    NEXT = "next", _("To the next one")
    LIST = "list", _("Back to the list")


def normal_email(email: str) -> str:
    """The one spelling under which an address is stored and compared."""
    return email.strip().lower()


class UserManager(BaseUserManager["User"]):
    """Makes people. There are no superusers: rights belong to memberships."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Store a person with a hashed password, or with an unusable one."""
        user = self.model(email=normal_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normal_email(username or ""))


class User(AbstractBaseUser):
    """A person: how they sign in, and how they like to read."""

    email = models.EmailField(_("email"), max_length=254)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=8, default="en")
    calendar = models.CharField(_("calendar"), max_length=12, choices=Calendar, default=Calendar.GREGORIAN)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.AUTO)
    undo_seconds = models.PositiveSmallIntegerField(
        _("undo window"), null=True, blank=True, help_text=_("Seconds for which a reply can be taken back.")
    )
    signature = models.TextField(
        _("signature"), max_length=MAX_SIGNATURE, blank=True, default="", db_default="",
        help_text=_("Stands below your answers by e-mail. {name}, {team} and {company} are filled in; *bold* and _slanted_ too."),
    )  # fmt: skip
    #: Own keys over the table's (accounts.keys): id of the action → key, empty for none.
    keys = models.JSONField(default=dict, db_default={}, blank=True)
    #: Whether keys without Ctrl or Alt do anything.
    single_keys = models.BooleanField(default=True, db_default=True)
    advance = models.CharField(_("after resolving"), max_length=4, choices=Advance, default=Advance.STAY, db_default="stay")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["email"], name="accounts_user_email"),
            # Together they make addresses unique whatever their case, and the plain index serves every look-up.
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="accounts_user_email_lower"),
            models.CheckConstraint(
                condition=models.Q(undo_seconds__isnull=True) | models.Q(undo_seconds__lte=MAX_UNDO_SECONDS),
                name="accounts_user_undo",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def clean(self) -> None:
        self.email = normal_email(self.email)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = normal_email(self.email)
        super().save(*args, **kwargs)

    @property
    def display_name(self) -> str:
        """The name, or what stands before the @ of the address."""
        return self.name or self.email.partition("@")[0]

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name.split(" ")[0]
