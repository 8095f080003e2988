"""Moments that a person names by a day and a clock, in their own time zone."""

import re
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from core.clock import now
from core.errors import Invalid

#: Hours of the short choices.
EVENING, MORNING = 20, 9
MONDAY = 0
PRESETS = ("hour", "tonight", "tomorrow", "monday")
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?")


def preset(name: str, *, field: str) -> datetime:
    """One of PRESETS as a moment in UTC: in an hour, this evening, tomorrow morning, on Monday morning. Raises Invalid."""
    here = timezone.localtime(now())
    if name == "hour":
        return (here + timedelta(hours=1)).astimezone(UTC)
    days = {"tonight": 0, "tomorrow": 1, "monday": (MONDAY - here.weekday()) % 7 or 7}.get(name)
    if days is None:
        raise Invalid(_("This time cannot be read."), field=field, code="not_a_time")
    return _moment(here.date() + timedelta(days=days), time(EVENING if name == "tonight" else MORNING), field=field)


def named(day: str, clock: str, *, field: str) -> datetime:
    """A day (YYYY-MM-DD, Gregorian, any digits) and a clock (HH:MM) in the person's zone as a moment in UTC.

    Raises Invalid for what is no day or no clock, and for a clock that the change to summer time leaves out.
    """
    parts, hands = _DAY.fullmatch(day.strip().translate(_DIGITS)), _CLOCK.fullmatch(clock.strip().translate(_DIGITS))
    if not parts or not hands:
        raise Invalid(_("Choose a day and a time."), field=field, code="not_a_time")
    try:
        return _moment(date(*map(int, parts.groups())), time(int(hands[1]), int(hands[2])), field=field)
    except (ValueError, OverflowError) as error:
        raise Invalid(_("There is no such day or time."), field=field, code="not_a_time") from error


def _moment(day: date, clock: time, *, field: str) -> datetime:
    local = datetime.combine(day, clock, tzinfo=timezone.get_current_timezone())
    moment = local.astimezone(UTC)
    if moment.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Invalid(_("The clocks are put forward then: this time does not exist that day."), field=field, code="no_such_time")
    return moment
