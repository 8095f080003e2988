"""When the demo writes and answers: weekends of each place, evenings, office hours, a launch, an hour just gone by."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import mean, median
from zoneinfo import ZoneInfo

import pytest

from demo.generate import generate
from demo.plans import PLANS
from demo.shapes import Thread

NOW = datetime(2026, 11, 23, 16, 5, tzinfo=UTC)
FRIDAY, SUNDAY = 4, 6


@pytest.fixture(scope="module")
def meridian() -> list[Thread]:
    return list(generate(21, PLANS["meridian"], 4000, NOW))


@pytest.fixture(scope="module")
def zarrin() -> list[Thread]:
    return list(generate(21, PLANS["zarrin"], 4000, NOW))


def starts(threads: list[Thread], account: str, zone: str) -> list[datetime]:
    own = [thread for thread in threads if thread.account == account and not thread.key.endswith("d")]
    launch = NOW - timedelta(days=20), NOW - timedelta(days=11)
    times = [thread.turns[0].at for thread in own]
    return [at.astimezone(ZoneInfo(zone)) for at in times if not launch[0] < at < launch[1]]


@pytest.mark.parametrize(
    ("account", "zone", "quiet"), [("zarrinhome_ir", "Asia/Tehran", FRIDAY), ("zarrinhome_pk", "Asia/Karachi", SUNDAY)]
)
def test_the_day_of_rest_is_the_quietest(zarrin: list[Thread], account: str, zone: str, quiet: int) -> None:
    times = starts(zarrin, account, zone)
    days = Counter(at.weekday() for at in times)
    dates = Counter(date.weekday() for date in {at.date() for at in times})
    per_day = {weekday: days[weekday] / dates[weekday] for weekday in range(7)}
    assert min(per_day, key=lambda weekday: per_day[weekday]) == quiet


def test_evenings_are_busy_lunch_is_not_and_nights_are_quiet(meridian: list[Thread]) -> None:
    british = [thread for thread in meridian if thread.person.language == "en"]
    hours = Counter(at.hour for at in (thread.turns[0].at for thread in british if not thread.key.endswith("d")))
    evening, lunch, morning = (mean(hours[hour] for hour in span) for span in ((19, 20, 21), (13,), (9, 10, 11)))
    night = mean(hours[hour] for hour in (2, 3, 4))
    assert evening > morning > lunch > night


def test_the_office_answers_in_office_hours(zarrin: list[Thread]) -> None:
    tehran, karachi = ZoneInfo("Asia/Tehran"), ZoneInfo("Asia/Karachi")
    checked = 0
    for thread in zarrin:
        zone, closed = (tehran, FRIDAY) if thread.account == "zarrinhome_ir" else (karachi, SUNDAY)
        if thread.person.language == "ar":
            continue
        for turn in thread.turns:
            if turn.author == "brand" and turn.kind != "note":
                at = turn.at.astimezone(zone)
                assert at.weekday() != closed
                assert 9 <= at.hour < 20, at
                checked += 1
    assert checked > 3000


def test_answer_times_have_a_long_tail(meridian: list[Thread]) -> None:
    minutes = [
        (thread.turns[1].at - thread.turns[0].at).total_seconds() / 60
        for thread in meridian
        if len(thread.turns) > 1 and thread.turns[1].author == "brand" and 9 <= thread.turns[0].at.hour < 15
    ]
    assert 8 < median(minutes) < 60
    assert mean(minutes) > 1.3 * median(minutes)


@pytest.mark.parametrize("slug", sorted(PLANS))
def test_the_launch_day_stands_out(slug: str, meridian: list[Thread], zarrin: list[Thread]) -> None:
    threads = meridian if slug == "meridian" else zarrin
    days = Counter((NOW.date() - thread.turns[0].at.date()).days for thread in threads)
    launch = PLANS[slug].launch_days_ago
    assert days[launch] > 1.8 * median(days[back] for back in range(launch + 2, launch + 20))
    hyped = [thread for thread in threads if thread.topic == "launch"]
    near = sum(launch - 2 <= (NOW - thread.turns[0].at).days <= launch + 1 for thread in hyped)
    assert near / len(hyped) > 0.3


@pytest.mark.parametrize("hour", [3, 11, 19])
@pytest.mark.parametrize("slug", sorted(PLANS))
def test_whatever_the_hour_somebody_has_just_written_and_waits(slug: str, hour: int) -> None:
    now = NOW.replace(hour=hour)
    threads = list(generate(8, PLANS[slug], 1500, now))
    waiting = [thread for thread in threads if thread.status == "open"]
    assert any(now - thread.turns[-1].at < timedelta(minutes=15) for thread in waiting)
    assert sum(now - thread.turns[0].at < timedelta(hours=2) for thread in waiting) >= 5
    assert 15 <= len(waiting) <= 150


def test_it_reaches_back_six_weeks_and_no_further(meridian: list[Thread]) -> None:
    oldest = min(thread.turns[0].at for thread in meridian)
    assert timedelta(days=40) < NOW - oldest < timedelta(days=43, hours=12)
