"""Forms of this room."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from core.errors import RabtaError
from social.networks.base import Network
from social.services import addresses


class TokensForm(forms.Form):
    """Pasted tokens: the fields are those the network asks for. Secrets are never drawn again."""

    def __init__(self, network: Network, data: Any = None) -> None:
        super().__init__(data)
        for field in network.credential_fields:
            if field.public_only and not addresses.is_public():
                continue
            if field.choices:
                self.fields[field.name] = forms.ChoiceField(
                    label=str(field.label), help_text=str(field.help), required=field.required, choices=field.choices
                )
                continue
            widget: forms.Widget = forms.PasswordInput() if field.secret else forms.TextInput()
            widget.attrs.update(autocomplete="off", spellcheck="false", dir="ltr", maxlength="4096")
            self.fields[field.name] = forms.CharField(
                label=str(field.label), help_text=str(field.help), required=field.required, widget=widget, max_length=4096
            )

    def blame(self, error: RabtaError) -> None:
        """Show what a service refused at the field it names, or above the form."""
        self.add_error(error.field if error.field in self.fields else NON_FIELD_ERRORS, str(error))
