"""A person's own settings, and the end of an account."""

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Theme, User
from accounts.services.sessions import tell_pages
from core.errors import Invalid


def save_profile(*, user: User, fields: tuple[str, ...]) -> None:
    """Store the named fields of a person whose form was valid."""
    user.save(update_fields=list(fields))


def set_language(*, user: User, language: str) -> None:
    """Draw pages for this person in another language. Raises Invalid."""
    if language not in dict(settings.LANGUAGES):
        raise Invalid(_("Rabta does not speak this language yet."), field="language")
    user.language = language
    user.save(update_fields=["language"])


def set_theme(*, user: User, theme: str) -> None:
    """Draw pages for this person light, dark, or as their device likes. Raises Invalid."""
    if theme not in Theme.values:
        raise Invalid(_("There is no such theme."), field="theme")
    user.theme = theme
    user.save(update_fields=["theme"])


def deactivate_user(*, user: User) -> None:
    """Shut a person out everywhere: sessions, tokens and open pages end at once. Nothing they wrote is removed."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    for session in UserSession.objects.filter(user=user):
        session.end()
    tell_pages(user)
