"""Numbers, dates, times and money as each language writes them in a message."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from persiantools.jdatetime import JalaliDate

_EASTERN = str.maketrans("0123456789,", "۰۱۲۳۴۵۶۷۸۹٬")

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "ur": "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
}
_JALALI = {
    "fa": "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند",
    "fa-Latn": "farvardin ordibehesht khordad tir mordad shahrivar mehr aban azar dey bahman esfand",
}
_WEEKDAYS = {
    "en": "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday",
    "ur": "پیر,منگل,بدھ,جمعرات,جمعہ,ہفتہ,اتوار",
    "ur-Latn": "Peer,Mangal,Budh,Jumerat,Jumma,Hafta,Itwar",
    "fa": "دوشنبه,سه‌شنبه,چهارشنبه,پنجشنبه,جمعه,شنبه,یکشنبه",
    "fa-Latn": "doshanbe,seshanbe,chaharshanbe,panjshanbe,jome,shanbe,yekshanbe",
    "ar": "الاثنين,الثلاثاء,الأربعاء,الخميس,الجمعة,السبت,الأحد",
}
_UR_SMALL = ["صفر", "ایک", "دو", "تین", "چار", "پانچ", "چھ", "سات", "آٹھ", "نو", "دس"]
_FA_SMALL = ["صفر", "یک", "دو", "سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه", "ده"]
_EN_SMALL = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]

#: Rupees to tomans and dirhams: only so that prices look right.
_TOMAN_PER_RUPEE, _RUPEES_PER_DIRHAM = 420, 76


def digits(language: str, text: str) -> str:
    """Persian writes its own digits; the others here use 0-9, as their people do on a phone."""
    return text.translate(_EASTERN) if language == "fa" else text


def days(language: str, count: int, spelled: bool) -> str:
    """A number of days, with the counting rules of the language."""
    if language == "en":
        return f"{_EN_SMALL[count] if spelled and count <= 10 else count} day{'s' * (count != 1)}"
    if language == "ur":
        return f"{_UR_SMALL[count] if spelled and count <= 10 else count} دن"
    if language == "fa":
        return f"{_FA_SMALL[count] if spelled and count <= 10 else digits('fa', str(count))} روز"
    if language == "ar":
        return _arabic_count(count, ("يوم", "يومين", "أيام", "يوماً"))
    return f"{count} {'din' if language == 'ur-Latn' else 'rooz'}"


def months(language: str, count: int) -> str:
    """A number of months, at least one."""
    if language == "en":
        if count >= 12:
            return "a year" if count < 15 else "over a year"
        return "a month" if count == 1 else f"{_EN_SMALL[count] if count <= 10 else count} months"
    if language == "ur":
        return "ایک سال" if 12 <= count < 15 else f"{_UR_SMALL[count] if count <= 10 else count} مہینے"
    if language == "fa":
        return "یک سال" if 12 <= count < 15 else f"{_FA_SMALL[count] if count <= 10 else digits('fa', str(count))} ماه"
    if language == "ar":
        return "سنة" if 12 <= count < 15 else _arabic_count(count, ("شهر", "شهرين", "أشهر", "شهراً"))
    return f"{count} {'maheene' if language == 'ur-Latn' else 'mah'}"


def _arabic_count(count: int, forms: tuple[str, str, str, str]) -> str:
    one, two, few, many = forms
    if count == 1:
        return one
    if count == 2:
        return two
    return f"{count} {few if count <= 10 else many}"


def weekday(language: str, at: datetime) -> str:
    return _names(_WEEKDAYS[language])[at.weekday()]


@cache
def _names(row: str) -> tuple[str, ...]:
    return tuple(row.replace(",", " ").split())


def day_month(language: str, at: datetime) -> str:
    """A date without its year, in the calendar its people use: Jalali for Persian."""
    if language in _JALALI:
        month, day = _jalali(at.year, at.month, at.day)
        return digits(language, f"{day} {_names(_JALALI[language])[month - 1]}")
    row = _MONTHS.get(language, _MONTHS["en"])
    return f"{at.day} {_names(row)[at.month - 1]}"


@cache
def _jalali(year: int, month: int, day: int) -> tuple[int, int]:
    found = JalaliDate.to_jalali(year, month, day)
    return found.month, found.day


def clock(language: str, hour: int) -> str:
    """A full hour of the day, as said."""
    twelve = (hour - 1) % 12 + 1
    if language == "en":
        return f"{twelve}{'am' if hour < 12 else 'pm'}"
    part = 0 if hour < 12 else 1 if hour < 16 else 2 if hour < 20 else 3
    if language == "ur":
        return f"{('صبح', 'دوپہر', 'شام', 'رات')[part]} {twelve} بجے"
    if language == "ur-Latn":
        return f"{('subah', 'dopahar', 'shaam', 'raat')[part]} {twelve} baje"
    if language == "fa":
        return digits("fa", f"{twelve} {('صبح', 'ظهر' if hour < 14 else 'بعدازظهر', 'عصر', 'شب')[part]}")
    if language == "fa-Latn":
        return f"{twelve} {('sobh', 'zohr' if hour < 14 else 'badazzohr', 'asr', 'shab')[part]}"
    return f"{twelve} {('صباحاً', 'ظهراً' if hour < 14 else 'عصراً', 'مساءً', 'ليلاً')[part]}"


def money(language: str, domain: str, amount: int) -> str:
    """A price: pounds for the outdoor shop; rupees, tomans or dirhams for the furniture shop."""
    if domain == "outdoor":
        pounds = {"ur": "پاؤنڈ", "fa": "پوند", "ar": "جنيه إسترليني", "ur-Latn": "pounds", "fa-Latn": "pond"}
        if language == "en":
            return f"£{amount}"
        return digits(language, f"{amount} {pounds[language]}")
    if language in ("fa", "fa-Latn"):
        tomans = round(amount * _TOMAN_PER_RUPEE / 10_000) * 10_000
        if language == "fa-Latn":
            return f"{tomans:,} toman"
        return digits("fa", f"{tomans:,} تومان")
    if language == "ar":
        return f"{round(amount / _RUPEES_PER_DIRHAM / 10) * 10:,} درهم"
    if language == "ur":
        return f"{amount:,} روپے"
    return f"Rs {amount:,}" if language == "en" else f"{amount:,} rupay"
