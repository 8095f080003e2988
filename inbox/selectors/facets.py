"""What a list of conversations can be narrowed down by. Each facet checks its values, says what they mean, and offers a choice.

Later rooms know more of a conversation than this one: their facets have a place in the order here (`SLOTS`) and are filled in from
`config/`. A place that nobody fills shows nothing and is refused like any word that is no filter.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import get_language_info, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from accounts.models import Membership, Team
from accounts.policies import Permission
from accounts.selectors import members, members_who_may
from core.clock import now
from core.dates import day_in
from core.errors import Invalid
from core.keyset import MAX_ID
from crm.models import Contact
from crm.selectors import tags
from inbox.models import ConversationTag, Message, Priority, Status, Visibility
from social.networks import networks
from social.selectors import channels

#: More values of one facet than a person chooses.
MAX_VALUES = 60
#: Languages offered beside those of our own pages; an address may name any.
LANGUAGES = ("de", "fr", "es", "it", "pt", "nl", "pl", "ru", "tr", "hi", "bn", "id", "ja", "ko", "zh-hans")
WAITS = ("15m", "1h", "4h", "8h", "1d", "3d")
_LENGTH = re.compile(r"([1-9]\d{0,3})([mhd])", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that is offered. `tone` colours a tag's dot; `mark` is a network."""

    value: str
    label: str
    tone: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow a list down. `check` raises ValueError for a value that makes no sense; `condition` may ask the database
    through the query it becomes part of, and does not by itself.
    """

    key: str
    label: str | Promise
    icon: str
    check: Callable[[str], str]
    condition: Callable[[Sequence[str], Membership], Q]
    choices: Callable[[Membership], list[Choice]]
    #: What values are called that the choices do not hold, or without asking for all of them.
    words: Callable[[Sequence[str], Membership], list[str]] | None = None
    many: bool = True
    #: How it is chosen: choices, or a day.
    field: str = "choices"
    #: Whether an index leads to its rows, so that counting begins there.
    leads: bool = False

    def parse(self, given: Sequence[str]) -> tuple[str, ...]:
        """The values of an address, each once. Raises Invalid naming the facet."""
        values: dict[str, None] = {}
        for value in given:
            try:
                values[self.check(value)] = None
            except ValueError as error:
                sentence = _("“{value}” is nothing to filter by here.").format(value=value[:60])
                raise Invalid(sentence, field=self.key) from error
        if len(values) > (MAX_VALUES if self.many else 1):
            raise Invalid(_("This is more than can be filtered by at once."), field=self.key, code="too_many")
        return tuple(values)

    def said(self, values: Sequence[str], member: Membership) -> list[str]:
        """What these values are called. At most one query."""
        if self.words:
            return self.words(values, member)
        labels = {choice.value: choice.label for choice in self.choices(member)}
        return [labels.get(value, value) for value in values]


# --- checking -----------------------------------------------------------------------------------------------------------------


def one_of(choices: Sequence[str]) -> Callable[[str], str]:
    """A check: one of these words."""

    def check(value: str) -> str:
        if value not in choices:
            raise ValueError(value)
        return value

    return check


def number(value: str) -> str:
    """A check: the id of a row."""
    if not (value.isascii() and value.isdigit() and len(value) < 20 and 0 < int(value) <= MAX_ID):
        raise ValueError(value)
    return str(int(value))


def number_or(*words: str) -> Callable[[str], str]:
    """A check: the id of a row, or one of these words."""
    return lambda value: value if value in words else number(value)


def _length(value: str) -> str:
    if not _LENGTH.fullmatch(value):
        raise ValueError(value)
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value.lower()):
        raise ValueError(value)
    return value.lower()


def _network(value: str) -> str:
    return one_of(tuple(networks()))(value)


def _day(value: str) -> str:
    day = date.fromisoformat(value)
    if not date.min.year < day.year < date.max.year:
        # Midnight of the first and the last, or the day beside it, is a moment that there is not.
        raise ValueError(value)
    return day.isoformat()


# --- meaning ------------------------------------------------------------------------------------------------------------------


def _ids(values: Sequence[str]) -> list[int]:
    return [int(value) for value in values if value.isdigit()]


def _assigned(values: Sequence[str], member: Membership) -> Q:
    found = Q(assignee_id__in=[*_ids(values), *([member.pk] if "me" in values else [])])
    return found | Q(assignee_id=None) if "nobody" in values else found


def _of_team(values: Sequence[str], member: Membership) -> Q:
    found = Q(team_id__in=_ids(values))
    return found | Q(team_id=None) if "none" in values else found


def _tagged(values: Sequence[str], member: Membership) -> Q:
    return Q(id__in=ConversationTag.objects.filter(tag_id__in=_ids(values)).values("conversation_id"))


def _in_language(values: Sequence[str], member: Membership) -> Q:
    found = Q(snippet_lang__in=values)
    for value in values:
        found |= Q(snippet_lang__startswith=f"{value}-")
    return found


def _with_file(values: Sequence[str], member: Membership) -> Q:
    return Q(Exists(Message.objects.filter(conversation_id=OuterRef("id")).exclude(media=[])))


def span(value: str) -> timedelta:
    """How long `4h` is."""
    found = _LENGTH.fullmatch(value)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta()


def _midnight(value: str) -> datetime:
    return datetime.combine(date.fromisoformat(value), time(), tzinfo=timezone.get_current_timezone())


# --- choices ------------------------------------------------------------------------------------------------------------------


def _fixed(*pairs: tuple[object, object]) -> Callable[[Membership], list[Choice]]:
    return lambda member: [Choice(str(value), str(label)) for value, label in pairs]


def _channels(member: Membership) -> list[Choice]:
    return [Choice(str(row.pk), row.name, mark=row.network) for row in channels()]


def _networks(member: Membership) -> list[Choice]:
    here = {row.network for row in channels()}
    return [Choice(slug, str(network.label), mark=slug) for slug, network in networks().items() if slug in here]


def _people(member: Membership) -> list[Choice]:
    rows = members_who_may(Permission.CONVERSATIONS_REPLY).prefetch_related(None)
    others = [Choice(str(row.pk), row.user.display_name) for row in rows if row.pk != member.pk]
    return [Choice("me", _("Me")), Choice("nobody", _("Nobody")), *others]


def _said_people(values: Sequence[str], member: Membership) -> list[str]:
    words = {"me": _("Me"), "nobody": _("Nobody")}
    wanted = _ids(values)
    rows = members().filter(pk__in=wanted).prefetch_related(None) if wanted else []
    names = {str(row.pk): row.user.display_name for row in rows}
    return [words.get(value) or names.get(value, value) for value in values]


def _teams(member: Membership) -> list[Choice]:
    return [*(Choice(str(row.pk), row.name) for row in Team.objects.order_by("name")), Choice("none", _("No team"))]


def _tags(member: Membership) -> list[Choice]:
    return [Choice(str(row.pk), row.name, tone=row.tone) for row in tags()]


def language_name(code: str) -> str:
    """What a language is called in the reader's own."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def _languages(member: Membership) -> list[Choice]:
    codes = dict.fromkeys([code for code, _name in settings.LANGUAGES] + list(LANGUAGES))
    return [Choice(code.partition("-")[0], language_name(code)) for code in codes]


