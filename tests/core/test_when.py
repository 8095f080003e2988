"""Moments as people say them, in four languages, three calendars and all digits."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.errors import Invalid
from core.when import understand

#: A Friday afternoon in Karachi; 6 Azar 1405; 17 Jumada II 1448.
NOW = datetime(2026, 11, 27, 14, 0, tzinfo=ZoneInfo("Asia/Karachi"))


def meant(text: str, *, calendar: str = "gregorian", moment: datetime = NOW) -> list[str]:
    """What is understood, likelier first, as day and time."""
    found = understand(text, moment=moment, calendar=calendar)
    return [f"{one:%Y-%m-%d %H:%M}" for one in (found.at, *found.others)]


FIRST = [
    # English
    ("tomorrow 9", "2026-11-28 09:00"),
    ("Tomorrow at 5pm", "2026-11-28 17:00"),
    ("tomorrow at 5 p.m.", "2026-11-28 17:00"),
    ("in 3 hours", "2026-11-27 17:00"),
    ("3 hours from now", "2026-11-27 17:00"),
    ("in half an hour", "2026-11-27 14:30"),
    ("in 1.5 hours", "2026-11-27 15:30"),
    ("in an hour and a half", "2026-11-27 15:30"),
    ("in 90 minutes", "2026-11-27 15:30"),
    ("in two days", "2026-11-29 09:00"),
    ("next Monday", "2026-11-30 09:00"),
    ("monday 10", "2026-11-30 10:00"),
    ("friday", "2026-12-04 09:00"),
    ("friday 16:30", "2026-11-27 16:30"),
    ("next week", "2026-12-04 09:00"),
    ("in 2 weeks", "2026-12-11 09:00"),
    ("next month", "2026-12-27 09:00"),
    ("tonight", "2026-11-27 20:00"),
    ("this evening", "2026-11-27 18:00"),
    ("later today", "2026-11-27 17:00"),
    ("day after tomorrow morning", "2026-11-29 09:00"),
    ("half past nine", "2026-11-28 09:30"),
    ("14:30", "2026-11-27 14:30"),
    ("13:00", "2026-11-28 13:00"),
    ("5 March 14:30", "2027-03-05 14:30"),
    ("March 5", "2027-03-05 09:00"),
    ("15th", "2026-12-15 09:00"),
    ("2026-12-24 09:00", "2026-12-24 09:00"),
    ("24.12.2026", "2026-12-24 09:00"),
    ("5 Dey", "2026-12-26 09:00"),
    ("1 Ramadan", "2027-02-08 09:00"),
    ("noon", "2026-11-28 12:00"),
    ("midnight", "2026-11-28 00:00"),
    # Persian
    ("فردا صبح ۹", "2026-11-28 09:00"),
    ("سه‌شنبه ساعت ۱۰", "2026-12-01 10:00"),
    ("سه شنبه ساعت ۱۰", "2026-12-01 10:00"),
    ("دو ساعت دیگر", "2026-11-27 16:00"),
    ("۲ ساعت و نیم دیگر", "2026-11-27 16:30"),
    ("نیم ساعت دیگه", "2026-11-27 14:30"),
    ("۵ دی", "2026-12-26 09:00"),
    ("۵ دی ساعت ۱۴:۳۰", "2026-12-26 14:30"),
    ("۱۴۰۵/۱۰/۰۵", "2026-12-26 09:00"),
    ("پس‌فردا", "2026-11-29 09:00"),
    ("هفته بعد", "2026-12-04 09:00"),
    ("دوشنبه بعدی ساعت ۸ صبح", "2026-11-30 08:00"),
    ("امروز ساعت ۵ عصر", "2026-11-27 17:00"),
    ("امشب", "2026-11-27 20:00"),
    ("فردا ساعت ۹ و نیم", "2026-11-28 09:30"),
    ("پنجشنبه بعد از ظهر", "2026-12-03 15:00"),
    # Urdu
    ("کل صبح ۹ بجے", "2026-11-28 09:00"),
    ("کل صبح ۹", "2026-11-28 09:00"),
    ("پرسوں", "2026-11-29 09:00"),
    ("دو گھنٹے بعد", "2026-11-27 16:00"),
    ("3 گھنٹے میں", "2026-11-27 17:00"),
    ("ڈیڑھ گھنٹے بعد", "2026-11-27 15:30"),
    ("آدھے گھنٹے میں", "2026-11-27 14:30"),
    ("آج شام 5 بجے", "2026-11-27 17:00"),
    ("آج رات ۹ بجے", "2026-11-27 21:00"),
    ("اگلے پیر", "2026-11-30 09:00"),
    ("کل ساڑھے نو بجے", "2026-11-28 09:30"),
    ("اگلے ہفتے", "2026-12-04 09:00"),
    ("ہفتہ صبح 10 بجے", "2026-11-28 10:00"),
    ("5 مارچ", "2027-03-05 09:00"),
    ("بدھ کو دوپہر 2 بجے", "2026-12-02 14:00"),
    # Arabic
    ("غدًا الساعة ٩", "2026-11-28 09:00"),
    ("غدا الساعة ٩ مساءً", "2026-11-28 21:00"),
    ("بعد ٣ ساعات", "2026-11-27 17:00"),
    ("بعد ساعتين", "2026-11-27 16:00"),
    ("بعد نصف ساعة", "2026-11-27 14:30"),
    ("بعد غد", "2026-11-29 09:00"),
    ("يوم الاثنين القادم", "2026-11-30 09:00"),
    ("الأسبوع القادم", "2026-12-04 09:00"),
    ("الثلاثاء الساعة العاشرة صباحا", "2026-12-01 10:00"),
    ("الليلة", "2026-11-27 20:00"),
    ("٥ مارس", "2027-03-05 09:00"),
    ("١ رمضان", "2027-02-08 09:00"),
    ("بعد ثلاثة أيام", "2026-11-30 09:00"),
]


@pytest.mark.parametrize(("text", "first"), FIRST)
def test_what_is_said_is_understood(text: str, first: str) -> None:
    assert meant(text)[0] == first


@pytest.mark.parametrize(
    ("text", "all_of_them"),
    [
        ("tomorrow 5", ["2026-11-28 17:00", "2026-11-28 05:00"]),
        ("tomorrow 9", ["2026-11-28 09:00", "2026-11-28 21:00"]),
        ("tomorrow 9am", ["2026-11-28 09:00"]),
        ("tomorrow 09:00", ["2026-11-28 09:00"]),
        ("tomorrow 17", ["2026-11-28 17:00"]),
        ("next Tuesday 10am", ["2026-12-01 10:00", "2026-12-08 10:00"]),
        ("today 3", ["2026-11-27 15:00"]),
        ("3/4/2027", ["2027-04-03 09:00", "2027-03-04 09:00"]),
        ("in 3 days", ["2026-11-30 09:00", "2026-11-30 14:00"]),
        ("اگلا ہفتہ", ["2026-12-04 09:00", "2026-11-28 09:00", "2026-12-04 14:00"]),
        ("۲ شب", ["2026-11-28 02:00"]),
    ],
)
def test_what_may_be_meant_in_two_ways_is_shown_in_both(text: str, all_of_them: list[str]) -> None:
    assert meant(text) == all_of_them


def test_figures_are_read_in_the_persons_calendar() -> None:
    assert meant("10/5", calendar="jalali")[0] == "2026-12-26 09:00"
    assert meant("5/10")[0] == "2027-10-05 09:00"
    assert meant("next month", calendar="jalali")[0] == "2026-12-27 09:00"
    assert meant("15th", calendar="jalali")[0] == "2026-12-06 09:00"
    assert meant("1448-09-01", calendar="hijri")[0] == "2027-02-08 09:00"
    assert meant("15th", calendar="hijri")[0] == "2026-12-24 09:00"


def test_the_clock_is_the_persons_own_also_where_it_jumps() -> None:
    night = datetime(2027, 3, 27, 22, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert meant("in 8 hours", moment=night) == ["2027-03-28 07:00"]
    assert meant("tomorrow 2:30 am", moment=night) == ["2027-03-28 03:30"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"), ("   ", "empty"), ("soonish maybe", "unclear"), ("tomorrow banana", "unclear"), ("فردا موز", "unclear"),
        ("25:00", "unclear"), ("tomorrow 9 10 11", "unclear"), ("😀", "unclear"), ("next", "unclear"), ("in", "unclear"),
        ("31 February", "no_such_day"), ("2026-13-40", "no_such_day"), ("today 9am", "passed"), ("2020-01-01", "passed"),
        ("in 9999 years", "too_far"), ("in 300 weeks", "too_far"), ("x" * 500, "too_long"), ("99", "unclear"),
        ("9999/12/31 tuesday", "too_far"), ("31/12/9999 midnight", "too_far"),
        ("۳۲ دی", "no_such_day"), ("and a half", "unclear"), ("<script>", "unclear"), ("0-0-0", "no_such_day"),
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused_in_words(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        understand(text, moment=NOW, calendar="gregorian")
    assert (refused.value.code, refused.value.field) == (code, "text")
    assert str(refused.value)


def test_no_text_at_all_breaks_it() -> None:
    """Whatever is typed is understood or refused."""
    pieces = ["tomorrow", "9", "next", "half past", "و نیم", "ہفتہ", "ساعت", "30", "دی", "1405", "1/2"]
    pieces += ["12:30", "pm", "شب", "1.5", "th"]
    for a in pieces:
        for b in pieces:
            for c in pieces:
                try:
                    found = understand(f"{a} {b} {c}", moment=NOW, calendar="jalali")
                except Invalid:
                    continue
                assert found.at > NOW
