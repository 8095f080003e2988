"""What one hears of and when: kept through both doors, refused by name, and the moments that follow from it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from activity.models import Event
from core.tenancy import tenant
from notifications.hours import Hours, due, quiet_until
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.test_screens_list import text_of

KARACHI, NEW_YORK = ZoneInfo("Asia/Karachi"), ZoneInfo("America/New_York")
PAGE = "/w/meridian/notifications/preferences/"
KEYS = ("mentioned", "assigned", "team_assigned", "followed", "undelivered", "ticket")


def at(text: str, zone: Any = UTC) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("mail", "moment", "wanted"),
    [
        ("none", "2026-11-27T10:20", None),
        ("now", "2026-11-27T10:20", "2026-11-27T10:21"),
        ("hourly", "2026-11-27T10:00", "2026-11-27T11:00"),
        ("daily", "2026-11-27T03:59", "2026-11-27T04:00"),  # nine in Karachi
        ("daily", "2026-11-27T04:00", "2026-11-28T04:00"),
    ],
)
def test_when_a_mail_is_due(mail: str, moment: str, wanted: str | None) -> None:
    assert due(mail, at(moment), Hours(KARACHI)) == (at(wanted) if wanted else None)


@pytest.mark.parametrize(
    ("moment", "wanted"),
    [
        ("2026-11-27T19:59", None),  # a Friday
        ("2026-11-27T20:00", "2026-11-28T08:00"),
        ("2026-11-28T07:59", "2026-11-28T08:00"),
        ("2026-11-28T08:00", None),
        ("2026-11-28T21:00", None),  # none begins on a Saturday
        ("2026-11-30T21:00", "2026-12-01T08:00"),
    ],
)
def test_quiet_hours_over_midnight(moment: str, wanted: str | None) -> None:
    hours = Hours(KARACHI, quiet_on=True, quiet_days=(0, 4))
    assert quiet_until(at(moment, KARACHI), hours) == (at(wanted, KARACHI) if wanted else None)
    assert quiet_until(at(moment, KARACHI), Hours(KARACHI, quiet_on=False, quiet_days=(0, 4))) is None


def test_quiet_hours_that_touch_and_the_night_of_the_clocks() -> None:
    whole = Hours(UTC, quiet_on=True, quiet_from=0, quiet_to=0, quiet_days=(5, 6))
    assert quiet_until(at("2026-11-28T12:00"), whole) == at("2026-11-30T00:00")
    night = Hours(NEW_YORK, quiet_on=True, quiet_from=22 * 60, quiet_to=6 * 60, quiet_days=tuple(range(7)))
    assert quiet_until(at("2026-03-08T01:00", NEW_YORK), night) == at("2026-03-08T10:00")  # summer time began at two


@pytest.mark.django_db
def test_kept_through_the_page_and_through_the_api(cast: Cast, desk: Desk, program: Program) -> None:
    tab = signed_in(cast.user("owner"))
    given = {f"mail.{key}": "hourly" for key in KEYS} | {f"in_app.{key}": "yes" for key in KEYS[1:]}
    given |= {"daily_at": "۰۷:۳۰", "quiet_on": "yes", "quiet_from": "21:00", "quiet_to": "06:15", "quiet_days": ["0", "6"]}
    assert tab.post(PAGE, given).status_code == 302
    found = program.get("notification-preferences").json()
    assert {row["kind"]: (row["in_app"], row["mail"]) for row in found["kinds"]} == {
        key: (key != "mentioned", "hourly") for key in KEYS
    }
    wanted = {"mail_on": False, "daily_at": 450, "quiet_on": True, "quiet_from": 1260, "quiet_to": 375, "quiet_days": [0, 6]}
    assert found["rhythm"] == wanted
    changed = program.patch("notification-preferences", {"kinds": {"mentioned": {"in_app": True}}, "rhythm": {"mail_on": True}})
    assert changed.json()["rhythm"] == wanted | {"mail_on": True}
    assert changed.json()["kinds"][0] == {"kind": "mentioned", "words": "A note mentions me", "in_app": True, "mail": "hourly"}
    page = text_of(tab.get(PAGE))
    assert 'value="06:15"' in page
    with tenant(desk.workspace.pk):
        assert Event.objects.filter(kind="notification_preferences.changed").count() == 2
    program.patch("notification-preferences", {"rhythm": {"mail_on": True}})
    with tenant(desk.workspace.pk):
        assert Event.objects.filter(kind="notification_preferences.changed").count() == 2, "nothing changed and the log says so"
        assert not Event.objects.filter(kind="notification_preferences.changed").exclude(actor_id=cast.member("owner").pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kinds": {"mentioned": {"mail": "often"}}}, "kinds"),
        ({"kinds": {"nothing": {"in_app": True}}}, "nothing"),
        ({"rhythm": {"daily_at": 1440}}, "daily_at"),
        ({"rhythm": {"quiet_from": -1}}, "quiet_from"),
        ({"rhythm": {"quiet_days": [7]}}, "quiet_days"),
        ({"rhythm": {"quiet_on": True, "quiet_from": 60, "quiet_to": 60}}, "quiet_to"),
        ({"other": 1}, "other"),
    ],
)
def test_wrong_choices_are_refused_by_name(program: Program, desk: Desk, body: dict[str, Any], field: str) -> None:
    answer = program.patch("notification-preferences", body)
    assert answer.status_code == 422, answer.content
    assert str(answer.json()["error"]["field"]).startswith(field), answer.content


@pytest.mark.django_db
def test_a_wrong_time_on_the_page_keeps_what_was_typed(cast: Cast, desk: Desk) -> None:
    tab = signed_in(cast.user("owner"))
    given = {f"mail.{key}": "none" for key in KEYS} | {"daily_at": "25:00", "quiet_from": "20:00", "quiet_to": "08:00"}
    page = text_of(tab.post(PAGE, given), 422)
    assert 'value="25:00"' in page
    assert 'aria-invalid="true"' in page
