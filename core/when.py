"""What moment somebody means by “tomorrow 9”, «سه‌شنبه ساعت ۱۰», «کل صبح ۹ بجے» or «بعد ٣ ساعات». Pure.

Always a moment to come. What can be meant in two ways is answered with the likelier one first and the others beside it, so that a
page can show them; what is not understood is refused by the word. Why no library: docs/adr/when.md.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.utils.translation import gettext as _

from core.calendars import day_of, next_month, parts_of
from core.errors import Invalid
from core.folding import fold
from core.when_words import CALENDAR_OF, LONGEST, PERSIAN_HOUR, PHRASES, URDU_LETTERS, URDU_WEEK

MAX_LENGTH = 120
#: Further away nobody plans; it is a slip of the finger.
FURTHEST = timedelta(days=5 * 366)
#: The hour of a day where none is named.
MORNING = 9
#: Hours up to this one are of the afternoon where nothing says which half of the day is meant.
EARLIEST = 6
NOON, EVENING, DAY_HOURS = 12, 21, 24
#: Below this a year is of the Jalali or the Hijri calendar.
GREGORIAN_FROM = 1700
_TOKEN = re.compile(
    r"(?P<date>\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}/\d{1,2})|(?P<clock>\d{1,2}[:.]\d{2})(?!\d)|(?P<decimal>\d{1,3}\.\d)(?!\d)"
    r"|(?P<nth>\d{1,2})(?:st|nd|rd|th)\b|(?P<number>\d{1,4})|(?P<word>[^\W\d_]+)|(?P<strange>[^\s,،.;؛:!؟?'’\"()–—-])"
)  # fmt: skip
#: The hours that a part of the day may hold, so that “4 in the evening” is 16 and «۲ شب» is after midnight.
_AFTERNOON = (15, 18)


@dataclass(frozen=True, slots=True)
class Understood:
    """The moment that is meant, and what else may be, likelier first."""

    at: datetime
    others: tuple[datetime, ...] = ()


@dataclass(slots=True)
class _Said:
    """What was said, before it is put together."""

    days: list[date] = field(default_factory=list)
    exact: float = 0.0
    counted: bool = False
    hour: float | None = None
    certain: bool = False
    part: float | None = None
    half: float | None = None
    weekday: int | None = None
    is_next: bool = False
    said: bool = False


def understand(text: str, *, moment: datetime, calendar: str) -> Understood:
    """The moment meant by `text`, said at `moment` (in the speaker's zone) by somebody who counts days in `calendar`.

    Raises Invalid naming `text`: nothing understood, a word that is none, a moment that has passed or is years away.
    """
    tokens = list(_read(text))
    try:
        found = _meant(tokens, text, moment, calendar)
    except OverflowError as error:
        # The last days that Python can count: the one after them is none.
        raise Invalid(_("That is more than five years away."), field="text", code="too_far") from error
    if not found:
        raise Invalid(_("That moment has passed."), field="text", code="passed")
    if found[0] > moment + FURTHEST:
        raise Invalid(_("That is more than five years away."), field="text", code="too_far")
    return Understood(found[0], tuple(found[1:4]))


def _meant(tokens: list[tuple[str, float, str]], text: str, moment: datetime, calendar: str) -> list[datetime]:
    """Every moment that may be meant, those to come. Raises OverflowError where there is no such day any more."""
    said = _Said()
    place = 0
    while place < len(tokens):
        place = _take(said, tokens, place, moment.date(), calendar)
    if not said.said:
        raise _unclear(text.strip())
    return sorted_out(_moments(said, moment), moment)


def sorted_out(found: list[datetime], moment: datetime) -> list[datetime]:
    """Those to come, each once, in the order given."""
    kept: list[datetime] = []
    for one in found:
        # An hour that the clocks skip in spring is the one after it.
        real = one.astimezone(UTC).astimezone(moment.tzinfo)
        if real > moment and real not in kept:
            kept.append(real)
    return kept


def _read(text: str) -> Iterator[tuple[str, float, str]]:
    """Kind, value and spelling of each thing said."""
    if len(text) > MAX_LENGTH:
        raise Invalid(_("That is too long for a moment."), field="text", code="too_long")
    is_urdu = any(letter in URDU_LETTERS for letter in text)
    folded = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", fold(text))
    found = [(match.lastgroup or "", match[match.lastgroup or 0]) for match in _TOKEN.finditer(folded)]
    place = 0
    while place < len(found):
        kind, spelt = found[place]
        if kind != "word":
            if kind == "strange":
                raise _unclear(spelt)
            yield kind, float(spelt) if kind in ("number", "decimal", "nth") else 0.0, spelt
            place += 1
            continue
        words = tuple(word for sort, word in found[place : place + LONGEST] if sort == "word")
        for length in range(len(words), 0, -1):
            contiguous = all(sort == "word" for sort, _word in found[place : place + length])
            if contiguous and words[:length] in PHRASES:
                meant, value = PHRASES[words[:length]]
                spelling = " ".join(words[:length])
                yield ("urdu_week" if is_urdu and spelling == URDU_WEEK else meant), value, spelling
                place += length
                break
        else:
            raise _unclear(spelt)


def _take(said: _Said, tokens: list[tuple[str, float, str]], place: int, today: date, calendar: str) -> int:
    """Understand what stands at `place`; returns where to go on."""
    kind, value, spelt = tokens[place]
    following = tokens[place + 1] if place + 1 < len(tokens) else ("", 0.0, "")
    said.said = said.said or kind not in ("noise", "next")
    if kind == "date":
        said.days = _written(spelt, today, calendar)
    elif kind == "clock":
        hours, minutes = re.split(r"[:.]", spelt)
        _clock(said, int(hours) + int(minutes) / 60, certain=len(hours) == 2 and hours.startswith("0"), spelt=spelt)
    elif kind in ("number", "decimal", "more_than"):
        return _number(said, tokens, place, today)
    elif kind == "nth":
        said.days = [_next_of(today, calendar, int(value))]
    elif kind == "month":
        after = tokens[place + 1 :]
        day = int(following[1]) if following[0] in ("number", "nth") else 1
        said.days, used = _named(today, int(value), day, after[1:] if following[0] in ("number", "nth") else after)
        return place + 1 + used + (following[0] in ("number", "nth"))
    elif kind == "unit":
        if spelt == PERSIAN_HOUR and following[0] in ("number", "clock", "more_than"):
            return place + 1
        _amount(said, 1, value, today, calendar)
    elif kind == "two":
        _amount(said, 2, value, today, calendar)
    elif kind == "half_hour":
        said.exact, said.counted = said.exact + 1800, True
    elif kind == "urdu_week":
        _urdu_week(said, today)
    elif kind == "later":
        said.exact, said.counted = said.exact + value * 3600, True
    elif kind == "day":
        said.days = [today + timedelta(days=value)]
    elif kind == "weekday":
        said.weekday = int(value)
    elif kind == "next":
        said.is_next = True
    elif kind == "tonight":
        said.days, said.part = [today], value
    elif kind in ("part", "half"):
        setattr(said, kind, value)
    elif kind == "and":
        _and(said, value)
    return place + 1


def _number(said: _Said, tokens: list[tuple[str, float, str]], place: int, today: date) -> int:
    """A number: of hours or days, of a day in a month, or an hour of the clock."""
    kind, value, spelt = tokens[place]
    if kind == "more_than":
        place += 1
        if place == len(tokens) or tokens[place][0] != "number":
            raise _unclear(spelt)
        value += tokens[place][1]
    rest = tokens[place + 1 :]
    following = rest[0] if rest else ("", 0.0, "")
    used = 1
    if following[0] == "and":
        value, rest, used = value + following[1], rest[1:], 2
        following = rest[0] if rest else ("", 0.0, "")
    if following[0] in ("unit", "urdu_week"):
        _amount(said, value, -7 if following[0] == "urdu_week" else following[1], today, "gregorian")
        return place + used + 1
    if following[0] == "month":
        said.days, years = _named(today, int(following[1]), int(value), rest[1:])
        return place + used + 1 + years
    if said.hour is not None and said.hour == int(said.hour) and kind == "number" and value < 60:
        said.hour += value / 60
        return place + used
    _clock(said, value, certain=False, spelt=spelt)
    return place + used


def _clock(said: _Said, hour: float, *, certain: bool, spelt: str) -> None:
    if said.hour is not None or hour >= DAY_HOURS + (hour == DAY_HOURS) or hour < 0:
        raise _unclear(spelt)
    said.hour, said.certain = hour, certain or hour > NOON + 1 - 1 / 60 or hour < 1


def _and(said: _Said, more: float) -> None:
    """“And a half”, after the hours it belongs to."""
    if said.hour is not None:
        said.hour += more
    elif said.counted and said.exact:
        said.exact += more * 3600
    else:
        raise _unclear(_("half"))


def _amount(said: _Said, number: float, unit: float, today: date, calendar: str) -> None:
    said.counted = True
    if unit > 0:
        said.exact += number * unit
        return
    base = said.days[0] if said.days else today
    if unit in (-1, -7):
        said.days = [base + timedelta(days=number * -unit)]
        return
    months = int(number * (12 if unit == -365 else 1))
    try:
        year, month, day = parts_of(base, calendar)
        said.days = [_in_month(*next_month(year, month, by=months), day, calendar)]
    except (ValueError, OverflowError) as error:
        raise Invalid(_("That is more than five years away."), field="text", code="too_far") from error


def _in_month(year: int, month: int, day: int, calendar: str) -> date:
    """That day of a month, or its last where it has no such day."""
    for number in range(day, max(day - 4, 0), -1):
        try:
            return day_of(year, month, number, calendar)
        except ValueError:
            if number == day - 3:
                raise
    raise ValueError(day)


def _urdu_week(said: _Said, today: date) -> None:
    """«ہفتہ»: Saturday, and with “next” rather a week from now."""
    if said.is_next:
        saturday = today + timedelta(days=(5 - today.weekday()) % 7 or 7)
        said.days, said.counted, said.is_next = [today + timedelta(days=7), saturday], True, False
    else:
        said.weekday = 5


def _named(today: date, month: int, day: int, after: list[tuple[str, float, str]]) -> tuple[list[date], int]:
    """A day of a named month; how many words after it belonged to it (its year)."""
    calendar, number = CALENDAR_OF[month // 100], month % 100
    written = after[0][1] if after and after[0][0] == "number" and after[0][1] > 1000 else 0
    try:
        if written:
            return [day_of(int(written), number, day, calendar)], 1
        year = parts_of(today, calendar)[0]
        found = day_of(year, number, day, calendar)
        return [found if found >= today else _in_month(year + 1, number, day, calendar)], 0
    except ValueError as error:
        raise Invalid(_("There is no such day."), field="text", code="no_such_day") from error


def _next_of(today: date, calendar: str, day: int) -> date:
    """The next day of that number in a month."""
    year, month, _day = parts_of(today, calendar)
    for later in range(13):
        try:
            found = day_of(*next_month(year, month, by=later), day, calendar)
        except ValueError:
            continue
        if found >= today:
            return found
    raise Invalid(_("There is no such day."), field="text", code="no_such_day")


def _written(spelt: str, today: date, calendar: str) -> list[date]:
    """A date in figures; where two readings are days, both."""
    numbers = [int(part) for part in re.split(r"[-/.]", spelt)]
    found: list[date] = []
    if len(numbers) == 2:
        # Where years come first, so do months.
        orders = [(numbers[0], numbers[1]), (numbers[1], numbers[0])]
        for month, day in orders if calendar == "jalali" else orders[::-1]:
            year = parts_of(today, calendar)[0]
            found += [day for day in (_day(year, month, day, calendar),) if day and day >= today] or [
                day for day in (_day(year + 1, month, day, calendar),) if day
            ]
    elif numbers[0] > 31:
        found = [day for day in (_day(numbers[0], numbers[1], numbers[2], _calendar_of(numbers[0], today)),) if day]
    else:
        first, second, year = numbers
        year += 2000 if year < 100 else 0
        kind = _calendar_of(year, today)
        found = [day for day in (_day(year, second, first, kind), _day(year, first, second, kind)) if day]
    if not found:
        raise Invalid(_("There is no such day."), field="text", code="no_such_day")
    return found


def _day(year: int, month: int, day: int, calendar: str) -> date | None:
    try:
        return day_of(year, month, day, calendar)
    except (ValueError, OverflowError):
        return None


def _calendar_of(year: int, today: date) -> str:
    """Of which calendar a year is: the one in which it is nearest."""
    if year >= GREGORIAN_FROM:
        return "gregorian"
    return min(("jalali", "hijri"), key=lambda calendar: abs(parts_of(today, calendar)[0] - year))


def _moments(said: _Said, moment: datetime) -> list[datetime]:
    """Everything that may be meant, the likeliest first."""
    if said.exact and not said.days and said.hour is None and said.part is None and said.weekday is None:
        return [(moment.astimezone(UTC) + timedelta(seconds=said.exact)).astimezone(moment.tzinfo)]
    today = moment.date()
    days = said.days
    if said.weekday is not None:
        ahead = (said.weekday - (days[0] if days else today).weekday()) % 7
        near = (days[0] if days else today) + timedelta(days=ahead)
        if said.is_next:
            near = near if ahead else near + timedelta(days=7)
        days = [near, near + timedelta(days=7)] if said.is_next and ahead else [near]
        days += [near + timedelta(days=7)] if not ahead and not said.is_next else []
    hours = _hours(said)
    found = [_at(day, hour, moment) for day in days or [today] for hour in hours]
    if not days:
        later = [_at(today + timedelta(days=1), hour, moment) for hour in hours]
        found = [one if one > moment else another for one, another in zip(found, later, strict=True)]
    if said.counted and said.days and said.hour is None and said.part is None:
        found.append(datetime.combine(said.days[0], moment.time().replace(second=0, microsecond=0), moment.tzinfo))
    return found


def _hours(said: _Said) -> list[float]:
    """The hours of the day that may be meant; 24 and more are of the night that follows it."""
    hour, part = said.hour, said.part
    if hour is None:
        return [MORNING if part is None else part]
    if said.certain and part != DAY_HOURS:
        return [hour]
    if said.half is not None:
        return [hour % NOON + said.half]
    if part is None:
        early, late = hour % NOON, hour % NOON + NOON
        return [late, early] if hour <= EARLIEST or hour >= NOON else [early, late]
    if part < NOON:
        return [hour % NOON if hour < NOON or part < MORNING else hour]
    if part == NOON:
        return [hour if hour >= 11 else hour + NOON]
    if part in (EVENING, DAY_HOURS) and (hour >= NOON or hour <= 4):
        return [DAY_HOURS + hour % NOON, hour % NOON]
    return [hour % NOON + NOON]


def _at(day: date, hour: float, moment: datetime) -> datetime:
    minutes = round(hour * 60)
    return datetime.combine(day + timedelta(days=minutes // 1440), time(minutes // 60 % 24, minutes % 60), moment.tzinfo)


def _unclear(word: str) -> Invalid:
    examples = _("“tomorrow 9”, “in 3 hours”, “next Monday”, “5 March 14:30”")
    if not word:
        return Invalid(_("Say when, for example {examples}.").format(examples=examples), field="text", code="empty")
    words = _("I do not understand “{word}”. Try for example {examples}.")
    return Invalid(words.format(word=word[:40], examples=examples), field="text", code="unclear")
