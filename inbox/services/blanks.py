"""Blanks in prepared words, such as {{contact.name|"there"}}: read, refused where they are none, filled for one conversation.

The one place that does so, for pages and programs alike. Pure but for `values_of`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership
from accounts.selectors import workspace_name
from core.errors import Invalid
from core.names import clean_name
from core.tenancy import current_workspace_id
from inbox.models import Conversation

#: Name of a blank → what a person reads of it.
NAMES: dict[str, str | Promise] = {
    "contact.name": gettext_lazy("Name of the customer"),
    "contact.first_name": gettext_lazy("First name of the customer"),
    "agent.name": gettext_lazy("Your own name"),
    "conversation.number": gettext_lazy("Number of the conversation"),
    "channel.name": gettext_lazy("Name of the channel"),
    "workspace.name": gettext_lazy("Name of your company"),
}
#: Telephones and word processors write other quotation marks around what stands in for a missing value.
_BLANK = re.compile(r"\{\{(?P<inside>[^{}]*)\}\}")
_INSIDE = re.compile(r"\s*(?P<name>[a-z_]+(?:\.[a-z_]+)*)\s*(?:\|\s*[\"“”„«](?P<instead>[^\"“”„«»]*)[\"“”»]\s*)?")
#: Titles are no first names. As they stand before names in the languages of our screens.
_TITLES = frozenset(
    """
    mr mrs ms miss mx dr prof sir جناب محترم محترمہ ڈاکٹر پروفیسر دکتر آقای خانم مهندس استاد
    السيد السيدة الدكتور الدكتورة د م
    """.split()  # noqa: SIM905 - words are read more easily than quotes
)


@dataclass(frozen=True, slots=True)
class Filled:
    """Words with their blanks filled, as far as there were values. `missing` names the blanks still in it, in their order."""

    text: str
    missing: tuple[str, ...]


def check(text: str, *, field: str = "body") -> None:
    """Raise Invalid naming the first blank that nothing fills, and where it stands."""
    for found in re.finditer(r"\{\{", text):
        blank = _BLANK.match(text, found.start())
        line = text.count("\n", 0, found.start()) + 1
        place = found.start() - (text.rfind("\n", 0, found.start()) + 1) + 1
        if blank is None:
            reason = _("Line {line}, character {place}: a blank is opened with {{{{ and not closed with }}}}.")
            raise Invalid(reason.format(line=line, place=place), field=field, code="open_blank")
        inside = _INSIDE.fullmatch(blank["inside"])
        if inside is None or inside["name"] not in NAMES:
            reason = _("Line {line}, character {place}: nothing fills “{name}”.")
            name = inside["name"] if inside else blank["inside"].strip()[:60]
            detail = {"line": line, "character": place, "name": name}
            raise Invalid(reason.format(**detail | {"place": place}), field=field, code="unknown_blank", detail=detail)


def refuse_unfilled(text: str) -> None:
    """Raise Invalid (field `body`) where a blank still stands in words that are to be sent."""
    found = _BLANK.search(text)
    if found:
        reason = _("Fill in {blank} before you send.").format(blank=found[0])
        raise Invalid(reason, field="body", code="unfilled_blank", detail={"blank": found[0]})


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Words with `values` (name → words; empty means that there is none) in their blanks, else what stands in for them."""
    missing: list[str] = []

    def filled(found: re.Match[str]) -> str:
        inside = _INSIDE.fullmatch(found["inside"])
        if inside is None or inside["name"] not in values:
            missing.append(found[0])
            return found[0]
        value = values[inside["name"]] or (inside["instead"] or "").strip()
        if not value:
            missing.append(found[0])
        return value or found[0]

    return Filled(_BLANK.sub(filled, text), tuple(missing))


def values_of(conversation: Conversation, member: Membership) -> dict[str, str]:
    """What fills the blanks of words for this conversation, written by this member. One query."""
    name = conversation.contact.name
    read: dict[str, Callable[[], str]] = {
        "contact.name": lambda: name,
        "contact.first_name": lambda: first_name(name),
        "agent.name": lambda: member.user.display_name,
        "conversation.number": lambda: str(conversation.pk),
        "channel.name": lambda: conversation.channel.name,
        "workspace.name": lambda: workspace_name(current_workspace_id()),
    }
    return {key: _harmless(value()) for key, value in read.items()}


def first_name(name: str) -> str:
    """What one calls somebody by; empty where the name is only a handle, an address or a number."""
    if re.search(r"[@/]", name) or not re.search(r"[^\W\d_]", name):
        return ""
    words = [word for word in name.split() if word.casefold().rstrip(".") not in _TITLES]
    return words[0] if words else ""


def _harmless(value: str) -> str:
    """A customer's name is no blank: whoever calls himself {{agent.name}} would be addressed so, or could not be answered."""
    return clean_name(value.replace("{{", "{").replace("}}", "}"))