def length_words(value: str) -> str:
    """`4h` in words."""
    found = _LENGTH.fullmatch(value)
    if not found:
        return value
    n = int(found[1])
    words = {
        "m": ngettext("{n} minute", "{n} minutes", n),
        "h": ngettext("{n} hour", "{n} hours", n),
        "d": ngettext("{n} day", "{n} days", n),
    }
    return words[found[2]].format(n=n)


def _waits(member: Membership) -> list[Choice]:
    return [Choice(value, length_words(value)) for value in WAITS]


def _said_day(values: Sequence[str], member: Membership) -> list[str]:
    return [day_in(_midnight(value)) for value in values]


def _said_contact(values: Sequence[str], member: Membership) -> list[str]:
    names = {str(row.pk): row.name for row in Contact.objects.filter(id__in=_ids(values))}
    return [names.get(value, value) for value in values]


_YES = one_of(("yes",))
_FACETS = (
    Facet(
        "status", gettext_lazy("Status"), "circle-dashed", one_of(Status.values), lambda v, m: Q(status__in=v),
        _fixed(*Status.choices),
    ),
    Facet(
        "assignee", gettext_lazy("Person"), "user", number_or("me", "nobody"), _assigned, _people, words=_said_people, leads=True
    ),
    Facet("team", gettext_lazy("Team"), "users-group", number_or("none"), _of_team, _teams, leads=True),
    Facet("tag", gettext_lazy("Tag"), "tag", number, _tagged, _tags, leads=True),
    Facet("channel", gettext_lazy("Channel"), "plug", number, lambda v, m: Q(channel_id__in=_ids(v)), _channels, leads=True),
    Facet("network", gettext_lazy("Network"), "world", _network, lambda v, m: Q(channel__network__in=v), _networks),
    Facet("language", gettext_lazy("Language"), "language", _language, _in_language, _languages),
    Facet(
        "priority", gettext_lazy("Priority"), "flag", one_of([str(value) for value in Priority.values]),
        lambda v, m: Q(priority__in=_ids(v)), _fixed(*reversed(Priority.choices)),
    ),
    Facet(
        "waiting", gettext_lazy("Waiting longer than"), "clock", _length,
        lambda v, m: Q(waiting_since__lt=now() - span(v[0])), _waits, words=lambda v, m: [length_words(value) for value in v],
        many=False,
    ),
    Facet(
        "visibility", gettext_lazy("Public or private"), "eye", one_of(Visibility.values), lambda v, m: Q(visibility=v[0]),
        _fixed(*Visibility.choices), many=False,
    ),
    Facet(
        "unread", gettext_lazy("Unread"), "mail", _YES, lambda v, m: Q(unread_count__gt=0),
        _fixed(("yes", gettext_lazy("Only unread"))), many=False,
    ),
    Facet(
        "has", gettext_lazy("Attachment"), "paperclip", one_of(("file",)), _with_file,
        _fixed(("file", gettext_lazy("With an attachment"))), many=False,
    ),
    Facet(
        "from", gettext_lazy("Active since"), "calendar", _day, lambda v, m: Q(last_activity_at__gte=_midnight(v[0])),
        _fixed(), words=_said_day, many=False, field="day",
    ),
    Facet(
        "until", gettext_lazy("Active until"), "calendar", _day,
        lambda v, m: Q(last_activity_at__lt=_midnight(v[0]) + timedelta(days=1)), _fixed(), words=_said_day, many=False,
        field="day",
    ),
    Facet(
        "contact", gettext_lazy("Contact"), "user-circle", number, lambda v, m: Q(contact_id=int(v[0])), _fixed(),
        words=_said_contact, many=False, field="hidden", leads=True,
    ),
)  # fmt: skip
#: Places of what later rooms know, in the order in which they show.
SLOTS = ("mentioned", "intent", "sentiment", "sla", "segment", "vip")
_filled: dict[str, str] = {}


def add_facet(key: str, path: str) -> None:
    """Fill a place with the Facet that stands at a dotted path. Raises KeyError for a place that there is not."""
    if key not in SLOTS:
        raise KeyError(key)
    _filled[key] = path


def facets() -> dict[str, Facet]:
    """Everything a list can be narrowed down by just now, in order."""
    later = {key: import_string(_filled[key]) for key in SLOTS if key in _filled}
    return {**{facet.key: facet for facet in _FACETS}, **later}

