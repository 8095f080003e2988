"""Reading a channel back, over the practice network and through both doors: what comes, how far, and what it never disturbs."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from core.clock import now
from core.errors import Conflict, Invalid
from core.reasons import in_words
from core.tenancy import tenant
from inbox.models import Message
from inbox.services.ingest import ingest
from social.models import BackfillRun, Channel, HeardHour, Pull, RawItem, StoredPage
from social.networks import network_of
from social.networks.base import Access, Quota
from social.services import backfilling, connecting, credentials, pulling
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program, program_of
from tests.social.conftest import connect
from tests.social.networks.mastodon.shapes import INSTANCE
from tests.social.networks.servers import Practice

pytestmark = pytest.mark.django_db
DAY_MS = 86_400_000


@pytest.fixture(autouse=True)
def _at_once(settings: Any) -> None:
    settings.BACKFILL_PAUSE_SECONDS = 0.0


def write_past(practice: Practice, author: str, number: int, *, days: float) -> list[str]:
    """So many posts that name the brand, spread over the last `days`, newest first."""
    now_ms = int(time.time() * 1000)
    rows = []
    for place in range(number):
        moment = now_ms - 60_000 - int(place * days * DAY_MS / max(number, 1))
        rows.append(
            {
                "id": str(((moment - 1_288_834_974_657) << 22) + place),
                "author": author,
                "text": f"@brand complaint {place}",
                "created_at": moment,
            }
        )
    practice.call("POST", "/import", {"posts": rows})
    return [row["id"] for row in rows]


@pytest.fixture
def past(practice: Practice, brand: dict[str, Any], cast: Cast) -> Channel:
    """An account with 230 mentions over twenty days, connected, and nothing of it read so far: the poll stands at the top."""
    write_past(practice, "ali", 230, days=20)
    channel = connect(practice, cast.meridian.pk)
    with tenant(cast.meridian.pk):
        Pull.objects.filter(channel=channel).update(due_at=now() + timedelta(days=1))
    return channel


def begin(channel: Channel, *, days: int = 30) -> BackfillRun:
    with tenant(channel.workspace_id):
        return backfilling.start(channel_id=channel.pk, days=days, actor_id=None)


def page(run: BackfillRun) -> int:
    return backfilling.read_back(workspace_id=run.workspace_id, run_id=run.pk)


def seen(run: BackfillRun) -> BackfillRun:
    with tenant(run.workspace_id):
        return BackfillRun.objects.get(pk=run.pk)


def to_the_end(run: BackfillRun, *, turns: int = 60) -> BackfillRun:
    """As the sweep does: page after page, the inbox digesting in between."""
    for _turn in range(turns):
        page(run)
        ingest(workspace_id=run.workspace_id, channel_id=run.channel_id)
        row = seen(run)
        if row.state != "running":
            return row
    raise AssertionError(f"never at its end: {row.state} {row.error} after {row.pages} pages")


def test_it_reads_everything_down_to_the_day_and_nothing_older(past: Channel) -> None:
    run = to_the_end(begin(past, days=10))
    assert (run.state, run.error, run.leased_until) == ("done", "", None)
    assert 110 <= run.items <= 116
    assert run.new_items == run.items
    assert run.oldest_at is not None
    assert run.since <= run.oldest_at < run.since + timedelta(hours=6)
    assert run.pages >= 3
    with tenant(past.workspace_id):
        assert RawItem.objects.count() == Message.objects.count() == run.items
        assert Message.objects.order_by("occurred_at").first().occurred_at >= run.since  # type: ignore[union-attr]


def test_what_is_known_is_not_doubled_and_the_poll_stands_where_it_stood(past: Channel) -> None:
    with tenant(past.workspace_id):
        pulling.make_due(channel_id=past.pk)
    pulling.pull(workspace_id=past.workspace_id, channel_id=past.pk)
    ingest(workspace_id=past.workspace_id, channel_id=past.pk)
    with tenant(past.workspace_id):
        before = Pull.objects.values("cursor", "items_total", "newest_item_at").get()
        known = RawItem.objects.count()
        heard = HeardHour.objects.get().items
    run = to_the_end(begin(past))
    assert (run.state, run.items, run.new_items) == ("done", known, 0)
    with tenant(past.workspace_id):
        assert Pull.objects.values("cursor", "items_total", "newest_item_at").get() == before
        assert (RawItem.objects.count(), Message.objects.count()) == (known, known)
        assert HeardHour.objects.get().items == heard
    again = to_the_end(begin(past))
    assert (again.state, again.new_items) == ("done", 0)


def test_only_live_items_count_as_heard(past: Channel) -> None:
    to_the_end(begin(past, days=3))
    with tenant(past.workspace_id):
        assert RawItem.objects.exists()
        assert not HeardHour.objects.exists()
        assert Pull.objects.get().newest_item_at is None


def test_direct_messages_come_too(practice: Practice, past: Channel) -> None:
    for number in range(3):
        practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": f"private {number}"})
    run = to_the_end(begin(past, days=1))
    with tenant(past.workspace_id):
        assert Message.objects.filter(visibility="private").count() == 3
    assert run.state == "done"


def test_mastodon_is_read_back(practice: Practice, cast: Cast) -> None:
    practice.person("brand", is_brand=True, network="mastodon")
    practice.person("ali", network="mastodon")
    ids = [practice.post("ali", f"@brand complaint {number}") for number in range(95)]
    reply = practice.post("ali", "@brand and this", reply_to=ids[0])
    values = {"instance": INSTANCE, "access_token": practice.tokens("brand")["access_token"]}
    channel = connecting.connect_with_tokens(network="mastodon", values=values, workspace_id=cast.meridian.pk, actor_id=None)
    with tenant(cast.meridian.pk):
        Pull.objects.update(due_at=now() + timedelta(days=1))
    run = to_the_end(begin(channel, days=7))
    assert (run.state, run.items, run.new_items) == ("done", 96, 96)
    with tenant(cast.meridian.pk):
        assert set(Message.objects.values_list("external_id", flat=True)) == {*ids, reply}
        assert Message.objects.get(external_id=reply).conversation_id == Message.objects.get(external_id=ids[0]).conversation_id
    with tenant(cast.meridian.pk):
        pulling.make_due(channel_id=channel.pk)
    assert pulling.pull(workspace_id=cast.meridian.pk, channel_id=channel.pk) == 0, "the poll meets only what is known"


def test_mastodon_stops_at_the_day(practice: Practice, cast: Cast) -> None:
    practice.person("brand", is_brand=True, network="mastodon")
    practice.person("ali", network="mastodon")
    practice.post("ali", "@brand now")
    access = Access("brand", {"instance": INSTANCE, "access_token": practice.tokens("brand")["access_token"]})
    later = network_of("mastodon").fetch_back(access, {}, since=now() + timedelta(hours=1))
    assert (len(later.items), later.more) == (1, False)


@pytest.mark.parametrize("kind", ["feed", "custom"])
def test_elsewhere_it_is_refused_in_words(cast: Cast, kind: str) -> None:
    with tenant(cast.meridian.pk):
        channel = Channel.objects.create(network=kind, external_id="a", name="A", state="connected", created_at=now())
    with pytest.raises(Invalid, match="nothing older on demand"):
        begin(channel)
    path = f"channels/{channel.pk}/backfills"
    answer = program_of(cast).post(path, {"days": 7})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unsupported")
    shown = signed_in(cast.user("owner")).get(f"/w/meridian/channels/{channel.pk}/").content.decode()
    assert "nothing older on demand" in shown


def test_one_at_a_time_and_only_while_it_is_connected(past: Channel) -> None:
    run = begin(past)
    with pytest.raises(Conflict):
        begin(past)
    with tenant(past.workspace_id):
        backfilling.stop(run_id=run.pk, actor_id=None)
        connecting.pause(channel_id=past.pk, actor_id=None)
    with pytest.raises(Conflict):
        begin(past)
    for days in (0, -1, 366):
        with pytest.raises(Invalid):
            with tenant(past.workspace_id):
                connecting.resume(channel_id=past.pk, actor_id=None)
            begin(past, days=days)


def test_stopping_stops_and_going_on_goes_on_from_there(past: Channel) -> None:
    run = begin(past)
    assert page(run) == 100
    with tenant(past.workspace_id):
        backfilling.stop(run_id=run.pk, actor_id=None)
    assert page(run) == 0
    row = seen(run)
    assert (row.state, row.items, row.ended_at is not None) == ("stopped", 100, True)
    with tenant(past.workspace_id):
        backfilling.go_on(run_id=run.pk, actor_id=None)
    row = to_the_end(run)
    assert (row.state, row.items, row.new_items) == ("done", 230, 230)
    with tenant(past.workspace_id), pytest.raises(Conflict):
        backfilling.go_on(run_id=run.pk, actor_id=None)


def test_a_page_under_way_when_it_is_stopped_leaves_nothing(past: Channel) -> None:
    run = begin(past)
    claim = backfilling._claim(run.workspace_id, run.pk)
    assert claim is not None
    access = credentials.open_access(workspace_id=run.workspace_id, channel_id=run.channel_id)
    fetched = claim.network.fetch_back(access, claim.cursor, since=claim.since)
    with tenant(past.workspace_id):
        backfilling.stop(run_id=run.pk, actor_id=None)
    with pytest.raises(backfilling.LeaseLost):
        backfilling._store(claim, fetched)
    with tenant(past.workspace_id):
        assert not RawItem.objects.exists()


def test_it_waits_for_the_poll_and_for_the_inbox(past: Channel) -> None:
    run = begin(past)
    with tenant(past.workspace_id):
        Pull.objects.update(leased_until=now() + timedelta(seconds=30))
    assert page(run) == 0
    assert seen(run).fence == 0, "not even claimed while the poll is asking"
    with tenant(past.workspace_id):
        Pull.objects.update(leased_until=None)
        for _number in range(backfilling.MOST_WAITING_PAGES + 1):
            StoredPage.objects.create(channel=past, item_ids=[], stored_at=now())
    assert page(run) == 0
    assert seen(run).fence == 0, "nor while the inbox has enough to digest"
    with tenant(past.workspace_id):
        StoredPage.objects.all().delete()
    assert page(run) == 100


def test_a_claim_is_one_reader_s_until_it_runs_out(past: Channel) -> None:
    run = begin(past)
    assert backfilling._claim(run.workspace_id, run.pk) is not None
    assert backfilling._claim(run.workspace_id, run.pk) is None
    with tenant(past.workspace_id):
        BackfillRun.objects.update(leased_until=now() - timedelta(seconds=1))
    assert (run.workspace_id, run.pk) in backfilling.due_backfills()
    assert page(run) == 100


@pytest.mark.parametrize(
    ("quota", "waits"),
    [
        (Quota(300, 250, None), False),
        (Quota(300, 250, "soon"), False),  # type: ignore[arg-type]
        (Quota(300, 100, "soon"), True),  # type: ignore[arg-type]
        (Quota(15, 12, "soon"), False),  # type: ignore[arg-type]
        (Quota(15, 11, "soon"), True),  # type: ignore[arg-type]
        (Quota(None, 0, "soon"), True),  # type: ignore[arg-type]
        (Quota(300, 0, "past"), False),  # type: ignore[arg-type]
    ],
)
def test_a_reserve_of_every_window_stays_for_the_poll(quota: Quota, waits: bool) -> None:
    ends = {"soon": now() + timedelta(minutes=15), "past": now() - timedelta(seconds=1), None: None}
    told = Quota(quota.limit, quota.remaining, ends[quota.resets_at])  # type: ignore[index]
    seconds = backfilling.pause_seconds(network_of("x"), {"window": told})
    assert (800 < seconds < 902) if waits else seconds == 0.0


def test_trouble_is_said_in_words_and_waited_for(practice: Practice, past: Channel) -> None:
    run = begin(past)
    practice.trouble("500", group="read")
    assert page(run) == 0
    row = seen(run)
    assert (row.state, row.failures, row.leased_until) == ("running", 1, None)
    assert row.error
    assert row.due_at > now()
    practice.calm()
    with tenant(past.workspace_id):
        BackfillRun.objects.update(due_at=now() - timedelta(seconds=1), failures=backfilling.MOST_FAILURES - 1)
    practice.trouble("500", group="read")
    page(run)
    row = seen(run)
    assert (row.state, row.failures) == ("failed", backfilling.MOST_FAILURES)
    assert row.ended_at is not None
    practice.calm()
    with tenant(past.workspace_id):
        backfilling.go_on(run_id=run.pk, actor_id=None)
    assert to_the_end(run).state == "done"


def test_a_revoked_sign_in_waits_for_its_owner(practice: Practice, past: Channel) -> None:
    run = begin(past)
    practice.call("POST", "/tokens/revoke", {"account": "brand"})
    assert page(run) == 0
    with tenant(past.workspace_id):
        assert Channel.objects.get().state == "needs_reconnect"
    assert seen(run).state == "running"
    assert not backfilling.due_backfills()
    connect(practice, past.workspace_id)
    with tenant(past.workspace_id):
        Pull.objects.update(due_at=now() + timedelta(days=1))
        BackfillRun.objects.update(due_at=now() - timedelta(seconds=1))
    assert to_the_end(run).state == "done"


def test_disconnecting_ends_it_and_says_why(past: Channel, cast: Cast) -> None:
    run = begin(past)
    with tenant(past.workspace_id):
        connecting.disconnect(channel_id=past.pk, actor_id=None)
    assert (seen(run).state, seen(run).error_code) == ("stopped", "disconnected")
    program = program_of(cast)
    row = program.get(f"channels/{past.pk}/backfills/{run.pk}").json()
    assert row["error"] == "The channel was disconnected."
    with translation.override("ur"):
        assert in_words(row["error"]) != row["error"]


# --- both doors -----------------------------------------------------------------------------------------------------------
def through_the_page(cast: Cast, channel: Channel) -> tuple[Callable[[], Any], Callable[[str], Any]]:
    tab: Client = signed_in(cast.user("owner"))
    base = f"/w/meridian/channels/{channel.pk}/backfill/"

    def act(what: str) -> Any:
        with tenant(channel.workspace_id):
            run = BackfillRun.objects.order_by("-id").first()
        assert run is not None
        return tab.post(f"{base}{run.pk}/{what}/")

    return lambda: tab.post(base, {"days": "30"}), act


def through_the_api(cast: Cast, channel: Channel) -> tuple[Callable[[], Any], Callable[[str], Any]]:
    program: Program = program_of(cast)
    base = f"channels/{channel.pk}/backfills"

    def act(what: str) -> Any:
        newest = program.get(base).json()["results"][0]
        return program.post(f"{base}/{newest['id']}/{what}")

    return lambda: program.post(base, {"days": 30}), act


@pytest.mark.parametrize("door", [through_the_page, through_the_api])
def test_starting_stopping_and_going_on(past: Channel, cast: Cast, door: Any) -> None:
    start, act = door(cast, past)
    assert start().status_code in (201, 302)
    with tenant(past.workspace_id):
        run = BackfillRun.objects.get()
    assert run.state == "running"
    assert start().status_code in (302, 409)
    page(run)
    assert act("stop").status_code in (200, 302)
    assert seen(run).state == "stopped"
    assert act("go-on").status_code in (200, 302)
    assert seen(run).state == "running"
    with tenant(past.workspace_id):
        assert BackfillRun.objects.count() == 1


def test_the_page_shows_how_far_it_came(past: Channel, cast: Cast) -> None:
    tab = signed_in(cast.user("owner"))
    address = f"/w/meridian/channels/{past.pk}/"
    first = tab.get(address).content.decode()
    assert 'id="backfill"' in first
    assert "takes money for each post" in first
    run = begin(past)
    page(run)
    part = tab.get(f"{address}backfill/").content.decode()
    assert part.lstrip().startswith("<section")
    assert 'hx-trigger="every 3s"' in part
    assert "1 page read: 100 items, 100 of them new." in part
    assert "<progress" in part
    ingest(workspace_id=past.workspace_id, channel_id=past.pk)
    to_the_end(run)
    part = tab.get(f"{address}backfill/").content.decode()
    assert "230 items, 230 of them new" in part
    assert "hx-trigger" not in part
    agent = signed_in(cast.user("agent"))
    assert 'id="backfill"' not in agent.get(address).content.decode()


def test_the_api_lists_them_page_by_page(past: Channel, cast: Cast) -> None:
    program = program_of(cast)
    for _number in range(3):
        run = begin(past)
        with tenant(past.workspace_id):
            backfilling.stop(run_id=run.pk, actor_id=None)
    base = f"channels/{past.pk}/backfills"
    first = program.get(base, limit=2).json()
    rest = program.client.get(first["next"]).json()
    ids = [row["id"] for row in first["results"] + rest["results"]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 3
    assert rest["next"] is None
    for body in ({}, {"days": "7"}, {"days": 0}, {"days": 400}, {"days": 7, "more": 1}):
        assert program.post(base, body).status_code == 422, json.dumps(body)
