"""Forms of this room. What a value must be, the service says; the form only carries it."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext_lazy as _

from core.errors import RabtaError


class ContactForm(forms.Form):
    """What people of ours know of a contact."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}))
    email = forms.CharField(label=_("E-mail"), required=False, max_length=254, widget=forms.EmailInput({"autocomplete": "off"}))
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=32, help_text=_("With the country code: +92 300 1234567"),
        widget=forms.TextInput({"type": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    location = forms.CharField(
        label=_("Place"), required=False, max_length=200, widget=forms.TextInput({"dir": "auto", "autocomplete": "off"})
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    about = forms.CharField(label=_("About"), required=False, max_length=5000, widget=forms.Textarea({"rows": 3, "dir": "auto"}))

    def __init__(self, data: Any = None, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        known = {"": _("Not known"), **dict(settings.LANGUAGES)}
        current = initial.get("language", "")
        if current not in known:
            known[current] = current
        self.fields["language"].choices = list(known.items())  # type: ignore[attr-defined]

    def changes(self) -> dict[str, str]:
        """What to hand to the service."""
        return {name: value for name, value in self.cleaned_data.items() if name != "revision"}

    def blame(self, error: RabtaError) -> None:
        """Show what the service refused at the field it names, or above the form."""
        self.add_error(error.field if error.field in self.fields else NON_FIELD_ERRORS, str(error))
