"""When a mail may come: the moments of a rhythm, and the end of the quiet hours that a moment lies in. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from notifications.kinds import Mail

#: So long “at once” waits: who reads it here meanwhile gets no mail.
GRACE = timedelta(seconds=60)
DAY = timedelta(days=1)
#: Quiet hours that follow each other without a break are passed in so many steps; longer ones are refused when they are chosen.
STEPS = 8


@dataclass(frozen=True, slots=True)
class Hours:
    """A member's rhythm, and the zone it is meant in. Minutes after midnight; days on which quiet begins, Monday is 0."""

    zone: tzinfo
    daily_at: int = 9 * 60
    quiet_on: bool = False
    quiet_from: int = 20 * 60
    quiet_to: int = 8 * 60
    quiet_days: Sequence[int] = ()


def due(mail: str, moment: datetime, hours: Hours) -> datetime | None:
    """When a mail about what happened at `moment` is due, in UTC; None for none. Quiet hours are looked at when it would leave."""
    if mail == Mail.NOW:
        return moment + GRACE
    if mail == Mail.HOURLY:
        return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if mail == Mail.DAILY:
        today = moment.astimezone(hours.zone).date()
        found = (_at(today + DAY * n, hours.daily_at, hours.zone) for n in range(3))
        return next(at for at in found if at > moment)
    return None


def quiet_until(moment: datetime, hours: Hours) -> datetime | None:
    """The end of the quiet hours that `moment` lies in, in UTC; None where mail may come."""
    if not hours.quiet_on:
        return None
    end = moment
    for _step in range(STEPS):
        until = _end_of(end, hours)
        if until is None:
            break
        end = until
    return end if end > moment else None


def _end_of(moment: datetime, hours: Hours) -> datetime | None:
    today = moment.astimezone(hours.zone).date()
    for day in (today - DAY, today):
        if day.weekday() not in hours.quiet_days:
            continue
        begins = _at(day, hours.quiet_from, hours.zone)
        ends = _at(day if hours.quiet_to > hours.quiet_from else day + DAY, hours.quiet_to, hours.zone)
        if begins <= moment < ends:
            return ends
    return None


def _at(day: object, minutes: int, zone: tzinfo) -> datetime:
    clock = time(minutes // 60, minutes % 60)
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type]
