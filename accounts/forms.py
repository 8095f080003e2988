"""Forms: they parse and say what is wrong with a field; services decide."""

import zoneinfo
from functools import lru_cache
from typing import Any

from allauth.account import app_settings
from allauth.account.forms import SignupForm
from allauth.core import context as allauth_context
from django import forms
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from accounts.models import Advance, Calendar, Theme, User
from accounts.models.api_token import MAX_DAYS
from accounts.models.invitation import MAX_DAYS as MAX_INVITATION_DAYS
from accounts.models.user import MAX_UNDO_SECONDS, normal_email
from accounts.policies import Role
from accounts.selectors import OpenInvitation, find_invitation
from accounts.services.invitations import PENDING, accept_invitation
from accounts.services.workspaces import fit_name, open_workspace
from core.errors import Conflict, Invalid
from core.names import clean_name


class SignUpForm(SignupForm):
    """Sign-up makes a workspace and its owner, unless the session carries an invitation: then it accepts that."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    workspace = forms.CharField(
        label=_("Name of your company or team"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "dir": "auto"}),
    )
    field_order = ("name", "workspace", "email", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = pending_invitation(allauth_context.request)
        if self.invitation is not None:
            del self.fields["workspace"]
            self.fields["email"].initial = self.invitation.email
            self.fields["email"].widget.attrs["readonly"] = True

    def clean_workspace(self) -> str:
        return fitting(self.cleaned_data["workspace"])

    def clean_name(self) -> str:
        return own_name(self.cleaned_data["name"])

    def clean_email(self) -> str:
        email: str = super().clean_email()
        if self.invitation is not None and normal_email(email) != self.invitation.email:
            raise forms.ValidationError(
                _("The invitation is for %(email)s.") % {"email": self.invitation.email}, code="wrong_address"
            )
        return email

    def try_save(self, request: HttpRequest) -> Any:
        """Person and workspace together or not at all. Losing a race for an address is like finding it taken."""
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError as error:
            self.account_already_exists = True
            if app_settings.EMAIL_VERIFICATION != app_settings.EmailVerificationMethod.MANDATORY:
                # Where addresses need no proof, allauth has no silent answer either: its form says the same.
                raise Conflict(_("Somebody has just signed up with this address."), field="email") from error
            return super().try_save(request)

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the person is stored."""
        if self.invitation is not None:
            accept_invitation(hashed=request.session.pop(PENDING), user=user)
            return
        open_workspace(name=self.cleaned_data["workspace"], owner=user, language=get_language() or "en")


def own_name(name: str) -> str:
    """A person's name without signs that would turn the line around in which others read it. Refused when nothing of it shows."""
    cleaned = clean_name(name, limit=120)
    if not cleaned:
        raise forms.ValidationError(_("Give a name that can be seen."), code="unseen")
    return cleaned


def fitting(name: str) -> str:
    """A workspace's name by the service's rule, refused beside its field."""
    try:
        return fit_name(name)
    except Invalid as error:
        raise forms.ValidationError(str(error), code=error.code) from error


def pending_invitation(request: HttpRequest | None) -> OpenInvitation | None:
    """The invitation this session came with, while it works."""
    hashed = request.session.get(PENDING) if request is not None else None
    return find_invitation(hashed) if hashed else None


@lru_cache(maxsize=1)
def time_zone_choices() -> list[tuple[str, str]]:
    """Zones by name, without the historic aliases that have no region."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


def own_names() -> list[tuple[str, str]]:
    """Languages as their speakers write them: whoever cannot read the page still finds theirs."""
    return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """How a person is called and likes to read."""

    language = forms.ChoiceField(label=_("Language"), choices=own_names)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices)
    calendar = forms.ChoiceField(label=_("Calendar"), choices=Calendar.choices)
    theme = forms.ChoiceField(label=_("Colours"), choices=Theme.choices)
    undo_seconds = forms.IntegerField(
        label=_("Undo window in seconds"),
        required=False,
        min_value=0,
        max_value=MAX_UNDO_SECONDS,
        help_text=_("For how long a reply can be taken back before it leaves. Empty: as your operator set it."),
    )

    advance = forms.ChoiceField(label=_("After resolving"), choices=Advance.choices, required=False)

    class Meta:
        model = User
        fields = ("name", "language", "calendar", "time_zone", "theme", "undo_seconds", "advance", "signature")
        labels = {"name": _("Your name"), "signature": _("Signature")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
            "signature": forms.Textarea(attrs={"dir": "auto", "rows": 3}),
        }

    def clean_advance(self) -> str:
        return str(self.cleaned_data["advance"] or self.instance.advance)

    def clean_name(self) -> str:
        # A person may have none: the address stands for it.
        return own_name(self.cleaned_data["name"]) if self.cleaned_data["name"] else ""


class WorkspaceForm(forms.Form):
    """A workspace's name."""

    name = forms.CharField(label=_("Name of your company or team"), max_length=80, widget=forms.TextInput(attrs={"dir": "auto"}))


class InvitationForm(forms.Form):
    """Whom to invite, as what, for how long."""

    email = forms.EmailField(label=_("Email"), max_length=254)
    role = forms.ChoiceField(label=_("Role"))
    team = forms.TypedChoiceField(label=_("Team"), required=False, coerce=int, empty_value=None)
    days = forms.TypedChoiceField(
        label=_("Works for"),
        coerce=int,
        initial=MAX_INVITATION_DAYS,
        choices=[(1, _("1 day")), (3, _("3 days")), (MAX_INVITATION_DAYS, _("7 days"))],
    )

    def __init__(self, *args: Any, roles: list[Role], teams: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role, team = self.fields["role"], self.fields["team"]
        assert isinstance(role, forms.ChoiceField)
        assert isinstance(team, forms.ChoiceField)
        role.choices = [(role.value, role.label) for role in roles]
        role.initial = Role.AGENT if Role.AGENT in roles else roles[-1]
        team.choices = [("", _("No team")), *((team.pk, team.name) for team in teams)]


class TeamForm(forms.Form):
    """A team's name."""

    name = forms.CharField(label=_("Name of the team"), max_length=80, widget=forms.TextInput(attrs={"dir": "auto"}))


class TokenForm(forms.Form):
    """What a token is for, and how long it lasts."""

    name = forms.CharField(label=_("What is it for?"), max_length=80, widget=forms.TextInput(attrs={"dir": "auto"}))
    days = forms.IntegerField(label=_("Days until it expires"), min_value=1, max_value=MAX_DAYS, initial=90)
