"""What allauth asks us: how a person is stored, what ends with a password, how mails and secrets look."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils import translation

from accounts.models import User
from accounts.services import factors
from accounts.services.sessions import tell_pages


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up, sign-in and passwords."""

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.name = form.cleaned_data.get("name", "").strip()
        user.language = translation.get_language() or "en"
        return super().save_user(request, user, form, commit)

    def set_password(self, user: Any, password: str) -> None:
        """Store it. Every other session of this person dies with the old one; their open pages are told to look."""
        super().set_password(user, password)
        tell_pages(user)

    def format_email_subject(self, subject: str) -> str:
        """The subject as written: which site it is about stands in the sender."""
        return subject

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send in the language of the one who will read it. Only to addresses we store, never as typed into a form."""
        user = context.get("user")
        language = user.language if isinstance(user, User) else translation.get_language()
        with translation.override(language):
            super().send_mail(template_prefix, email, context)


class MFAAdapter(DefaultMFAAdapter):
    """Second factors. Their secrets are sealed."""

    def encrypt(self, text: str) -> str:
        return factors.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return factors.unseal(encrypted_text)
