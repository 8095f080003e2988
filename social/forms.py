"""Forms of this room."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext_lazy as _

from core.errors import RabtaError
from social.models import ChatWidget
from social.models.chat import Asked, Side, WidgetTheme
from social.networks import network_of
from social.networks.base import Network
from social.networks.features import CredentialField
from social.services import addresses
from social.services.file_room import MOST_DAYS
from social.services.letters import LetterSettings, changeable


class TokensForm(forms.Form):
    """What a network asks an admin for. Secrets are never drawn again."""

    def __init__(self, network: Network, data: Any = None) -> None:
        # Several of these stand on one page, and two networks may ask for a field of one name.
        super().__init__(data, auto_id=f"{self.place}_{network.slug}_%s")
        for field in self.asks(network):
            if field.public_only and not addresses.is_public():
                continue
            if field.choices:
                self.fields[field.name] = forms.ChoiceField(
                    label=str(field.label), help_text=str(field.help), required=field.required, choices=field.choices
                )
                continue
            widget: forms.Widget = forms.PasswordInput() if field.secret else forms.TextInput()
            widget.attrs.update(autocomplete="off", spellcheck="false", dir="auto" if field.words else "ltr", maxlength="4096")
            self.fields[field.name] = forms.CharField(
                label=str(field.label), help_text=str(field.help), required=field.required, widget=widget, max_length=4096
            )

    #: What the ids of its fields begin with.
    place = "tokens"

    @staticmethod
    def asks(network: Network) -> tuple[CredentialField, ...]:
        """The fields of the form: the tokens to paste."""
        return network.credential_fields

    def blame(self, error: RabtaError) -> None:
        """Show what a service refused at the field it names, or above the form."""
        self.add_error(error.field if error.field in self.fields else NON_FIELD_ERRORS, str(error))


class SignInForm(TokensForm):
    """What is asked before a browser is sent to the network's sign-in page."""

    place = "begin"

    @staticmethod
    def asks(network: Network) -> tuple[CredentialField, ...]:
        return network.sign_in_fields()


class LettersForm(forms.Form):
    """How a channel writes whose answers are letters."""

    signature = forms.CharField(
        label=_("Signature"), required=False, max_length=2000, widget=forms.Textarea(attrs={"dir": "auto", "rows": 3}),
        help_text=_("Below every answer, after the member's own. {name}, {team} and {company} are filled in; *bold*, _slanted_."),
    )  # fmt: skip
    quotes_original = forms.BooleanField(label=_("Quote the original below the answer"), required=False)
    auto_answer = forms.CharField(
        label=_("Automatic answer"), required=False, max_length=5000, widget=forms.Textarea(attrs={"dir": "auto", "rows": 3}),
        help_text=_("Answers what people write by itself, each person once a week, and never a program. Empty: nothing does."),
    )  # fmt: skip

    def __init__(self, further: Iterable[CredentialField], data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for field in further:
            widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "auto", "maxlength": "4096"})
            self.fields[field.name] = forms.CharField(
                label=str(field.label), help_text=str(field.help), required=field.required, widget=widget, max_length=4096
            )
        self.order_fields([*(field.name for field in further), "signature", "quotes_original", "auto_answer"])

    @classmethod
    def of(cls, known: LetterSettings) -> "LettersForm":
        """The form as the settings stand."""
        own = {name: getattr(known, name) for name in ("signature", "quotes_original", "auto_answer")}
        return cls(changeable(network_of(known.channel.network)), initial={**own, **known.fields})

    def blame(self, error: RabtaError) -> None:
        """Show what the service refused at the field it names, or above the form."""
        self.add_error(error.field if error.field in self.fields else NON_FIELD_ERRORS, str(error))


class WidgetForm(forms.Form):
    """The settings of a chat widget."""

    title = forms.CharField(
        label=_("Title"), help_text=_("Empty: the channel's name."), required=False, max_length=60,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )  # fmt: skip
    greeting = forms.CharField(
        label=_("Greeting"), help_text=_("Empty: “Hello! How can we help?” in the visitor's language."), required=False,
        max_length=300, widget=forms.Textarea(attrs={"dir": "auto", "rows": 2}),
    )  # fmt: skip
    away_words = forms.CharField(
        label=_("While nobody answers"),
        help_text=_("Shown while this channel is paused: messages are taken all the same. Empty: words of ours."), required=False,
        max_length=300, widget=forms.Textarea(attrs={"dir": "auto", "rows": 2}),
    )  # fmt: skip
    color = forms.CharField(label=_("Colour"), max_length=7, widget=forms.TextInput(attrs={"type": "color"}))
    side = forms.ChoiceField(label=_("Position"), choices=Side.choices)
    theme = forms.ChoiceField(label=_("Light or dark"), choices=WidgetTheme.choices)
    language = forms.ChoiceField(
        label=_("Language"), choices=lambda: [("", _("As the page")), *settings.LANGUAGES], required=False
    )
    ask_name = forms.ChoiceField(label=_("Visitor's name"), choices=Asked.choices)
    ask_email = forms.ChoiceField(label=_("Visitor's e-mail address"), choices=Asked.choices)
    takes_files = forms.BooleanField(
        label=_("Visitors may send files"), required=False,
        help_text=_("Up to 10 MB each. What is in them is looked at, whatever they are called."),
    )  # fmt: skip
    origins = forms.CharField(
        label=_("Sites that may show it"),
        help_text=_("One address a line, such as https://shop.example. No other page can use it."),
        required=False, max_length=4000,
        widget=forms.Textarea(attrs={"dir": "ltr", "rows": 3, "spellcheck": "false", "autocomplete": "off"}),
    )  # fmt: skip

    @classmethod
    def of(cls, widget: ChatWidget) -> "WidgetForm":
        """The form as the settings stand."""
        names = ("title", "greeting", "away_words", "color", "side", "theme", "language", "ask_name", "ask_email", "takes_files")
        return cls(initial={name: getattr(widget, name) for name in names} | {"origins": "\n".join(widget.origins)})

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return self.cleaned_data | {"origins": self.cleaned_data["origins"].splitlines()}

    def blame(self, error: RabtaError) -> None:
        """Show what the service refused at the field it names, or above the form."""
        self.add_error(error.field if error.field in self.fields else NON_FIELD_ERRORS, str(error))


class KeepForm(forms.Form):
    """For how long a workspace keeps files."""

    keep_days = forms.IntegerField(
        label=_("Days"), help_text=_("Empty: for ever. Otherwise at least 1."), required=False,
        widget=forms.NumberInput(attrs={"min": 1, "max": MOST_DAYS, "inputmode": "numeric"}),
    )  # fmt: skip

    @classmethod
    def of(cls, days: int | None) -> "KeepForm":
        """The form as it stands."""
        return cls(initial={"keep_days": days})
