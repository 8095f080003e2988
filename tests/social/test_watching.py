"""Silence where there never is any, and sign-ins that end: told with since when, on the page, the list and the API, and cleared."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from activity.models import Event
from core.clock import now
from core.tenancy import tenant
from inbox.services.ingest import ingest
from social.models import Channel, ChannelAlert, Credential, HeardHour, Pull
from social.services import watching
from social.tasks import watch
from tests.accounts.factories import Cast, make_cast, signed_in
from tests.inbox.conftest import program_of
from tests.inbox.factories import make_channel, post, store

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def channel(cast: Cast) -> Channel:
    return make_channel(cast.meridian)


def top(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def heard(channel: Channel, *, weeks: int, items: int = 4, hours: int = 24 * 7, but: tuple[int, ...] = ()) -> None:
    """Every one of the last `hours` hours of each of so many weeks before this one heard something; weeks in `but` nothing.

    One week more is known from its first hour, so that all of them can be compared.
    """
    hour = top(now())
    rows = {
        hour - timedelta(weeks=week) - timedelta(hours=back): items
        for week in range(1, weeks + 1)
        for back in range(hours)
        if week not in but
    }
    rows[hour - timedelta(weeks=weeks + 1)] = 1
    with tenant(channel.workspace_id):
        HeardHour.objects.bulk_create(HeardHour(channel=channel, hour=at, items=number) for at, number in rows.items())


def last_heard(channel: Channel, *, hours: float, **pull: Any) -> datetime:
    moment = now() - timedelta(hours=hours)
    with tenant(channel.workspace_id):
        Pull.objects.filter(channel=channel).update(newest_item_at=moment, last_finished_at=now(), failures=0, **pull)
    return moment


def alerts(channel: Channel) -> list[tuple[str, bool]]:
    with tenant(channel.workspace_id):
        return [(row.kind, row.cleared_at is None) for row in ChannelAlert.objects.order_by("id")]


def look(channel: Channel) -> list[tuple[str, bool]]:
    watch(channel.workspace_id)
    return alerts(channel)


def test_a_channel_that_always_hears_something_and_has_not(channel: Channel) -> None:
    heard(channel, weeks=4)
    last_heard(channel, hours=6)
    assert look(channel) == [("silence", True)]
    assert look(channel) == [("silence", True)], "looking again raises nothing"
    with tenant(channel.workspace_id):
        assert Event.objects.filter(kind="channels.alerted").count() == 1


@pytest.mark.parametrize(
    "why",
    ["just now", "a new channel", "hardly anything comes", "one week was as silent", "it is not read", "it fails", "it is paused"],
)
def test_what_is_no_strange_silence(channel: Channel, why: str) -> None:
    quiet = {"hours": 0.01} if why == "just now" else {"hours": 6.0}
    heard(
        channel,
        weeks=2 if why == "a new channel" else 4,
        items=1 if why == "hardly anything comes" else 4,
        hours=4 if why == "hardly anything comes" else 24 * 7,
        but=(2,) if why == "one week was as silent" else (),
    )
    last_heard(channel, **quiet)
    with tenant(channel.workspace_id):
        if why == "it is not read":
            Pull.objects.update(last_finished_at=now() - timedelta(hours=2))
        if why == "it fails":
            Pull.objects.update(failures=1)
        if why == "it is paused":
            Channel.objects.update(state="paused")
    assert look(channel) == []


def test_a_night_that_is_always_quiet_is_no_silence(channel: Channel) -> None:
    """Only the hours since the last item count: in those, nothing came in other weeks either."""
    hour = top(now())
    with tenant(channel.workspace_id):
        HeardHour.objects.bulk_create(
            HeardHour(channel=channel, hour=hour - timedelta(weeks=week, hours=back), items=20)
            for week in range(1, 6)
            for back in range(9, 20)
        )
    last_heard(channel, hours=7.5)
    assert look(channel) == []
    last_heard(channel, hours=15)
    assert look(channel) == [("silence", True)]


def test_the_first_item_ends_it(channel: Channel, cast: Cast) -> None:
    heard(channel, weeks=4)
    last_heard(channel, hours=6)
    look(channel)
    program = program_of(cast)
    assert [row["kind"] for row in program.get(f"channels/{channel.pk}").json()["alerts"]] == ["silence"]
    store(channel, post(channel, "there you are"))
    assert program.get(f"channels/{channel.pk}").json()["alerts"] == [], "not shown any more, before anybody looks"
    assert look(channel) == [("silence", False)]
    with tenant(channel.workspace_id):
        assert Event.objects.filter(kind="channels.alert_cleared").count() == 1


def test_a_silence_goes_on_while_nothing_comes(channel: Channel) -> None:
    heard(channel, weeks=4)
    last_heard(channel, hours=6)
    look(channel)
    with tenant(channel.workspace_id):
        HeardHour.objects.all().delete()
    assert look(channel) == [("silence", True)]


def test_every_item_is_counted_in_its_hour(channel: Channel) -> None:
    for _page in range(2):
        store(channel, post(channel, "a"), post(channel, "b"))
    first = post(channel, "c")
    store(channel, first)
    store(channel, first)
    ingest(workspace_id=channel.workspace_id, channel_id=channel.pk)
    with tenant(channel.workspace_id):
        row = HeardHour.objects.get()
    assert (row.items, row.hour) == (5, top(row.hour))


def test_old_counts_are_dropped(channel: Channel) -> None:
    with tenant(channel.workspace_id):
        for weeks in (1, 5, 7):
            HeardHour.objects.create(channel=channel, hour=top(now()) - timedelta(weeks=weeks), items=1)
    look(channel)
    with tenant(channel.workspace_id):
        assert HeardHour.objects.count() == 2


def ends(channel: Channel, *, days: float, refresh: bool = False) -> None:
    with tenant(channel.workspace_id):
        Credential.objects.filter(channel=channel).update(expires_at=now() + timedelta(days=days))
        if refresh:
            Credential.objects.create(channel=channel, field="refresh_token", sealed="x", updated_at=now())


@pytest.mark.parametrize(
    ("days", "refresh", "told"), [(6.9, False, True), (0.1, False, True), (7.1, False, False), (3, True, False)]
)
def test_a_sign_in_that_ends_is_told_a_week_before(channel: Channel, days: float, refresh: bool, told: bool) -> None:
    ends(channel, days=days, refresh=refresh)
    assert look(channel) == ([("expiry", True)] if told else [])
    assert look(channel) == ([("expiry", True)] if told else [])


def test_a_new_sign_in_ends_the_warning(channel: Channel) -> None:
    ends(channel, days=2)
    look(channel)
    ends(channel, days=60)
    assert look(channel) == [("expiry", False)]


def test_another_end_is_another_warning(channel: Channel) -> None:
    ends(channel, days=2)
    look(channel)
    ends(channel, days=1)
    assert look(channel) == [("expiry", False), ("expiry", True)]


def test_page_list_and_api_say_it(channel: Channel, cast: Cast) -> None:
    heard(channel, weeks=4)
    since = last_heard(channel, hours=6)
    ends(channel, days=2)
    look(channel)
    tab = signed_in(cast.user("owner"))
    for address in ("/w/meridian/channels/", f"/w/meridian/channels/{channel.pk}/"):
        page = tab.get(address).content.decode()
        assert "Nothing has come in since" in page
        assert since.isoformat() in page
        assert "The sign-in ends" in page
        assert "Silent" in page
    row = program_of(cast).get(f"channels/{channel.pk}").json()
    assert [alert["kind"] for alert in row["alerts"]] == ["expiry", "silence"]


def test_the_sweep_finds_workspaces_to_watch(channel: Channel, cast: Cast) -> None:
    assert cast.meridian.pk in watching.watched_workspaces()
    assert cast.outside.pk not in watching.watched_workspaces()
    ends(channel, days=2)
    look(channel)
    with tenant(channel.workspace_id):
        Channel.objects.update(state="paused")
    assert cast.meridian.pk in watching.watched_workspaces(), "what was told has to be taken back"
    assert look(channel) == [("expiry", False)]
    assert cast.meridian.pk not in watching.watched_workspaces()


def test_watching_costs_the_same_for_any_number(channel: Channel, cast: Cast, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    look(channel)
    with CaptureQueriesContext(connection) as few:
        look(channel)
    for number in range(5):
        make_channel(cast.meridian, name=f"C{number}")
    with django_assert_num_queries(len(few)):
        look(channel)
