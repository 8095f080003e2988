"""Clocks, weeks and holidays of the places the demo plays in."""

from __future__ import annotations

from datetime import date

from demo.shapes import Place


def _days(*spans: str) -> frozenset[date]:
    """Read "2026-03-21" or "2026-03-21..24" (days of the same month)."""
    found: set[date] = set()
    for span in spans:
        first, _, last = span.partition("..")
        start = date.fromisoformat(first)
        for day in range(start.day, int(last or start.day) + 1):
            found.add(start.replace(day=day))
    return frozenset(found)


# Moon-dependent days are the astronomers' forecasts; a day's error does no harm here.
_BRITAIN = _days(
    "2025-12-25..26", "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31",
    "2026-12-25..26", "2026-12-28", "2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31",
    "2027-08-30", "2027-12-25..28", "2028-01-03", "2028-04-14", "2028-04-17",
)  # fmt: skip
_PAKISTAN = _days(
    "2025-12-25", "2026-02-05", "2026-03-20..23", "2026-05-01", "2026-05-27..29", "2026-06-25..26",
    "2026-08-14", "2026-08-25", "2026-11-09", "2026-12-25", "2027-02-05", "2027-03-10..12", "2027-03-23",
    "2027-05-01", "2027-05-17..19", "2027-06-15..16", "2027-08-14..15", "2027-11-09", "2027-12-25",
    "2028-02-05", "2028-02-27..29", "2028-03-23",
)  # fmt: skip
_IRAN = _days(
    "2026-02-11", "2026-03-20..24", "2026-04-01..02", "2026-06-04", "2026-06-25..26", "2026-08-04",
    "2026-08-12", "2026-12-23", "2027-01-06", "2027-02-11", "2027-03-20..24", "2027-04-01..02",
    "2027-06-04..05", "2027-06-15..16", "2027-07-25", "2028-02-11", "2028-03-20..23", "2028-04-01..02",
)  # fmt: skip
_GULF = _days(
    "2026-03-20..22", "2026-05-26..29", "2026-12-02..03", "2027-03-09..11", "2027-05-16..19", "2027-12-02..03",
    "2028-02-26..28",
)  # fmt: skip

_LATE, _SUNDAY = (8.0, 20.0), (10.0, 16.0)

PLACES = {
    place.key: place
    for place in (
        Place(
            "britain",
            "Europe/London",
            (1.18, 1.08, 1.02, 1.0, 0.96, 0.84, 0.88),
            (_LATE, _LATE, _LATE, _LATE, _LATE, (9.0, 18.0), _SUNDAY),
            _BRITAIN,
        ),
        Place(
            "america",
            "America/New_York",
            (1.12, 1.06, 1.02, 1.0, 0.96, 0.86, 0.9),
            ((3.0, 15.0),) * 5 + ((4.0, 13.0), (5.0, 11.0)),  # the team sits in Bristol
            _BRITAIN,
        ),
        Place(
            "gulf",
            "Asia/Dubai",
            (1.08, 1.04, 1.02, 1.0, 0.72, 0.9, 1.06),
            ((9.0, 20.0),) * 6 + ((12.0, 19.0),),
            _GULF,
        ),
        Place(
            "pakistan",
            "Asia/Karachi",
            (1.14, 1.06, 1.02, 1.02, 0.88, 1.04, 0.66),
            ((10.0, 20.0),) * 4 + ((10.0, 20.0), (10.0, 19.0), None),
            _PAKISTAN,
        ),
        Place(
            "iran",
            "Asia/Tehran",
            (1.06, 1.04, 1.04, 1.0, 0.52, 1.14, 1.1),
            ((9.0, 19.0), (9.0, 19.0), (9.0, 19.0), (9.0, 14.0), None, (9.0, 19.0), (9.0, 19.0)),
            _IRAN,
        ),
    )
}
# fmt: off
#: How much is written in each hour of a customer's day: quiet nights, a dip at lunch, an evening peak.
HOUR_WEIGHTS = (
    0.55, 0.28, 0.14, 0.08, 0.07, 0.12, 0.3, 0.62, 1.0, 1.25, 1.4, 1.35,
    1.05, 0.82, 1.05, 1.2, 1.3, 1.4, 1.5, 1.8, 2.15, 2.3, 1.75, 1.05,
)
# fmt: on
