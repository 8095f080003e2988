"""Days in the calendars people count by: Gregorian, Jalali (Iran's, by persiantools) and Hijri (Umm al-Qura, by hijridate)."""

from datetime import date, timedelta

from django.utils import formats
from hijridate import Gregorian, Hijri
from persiantools.jdatetime import JalaliDate

from core.dates import jalali_months

CALENDARS = ("gregorian", "jalali", "hijri")
_HIJRI_MONTHS = {
    "ar": "محرم|صفر|ربيع الأول|ربيع الآخر|جمادى الأولى|جمادى الآخرة|رجب|شعبان|رمضان|شوال|ذو القعدة|ذو الحجة",
    "fa": "محرم|صفر|ربیع‌الاول|ربیع‌الثانی|جمادی‌الاول|جمادی‌الثانی|رجب|شعبان|رمضان|شوال|ذیقعده|ذیحجه",
    "ur": "محرم|صفر|ربیع الاول|ربیع الثانی|جمادی الاول|جمادی الثانی|رجب|شعبان|رمضان|شوال|ذوالقعدہ|ذوالحجہ",
    "en": "Muharram|Safar|Rabi I|Rabi II|Jumada I|Jumada II|Rajab|Shaban|Ramadan|Shawwal|Dhu al-Qadah|Dhu al-Hijjah",
}
#: The day a week begins with, Monday being 0: Iran's on Saturday, the Arab countries' mostly on Sunday.
_FIRST_WEEKDAY = {"gregorian": 0, "jalali": 5, "hijri": 6}


def parts_of(day: date, calendar: str) -> tuple[int, int, int]:
    """Year, month and day of a day in a calendar. Raises ValueError outside the years a calendar's tables know."""
    if calendar == "jalali":
        jalali = JalaliDate(day)  # type: ignore[no-untyped-call]  # the library has no annotations
        return jalali.year, jalali.month, jalali.day
    if calendar == "hijri":
        try:
            return Gregorian(day.year, day.month, day.day).to_hijri().datetuple()
        except OverflowError as error:
            raise ValueError(str(error)) from error
    return day.year, day.month, day.day


def day_of(year: int, month: int, day: int, calendar: str) -> date:
    """The day that a calendar names so. Raises ValueError where it has no such day."""
    if calendar == "jalali":
        found: date = JalaliDate(year, month, day).to_gregorian()  # type: ignore[no-untyped-call]
        return found
    try:
        if calendar == "hijri":
            return date(*Hijri(year, month, day).to_gregorian().datetuple())
        return date(year, month, day)
    except OverflowError as error:
        raise ValueError(str(error)) from error


def next_month(year: int, month: int, *, by: int = 1) -> tuple[int, int]:
    """The year and month so many months later; twelve months a year in each of the calendars."""
    number = year * 12 + month - 1 + by
    return number // 12, number % 12 + 1


def month_days(year: int, month: int, calendar: str) -> list[date]:
    """All days of a month, in order. Raises ValueError for one the calendar does not know."""
    first, end = day_of(year, month, 1, calendar), day_of(*next_month(year, month), 1, calendar)
    return [first + timedelta(days=number) for number in range((end - first).days)]


def month_name(month: int, calendar: str, *, language: str) -> str:
    """The name of a month in the reader's language."""
    if calendar == "jalali":
        return jalali_months(language)[month - 1]
    if calendar == "hijri":
        return _HIJRI_MONTHS.get(language[:2], _HIJRI_MONTHS["en"]).split("|")[month - 1]
    return formats.date_format(date(2026, month, 1), "F")


def weekdays(calendar: str) -> list[int]:
    """The days of a week in the order a month's page shows them, Monday being 0."""
    first = _FIRST_WEEKDAY[calendar]
    return [(first + number) % 7 for number in range(7)]
