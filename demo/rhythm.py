"""When people write and when the brand answers.

Times are epoch seconds inside; the office's clock and the customer's clock are those of their place.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate
from math import exp
from operator import itemgetter
from random import Random
from zoneinfo import ZoneInfo

from demo.places import HOUR_WEIGHTS
from demo.shapes import Market, Place, WorkspacePlan

WEEKS = 6
HOUR = 3600.0
DAY = 86400.0
_HOLIDAY_FACTOR = 0.55
_LAUNCH_FACTOR = 3.2
#: Days after the launch on which its echo is heard.
_LAUNCH_ECHO = (_LAUNCH_FACTOR, 1.9, 1.4, 1.15)
#: Log-normal answer time of the office, in minutes of office hours.
_ANSWER_MEDIAN, _ANSWER_SIGMA = 21.0, 0.95
#: Log-normal answer time of a customer, in minutes.
_CUSTOMER_MEDIAN, _CUSTOMER_SIGMA = 13.0, 1.25


@cache
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def midnight(day: date, zone_name: str) -> float:
    """Start of a local day as epoch seconds."""
    return datetime.combine(day, time(), zone(zone_name)).timestamp()


@cache
def _offset(hour_stamp: int, zone_name: str) -> float:
    shift = datetime.fromtimestamp(hour_stamp * HOUR, zone(zone_name)).utcoffset() or timedelta()
    return shift.total_seconds()


def local(at: float, place: Place) -> datetime:
    """The place's wall clock, without zone: for hours, weekdays and dates in a text."""
    shifted = at + _offset(int(at // HOUR), place.zone)
    return _EPOCH + timedelta(seconds=shifted)


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock has no zone


def as_utc(at: float) -> datetime:
    """The moment as the database wants it, at whole seconds as networks report it."""
    return datetime.fromtimestamp(int(at), UTC)


class Rhythm:
    """Draws the times of one workspace's six weeks."""

    def __init__(self, plan: WorkspacePlan, now: datetime, rng: Random) -> None:
        self._plan = plan
        self._rng = rng
        self.now = now.timestamp()
        self._slots: dict[str, tuple[list[float], list[float]]] = {}
        self._open: dict[str, tuple[list[float], list[float]]] = {}

    def starts(self, markets: list[Market]) -> list[tuple[float, Market]]:
        """A start for each wanted conversation, given its market; sorted. The last hour is never empty."""
        drawn = [(self._start(market.place), market) for market in markets]
        recent = min(10, max(1, len(drawn) // 25))
        for index in range(min(recent, len(drawn))):
            minutes = 0.6 + 8.5 * index + self._rng.random() * 7
            drawn[index] = (self.now - minutes * 60, drawn[index][1])
        return sorted(drawn, key=itemgetter(0))

    def _start(self, place_key: str) -> float:
        moments, cumulative = self._slots.get(place_key) or self._fill_slots(place_key)
        chosen = bisect_right(cumulative, self._rng.random() * cumulative[-1])
        at = moments[min(chosen, len(moments) - 1)] + self._rng.random() * HOUR
        return min(at, self.now - 30 * self._rng.random() - 5)

    def _fill_slots(self, place_key: str) -> tuple[list[float], list[float]]:
        place = self._plan.places[place_key]
        moments: list[float] = []
        weights: list[float] = []
        today = local(self.now, place).date()
        for back in range(WEEKS * 7, -1, -1):
            day = today - timedelta(days=back)
            weight = place.weekday_weights[day.weekday()] * (1.15 - 0.3 * back / (WEEKS * 7))
            if day in place.holidays:
                weight *= _HOLIDAY_FACTOR
            since_launch = self._plan.launch_days_ago - back
            if 0 <= since_launch < len(_LAUNCH_ECHO):
                weight *= _LAUNCH_ECHO[since_launch]
            start = midnight(day, place.zone)
            for hour, share in enumerate(HOUR_WEIGHTS):
                if start + hour * HOUR < self.now:
                    moments.append(start + hour * HOUR)
                    weights.append(weight * share)
        table = (moments, list(accumulate(weights)))
        self._slots[place_key] = table
        return table

    def is_launch_day(self, at: float, place: Place) -> bool:
        """Whether a moment falls on the day of the launch or the one after."""
        back = (local(self.now, place).date() - local(at, place).date()).days
        return self._plan.launch_days_ago - 1 <= back <= self._plan.launch_days_ago

    def brand_answer(self, after: float, place_key: str, hurry: float = 1.0) -> float:
        """When the office answers what came in at a moment; hurry below 1 is faster."""
        minutes = _ANSWER_MEDIAN * hurry * exp(self._rng.gauss(0.0, _ANSWER_SIGMA))
        return self._in_office(after, min(max(minutes, 1.2), 900.0) * 60, place_key)

    def customer_answer(self, after: float, place_key: str) -> float:
        """When the customer writes back; at night it waits for the morning."""
        minutes = _CUSTOMER_MEDIAN * exp(self._rng.gauss(0.0, _CUSTOMER_SIGMA))
        return self._awake(after + min(max(minutes, 0.4), 2400.0) * 60, place_key)

    def days_later(self, after: float, days: float, place_key: str) -> float:
        """Some days on, at an hour people write at."""
        at = after + days * DAY + self._rng.uniform(-4, 4) * HOUR
        return self._awake(max(at, after + 3 * HOUR), place_key)

    def _awake(self, at: float, place_key: str) -> float:
        hour = local(at, self._plan.places[place_key]).hour
        if 1 <= hour < 7 and self._rng.random() < 0.9:
            at += (7 - hour) * HOUR + self._rng.random() * 2.5 * HOUR
        return at

    def _in_office(self, after: float, work_seconds: float, place_key: str) -> float:
        opens, closes = self._open.get(place_key) or self._fill_office(place_key)
        index = bisect_right(closes, after)
        at = after
        while index < len(opens):
            at = max(at, opens[index])
            if at + work_seconds <= closes[index]:
                return at + work_seconds
            work_seconds -= closes[index] - at
            index += 1
        # Beyond the calendar: far in the future, so the turn is not yet written.
        return self.now + DAY

    def _fill_office(self, place_key: str) -> tuple[list[float], list[float]]:
        place = self._plan.places[place_key]
        opens: list[float] = []
        closes: list[float] = []
        today = local(self.now, place).date()
        for back in range(WEEKS * 7 + 2, -3, -1):
            day = today - timedelta(days=back)
            hours = place.office[day.weekday()]
            if hours is None or day in place.holidays:
                continue
            start = midnight(day, place.zone)
            opens.append(start + hours[0] * HOUR)
            closes.append(start + hours[1] * HOUR)
        self._open[place_key] = (opens, closes)
        return opens, closes
