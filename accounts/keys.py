"""What the keyboard does: one table, from which the sheet, the palette, the tooltips and the page where keys are changed are drawn.

A key is a place on the keyboard (`KeyboardEvent.code`, W3C UI Events code values, 2024), so that it is the same on every layout;
`Mod` is Ctrl, or Cmd on a Mac. Controls on pages carry the key of this table (`data-key="KeyR"`); a person's own keys lie over it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a key does. Two actions of one `space` never share a key; `go` holds the letters after the going key.

    What is `fixed` belongs to the browser's own ways and stays.
    """

    id: str
    key: str
    words: str | Promise
    group: str
    space: str = "page"
    fixed: bool = False


GROUPS: dict[str, str | Promise] = {
    "list": _("The list"),
    "conversation": _("The open conversation"),
    "writing": _("Writing"),
    "everywhere": _("Everywhere"),
    "go": _("Go to"),
}

ACTIONS: tuple[Action, ...] = (
    Action("next", "KeyJ", _("Next conversation"), "list"),
    Action("previous", "KeyK", _("Previous conversation"), "list"),
    Action("open", "Enter", _("Open"), "list", fixed=True),
    Action("back", "Escape", _("Back to the list"), "list", fixed=True),
    Action("next-view", "BracketRight", _("Next view"), "list"),
    Action("previous-view", "BracketLeft", _("Previous view"), "list"),
    Action("filter", "KeyS", _("Filter the list"), "list"),
    Action("select", "KeyX", _("Choose this conversation"), "list"),
    Action("select-next", "Shift+KeyJ", _("Choose on, downwards"), "list"),
    Action("select-previous", "Shift+KeyK", _("Choose on, upwards"), "list"),
    Action("reply", "KeyR", _("Reply"), "conversation"),
    Action("note", "KeyN", _("Note"), "conversation"),
    Action("resolve", "KeyE", _("Resolve or reopen"), "conversation"),
    Action("assign", "KeyA", _("Assign"), "conversation"),
    Action("mine", "KeyM", _("Assign to me"), "conversation"),
    Action("tag", "KeyL", _("Tag"), "conversation"),
    Action("unread", "KeyU", _("Mark unread"), "conversation"),
    Action("follow", "KeyF", _("Follow or stop following"), "conversation"),
    Action("snooze", "KeyH", _("Snooze"), "conversation"),
    Action("context", "Backslash", _("Show or hide the contact"), "conversation"),
    Action("send", "Mod+Enter", _("Send"), "writing"),
    Action("send-resolve", "Mod+Shift+Enter", _("Send and resolve"), "writing"),
    Action("undo", "KeyZ", _("Undo"), "everywhere"),
    Action("search", "Slash", _("Search"), "everywhere"),
    Action("palette", "Mod+KeyK", _("Find anything"), "everywhere"),
    Action("help", "Shift+Slash", _("Show all keys"), "everywhere"),
    Action("go", "KeyG", _("Go, then a letter"), "everywhere"),
    Action("go-inbox", "KeyI", _("Inbox"), "go", space="go"),
    Action("go-contacts", "KeyC", _("Contacts"), "go", space="go"),
    Action("go-search", "KeyS", _("Search"), "go", space="go"),
    Action("go-channels", "KeyH", _("Channels"), "go", space="go"),
    Action("go-people", "KeyP", _("People"), "go", space="go"),
    Action("go-tickets", "KeyT", _("Tickets"), "go", space="go"),
    Action("go-notifications", "KeyN", _("Notifications"), "go", space="go"),
)
BY_ID = {action.id: action for action in ACTIONS}

_PLACES = {
    "BracketLeft": "[", "BracketRight": "]", "Slash": "/", "Backslash": "\\", "Semicolon": ";", "Quote": "'", "Comma": ",",
    "Period": ".", "Minus": "-", "Equal": "=", "Backquote": "`", "Escape": "Esc", "Enter": "Enter",
}  # fmt: skip
_LETTER = re.compile(r"^(?:Key([A-Z])|Digit([0-9])|(F[1-9]|F1[0-2]))$")
#: As pages send it: modifiers in this order, then the place.
_COMBINATION = re.compile(r"^(?:Mod\+)?(?:Alt\+)?(?:Shift\+)?[A-Za-z0-9]+$")
#: What browsers do not give away, or what people expect of them in every field.
BROWSERS_OWN = frozenset(f"Mod+Key{letter}" for letter in "WTNQRLACVXZYF") | {"F5", "F11", "F12"}
BROWSERS_OWN |= frozenset(f"Mod+Shift+Key{letter}" for letter in "TNWIR")


def parts_of(combination: str) -> list[str]:
    """What is printed on the keys of a combination: `Mod+Shift+KeyK` → Ctrl, Shift, K. Empty for no key."""
    *modifiers, place = combination.split("+")
    found = _LETTER.match(place)
    name = next(filter(None, found.groups())) if found else _PLACES.get(place, place)
    return [*("Ctrl" if word == "Mod" else word for word in modifiers), *([name] if name else [])]


def is_key(combination: str) -> bool:
    """Whether a combination can be given to an action: known places only, and Enter or Escape never by themselves."""
    place = combination.rpartition("+")[2]
    known = bool(_LETTER.match(place)) or place in _PLACES
    return bool(_COMBINATION.match(combination)) and known and place != "Escape" and combination != "Enter"


@dataclass(frozen=True, slots=True)
class KeyShown:
    """One action with the key that a person has for it. `key` is empty where they want none."""

    action: Action
    key: str

    @property
    def parts(self) -> list[str]:
        return parts_of(self.key)

    @property
    def default_parts(self) -> list[str]:
        return parts_of(self.action.key)

    @property
    def changed(self) -> bool:
        return self.key != self.action.key


def keys_with(own: Mapping[str, str]) -> list[KeyShown]:
    """All actions with a person's own keys over the table's. What an older version stored and nobody knows is left out."""
    return [KeyShown(action, action.key if action.fixed else own.get(action.id, action.key)) for action in ACTIONS]


def grouped(keys: list[KeyShown]) -> Iterator[tuple[str | Promise, list[KeyShown]]]:
    """The same under the headings of the sheet."""
    for group, label in GROUPS.items():
        yield label, [shown for shown in keys if shown.action.group == group]


def taken_by(combination: str, action: Action, own: Mapping[str, str]) -> Action | None:
    """Which other action of the same space has this key already. Alt with a letter does while typing what the letter does."""
    for shown in keys_with(own):
        if shown.action.space != action.space or shown.action.id == action.id or not shown.key:
            continue
        if combination in (shown.key, f"Alt+{shown.key}") or f"Alt+{combination}" == shown.key:
            return shown.action
    return None
