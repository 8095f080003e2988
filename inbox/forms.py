"""Forms of this room: they parse and say what is wrong with a field; services decide."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from accounts.policies import Permission
from accounts.selectors import teams
from core.errors import RabtaError
from inbox.models import SavedReply, Scope
from inbox.services.saved_replies import MAX_BODY, MAX_FOLDER, MAX_SHORTCUT, MAX_TITLE
from social.networks import networks
from social.selectors import channels

LANGUAGES = (("", _("Any")), ("en", "English"), ("ur", "اردو"), ("fa", "فارسی"), ("ar", "العربية"))


class SavedReplyForm(forms.Form):
    """Words to keep, for whom and where."""

    title = forms.CharField(label=_("Title"), max_length=MAX_TITLE, widget=forms.TextInput(attrs={"dir": "auto"}))
    shortcut = forms.CharField(
        label=_("Shortcut"), max_length=MAX_SHORTCUT, required=False, help_text=_("One word: type it behind / in the composer."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    body = forms.CharField(label=_("Text"), max_length=MAX_BODY, widget=forms.Textarea(attrs={"dir": "auto", "rows": 5}))
    lang = forms.CharField(label=_("Language"), required=False, widget=forms.Select(choices=LANGUAGES))
    folder = forms.CharField(
        label=_("Folder"), max_length=MAX_FOLDER, required=False, widget=forms.TextInput(attrs={"dir": "auto", "list": "folders"})
    )
    scope = forms.CharField(label=_("For whom"), widget=forms.Select(choices=Scope.choices))
    team = forms.IntegerField(label=_("Team"), required=False, widget=forms.Select())
    networks = forms.MultipleChoiceField(
        label=_("Only on these networks"), required=False, widget=forms.CheckboxSelectMultiple()
    )
    channels = forms.TypedMultipleChoiceField(
        label=_("Only on these channels"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple()
    )

    def __init__(self, member: Membership, data: Any = None, *, row: SavedReply | None = None) -> None:
        initial = {name: getattr(row, name) for name in self.base_fields if name != "team"} if row else {}
        super().__init__(data, initial=initial | ({"team": row.team_id} if row else {}), auto_id="saved_%s")
        if not member.may(Permission.SAVED_REPLIES_MANAGE):
            self.fields["scope"].widget.choices = [Scope.choices[0]]  # type: ignore[attr-defined]
            del self.fields["team"]
        else:
            self.fields["team"].widget.choices = [("", "–"), *((team.pk, team.name) for team in teams())]  # type: ignore[attr-defined]
        answering = [(slug, str(network.label)) for slug, network in networks().items() if not network.read_only]
        self.fields["networks"].choices = sorted(answering, key=lambda pair: pair[1].lower())  # type: ignore[attr-defined]
        self.fields["channels"].choices = [(channel.pk, channel.name) for channel in channels()]  # type: ignore[attr-defined]

    def blame(self, error: RabtaError) -> None:
        """Show what a service refused at the field it names, or above the form."""
        self.add_error(error.field if error.field in self.fields else NON_FIELD_ERRORS, str(error))
