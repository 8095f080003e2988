"""Dates in the person's calendar and digits.

Gregorian and Jalali are drawn here, Hijri by the browser, whose Intl knows it (static/js/times.js).
"""

from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from persiantools.jdatetime import JalaliDateTime

from core.clock import now

#: Digits each language's readers expect. Urdu is written with Western ones in Pakistan (CLDR agrees).
_DIGITS = {"fa": "۰۱۲۳۴۵۶۷۸۹", "ar": "٠١٢٣٤٥٦٧٨٩"}
_SEPARATORS = {
    ",": "\N{ARABIC THOUSANDS SEPARATOR}",
    ".": "\N{ARABIC DECIMAL SEPARATOR}",
    "%": "\N{ARABIC PERCENT SIGN}",
}
_JALALI_MONTHS = {
    "fa": "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند",
    "en": "Farvardin Ordibehesht Khordad Tir Mordad Shahrivar Mehr Aban Azar Dey Bahman Esfand",
}


#: Below `limit` seconds: how many seconds one unit has, and its name.
_AGO_STEPS = ((60, 60, "now"), (3600, 60, "minute"), (86_400, 3600, "hour"), (604_800, 86_400, "day"))


def digits(text: str, *, language: str) -> str:
    """Western digits and separators in `text` replaced by those of `language`, where they differ."""
    ours = _DIGITS.get(language[:2])
    if ours is None:
        return text
    table = {str(i): ours[i] for i in range(10)} | _SEPARATORS
    return "".join(table.get(c, c) for c in text)


def day_in(value: datetime) -> str:
    """ISO day of a moment in the active time zone."""
    return timezone.localtime(value).date().isoformat()


def jalali_months(language: str) -> list[str]:
    """The twelve names; in Latin letters for readers of English, in Persian for all others."""
    return _JALALI_MONTHS["en" if language[:2] == "en" else "fa"].split()


def _date(local: datetime, *, calendar: str, language: str, year: bool) -> str:
    """Day and month name, with the year when asked."""
    if calendar == "jalali":
        jalali = JalaliDateTime(local)  # type: ignore[no-untyped-call]  # the library has no annotations
        text = f"{jalali.day} {jalali_months(language)[jalali.month - 1]}" + (f" {jalali.year}" if year else "")
    else:
        text = formats.date_format(local, "j M Y" if year else "j M")
    return text


def ago_words() -> dict[str, str]:
    """The short words for how long ago, `%n` standing for the number. The browser gets the same ones."""
    return {
        "now": _("now"),
        # Translators: %n minutes ago, as short as can be; stands at the end of a row.
        "minute": _("%nm"),
        # Translators: %n hours ago, as short as can be.
        "hour": _("%nh"),
        # Translators: %n days ago, as short as can be.
        "day": _("%nd"),
    }


def _ago(local: datetime, *, calendar: str, language: str) -> str:
    """How long ago in the shortest words, for lists; older than a week becomes a date."""
    seconds = max((now() - local).total_seconds(), 0)
    words = ago_words()
    for limit, unit_seconds, unit in _AGO_STEPS:
        if seconds < limit:
            return words[unit].replace("%n", str(int(seconds // unit_seconds)))
    return _date(local, calendar=calendar, language=language, year=local.year != now().year)


def moment_in(local: datetime, *, calendar: str, style: str, language: str) -> str:
    """`local` (already in the person's zone) as text. Styles: ago, clock, day, soon (day and clock), date, full."""
    today = timezone.localtime(now()).date()
    if style == "clock":
        text = f"{local:%H:%M}"
    elif style == "ago":
        text = _ago(local, calendar=calendar, language=language)
    elif style == "day":
        if local.date() == today:
            return _("Today")
        if local.date() == today - timedelta(days=1):
            return _("Yesterday")
        text = _date(local, calendar=calendar, language=language, year=local.year != today.year)
    elif style == "soon":
        # Translators: a time of today or of another day, such as "Today, 14:05" or "3 Nov, 14:05".
        text = _("%(date)s, %(time)s") % {
            "date": moment_in(local, calendar=calendar, style="day", language=language),
            "time": f"{local:%H:%M}",
        }
    elif style == "date":
        text = _date(local, calendar=calendar, language=language, year=True)
    else:
        date = _date(local, calendar=calendar, language=language, year=True)
        # Translators: a date and a time, such as "3 Nov 2026, 14:05".
        text = _("%(date)s, %(time)s") % {"date": date, "time": f"{local:%H:%M}"}
    return digits(text, language=language)
