"""Dates in the person's calendar and digits: Gregorian and Jalali are drawn here, Hijri by the browser (Intl knows it)."""

from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from persiantools.jdatetime import JalaliDateTime

from core.clock import now

#: Digits of each language as its readers expect them; Urdu is written with Western digits in Pakistan (CLDR agrees).
_DIGITS = {"fa": "۰۱۲۳۴۵۶۷۸۹", "ar": "٠١٢٣٤٥٦٧٨٩"}
_SEPARATORS = {"fa": {",": "٬", ".": "٫", "%": "٪"}, "ar": {",": "٬", ".": "٫", "%": "٪"}}
_JALALI_MONTHS = {
    "fa": ["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"],
    "en": ["Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar", "Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand"],
}
NUMBERING = {"fa": "arabext", "ar": "arab"}


def digits(text: str, *, language: str) -> str:
    """Western digits and separators in `text` replaced by those of `language`; unchanged where it uses the same."""
    ours = _DIGITS.get(language[:2])
    if ours is None:
        return text
    table = {str(i): ours[i] for i in range(10)} | _SEPARATORS[language[:2]]
    return "".join(table.get(c, c) for c in text)


def day_in(value: datetime) -> str:
    """ISO day of a moment in the active time zone."""
    return timezone.localtime(value).date().isoformat()


def _date(local: datetime, *, calendar: str, language: str, year: bool) -> str:
    """Day and month name, with the year when asked."""
    if calendar == "jalali":
        jalali = JalaliDateTime(local)
        months = _JALALI_MONTHS["en" if language[:2] == "en" else "fa"]
        text = f"{jalali.day} {months[jalali.month - 1]}" + (f" {jalali.year}" if year else "")
    else:
        text = formats.date_format(local, "j M Y" if year else "j M")
    return text


def ago_words() -> dict[str, str]:
    """The short words for how long ago, `%n` standing for the number. The browser gets the same ones and keeps times fresh."""
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
    for limit, unit_seconds, unit in (
        (60, 60, "now"),
        (3600, 60, "minute"),
        (86_400, 3600, "hour"),
        (604_800, 86_400, "day"),
    ):
        if seconds < limit:
            return words[unit].replace("%n", str(int(seconds // unit_seconds)))
    return _date(local, calendar=calendar, language=language, year=local.year != now().year)


def moment_in(local: datetime, *, calendar: str, style: str, language: str) -> str:
    """`local` (already in the person's zone) as text. Styles: ago, clock, day, date, full."""
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
    elif style == "date":
        text = _date(local, calendar=calendar, language=language, year=True)
    else:
        text = f"{_date(local, calendar=calendar, language=language, year=True)}, {local:%H:%M}"
    return digits(text, language=language)
