"""What somebody asks for, taken apart: words, phrases, what must not stand there, and operators such as `from:ali`. Pure.

Operators are known in English and, for hands on another keyboard, in Persian, Arabic and Urdu. A word before a colon that is no
operator is a word like any other: addresses and times hold colons.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.utils.translation import gettext as _
from persiantools.jdatetime import JalaliDate

from core.errors import Invalid
from core.folding import fold

MAX_LENGTH = 300
#: More terms than a person writes; each costs the database a look.
MAX_TERMS = 24
#: Names of operators as people may type them, folded → ours.
OPERATORS = {
    fold(name): operator
    for operator, names in {
        "from": ("from", "از", "من", "سے"),
        "on": ("on", "در", "على", "پر"),
        "before": ("before", "قبل", "پیش", "پہلے"),
        "after": ("after", "بعد"),
        "tag": ("tag", "برچسب", "وسم", "ٹیگ"),
        "is": ("is", "وضعیت", "حالة", "حالت"),
    }.items()
    for name in names
}
STATUSES = ("open", "pending", "snoozed", "resolved")
#: What may follow `is:`.
STATES = (*STATUSES, "unassigned", "mine", "waiting", "unread", "public", "private", "note", "person")
_TERM = re.compile(r'(?P<minus>-)?(?:(?P<name>[^\s:"«»“”]{1,12}):)?(?:["«“](?P<phrase>[^"»”]*)["»”]?|(?P<word>\S+))')
_DAYS = re.compile(r"(\d{1,3})d", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
NAMED_DAYS = {fold(name): 0 for name in ("today", "امروز", "اليوم", "آج")}
NAMED_DAYS |= {fold(name): 1 for name in ("yesterday", "دیروز", "أمس", "کل")}
#: What may follow `before:` and `after:`, as examples.
DAYS = ("2026-03-01", "1405-01-15", "today", "yesterday", "7d")
#: Below this a year is one of the Jalali calendar.
GREGORIAN_FROM = 1700


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must (or must not) stand there, in this order. `begins`: the last one may go on."""

    text: str
    begins: bool = False
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for. Empty parts ask for nothing."""

    terms: tuple[Term, ...] = ()
    person: str = ""
    places: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    states: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return self == Question()

    def wanted(self) -> tuple[Term, ...]:
        """The terms that are to be shown where they stand."""
        return tuple(term for term in self.terms if not term.excluded)


def parse(text: str, *, today: date, zone: tzinfo = UTC) -> Question:
    """Take a question apart. Days are those of `zone`. Raises Invalid naming the operator and what may stand there."""
    if len(text) > MAX_LENGTH:
        raise Invalid(_("A search has at most {limit} characters.").format(limit=MAX_LENGTH), field="q", code="too_long")
    found = Question()
    matches = list(_TERM.finditer(text.replace("\x00", " ")))
    if len(matches) > MAX_TERMS:
        raise Invalid(_("A search has at most {limit} words.").format(limit=MAX_TERMS), field="q", code="too_many")
    for number, match in enumerate(matches):
        operator = OPERATORS.get(fold(match["name"] or ""))
        value = match["phrase"] if match["phrase"] is not None else match["word"]
        if operator and not match["minus"]:
            found = _operated(found, operator, value, today=today, zone=zone)
            continue
        words = value if operator is None and not match["name"] else f"{match['name']}:{value}"
        is_last = number == len(matches) - 1 and not text[-1:].isspace()
        begins = match["phrase"] is None and (words.endswith("*") or (is_last and len(words) > 1 and not match["minus"]))
        term = Term(words.rstrip("*"), begins=begins, excluded=bool(match["minus"]))
        if fold(term.text):
            found = replace(found, terms=(*found.terms, term))
    return found


def _operated(found: Question, operator: str, value: str, *, today: date, zone: tzinfo) -> Question:
    if operator == "from":
        return replace(found, person=f"{found.person} {value}".strip())
    if operator == "on":
        return replace(found, places=(*found.places, value))
    if operator == "tag":
        return replace(found, tags=(*found.tags, value))
    if operator == "is":
        state = fold(value)
        if state not in STATES:
            raise _unknown("is", value, STATES)
        return replace(found, states=found.states | {state})
    moment = datetime.combine(day_of(value, operator=operator, today=today), time(), tzinfo=zone)
    return replace(found, until=moment) if operator == "before" else replace(found, since=moment)


def day_of(value: str, *, operator: str, today: date) -> date:
    """The day somebody names: 2026-03-01, 1405-01-01 (Jalali), today, yesterday, 7d (so many days ago). Raises Invalid."""
    word = fold(value)
    if word in NAMED_DAYS:
        return today - timedelta(days=NAMED_DAYS[word])
    ago, written = _DAYS.fullmatch(word), _DATE.fullmatch(word)
    try:
        if ago:
            return today - timedelta(days=int(ago[1]))
        if written:
            return _date(*(int(part) for part in written.groups()))
    except (ValueError, OverflowError) as error:
        raise _unknown(operator, value, DAYS) from error
    raise _unknown(operator, value, DAYS)


def _date(year: int, month: int, day: int) -> date:
    if year >= GREGORIAN_FROM:
        return date(year, month, day)
    found: date = JalaliDate(year, month, day).to_gregorian()  # type: ignore[no-untyped-call]  # the library has no annotations
    return found


def _unknown(operator: str, value: str, choices: Iterable[str]) -> Invalid:
    words = _("“{value}” cannot follow {operator}: – try one of {choices}.")
    return Invalid(words.format(value=value[:60], operator=operator, choices=", ".join(choices)), field="q", code="bad_operator")
