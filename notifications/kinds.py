"""What members can be told of. This room knows no reason: higher rooms declare their kinds, settings.NOTICE_KINDS names them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


class Mail(models.TextChoices):
    """How soon a member hears of it by mail."""

    NONE = "none", _("Never")
    NOW = "now", _("At once")
    HOURLY = "hourly", _("Every hour")
    DAILY = "daily", _("Once a day")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notification. `forms`: name → sentence with blanks; a notice says by name which one it uses, else the first."""

    key: str
    label: Promise
    icon: str
    forms: Mapping[str, Promise]
    in_app: bool = True
    mail: str = Mail.NONE

    def sentence(self, data: Mapping[str, Any]) -> str:
        """What happened, in the language that is on. Each name in it keeps its own direction (Unicode UAX 9, FSI and PDI)."""
        chosen = self.forms.get(str(data.get("form", ""))) or next(iter(self.forms.values()))
        return str(chosen).format_map(_Blanks({name: f"\u2068{value}\u2069" for name, value in data.items()}))


class _Blanks(dict[str, str]):
    """What an older notice did not say is a dash, never an error on somebody's page."""

    def __missing__(self, key: str) -> str:
        return "–"


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """All kinds by key, in the order in which they are offered."""
    return {kind.key: kind for path in settings.NOTICE_KINDS for kind in import_string(path)}
