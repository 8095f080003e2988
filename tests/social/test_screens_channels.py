"""Channels as a browser gets them: health in words, and what can be done about it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from core.clock import now
from core.tenancy import tenant
from social.models import Channel, Credential, Delivery, Pull, RawItem
from social.networks import networks
from social.networks.features import Capability
from tests.accounts.factories import Cast, make_cast, signed_in
from tests.inbox.factories import Desk, make_channel, make_desk, set_aside

pytestmark = pytest.mark.django_db
LIST = "/w/meridian/channels/"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return make_desk(cast.meridian, cast.member("owner"))


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"))


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content[:600]
    return str(answer.content.decode())


def page_of(desk: Desk) -> str:
    return f"{LIST}{desk.channel.pk}/"


def change(desk: Desk, *, state: str = "connected", trouble: str = "", **pull: Any) -> None:
    with tenant(desk.workspace.pk):
        Channel.objects.filter(pk=desk.channel.pk).update(state=state, trouble=trouble)
        Pull.objects.filter(channel=desk.channel).update(**{"failures": 0, "error": "", "last_finished_at": now(), **pull})


@pytest.mark.parametrize(
    ("state", "pull", "words"),
    [
        ("connected", {}, ["Working"]),
        ("connected", {"last_finished_at": None}, ["Starting"]),
        ("connected", {"last_finished_at": now() - timedelta(hours=3)}, ["Late", "worker"]),
        ("connected", {"failures": 1, "error": "X answered 503."}, ["Hiccup", "X answered 503.", "tries again by itself"]),
        ("connected", {"failures": 9, "error": "X answered 503."}, ["In trouble", "X answered 503."]),
        ("paused", {}, ["Paused", "/resume/"]),
        ("needs_reconnect", {}, ["Needs reconnecting", "was revoked", "Sign in at X again", "?channel="]),
        ("disconnected", {}, ["Disconnected", "Connect it again", "?channel="]),
    ],
)
def test_each_state_is_in_words_with_what_to_do(
    tab: Client, desk: Desk, state: str, pull: dict[str, Any], words: list[str]
) -> None:
    change(desk, state=state, trouble="The sign-in was revoked." if state == "needs_reconnect" else "", **pull)
    page = text_of(tab.get(page_of(desk)))
    for word in words:
        assert word in page
    assert words[0] in text_of(tab.get(LIST))


def test_quotas_are_meters(tab: Client, desk: Desk) -> None:
    quota = {"mentions": {"limit": 300, "remaining": 30, "resets_at": now().isoformat()}, "dm": {"limit": None, "remaining": None}}
    change(desk, quota=quota)
    page = text_of(tab.get(LIST))
    assert re.search(r'<progress class="meter meter-bad" max="300" value="30" aria-label="Reading mentions">', page)
    assert page.count("<progress") == 1


def test_the_list_costs_the_same_for_any_number(tab: Client, desk: Desk, django_assert_num_queries: Any) -> None:
    tab.get(LIST)
    with CaptureQueriesContext(connection) as few:
        tab.get(LIST)
    for number in range(6):
        make_channel(desk.workspace, name=f"Channel {number}")
    with django_assert_num_queries(len(few)):
        tab.get(LIST)


def test_the_matrix_says_what_the_files_say(tab: Client, desk: Desk) -> None:
    page = text_of(tab.get(f"{LIST}networks/"))
    rows = re.findall(r'<tr><th scope="row">[^<]*</th>((?:<td>.*?</td>)+)</tr>', page)
    columns = zip(*(['aria-label="Yes"' in cell for cell in row.split("</td>")[:-1]] for row in rows), strict=True)
    known = sorted(networks().values(), key=lambda network: str(network.label).lower())
    for network, column in zip(known, columns, strict=True):
        assert len(column) == len(Capability)
        assert sum(column) == len(network.capabilities), network.slug
    assert page.count('aria-label="No"') == len(Capability) * len(known) - sum(len(network.capabilities) for network in known)


def test_pausing_going_on_and_letting_go(tab: Client, desk: Desk) -> None:
    def state() -> str:
        with tenant(desk.workspace.pk):
            return str(Channel.objects.get(pk=desk.channel.pk).state)

    assert tab.post(page_of(desk) + "pause/").status_code == 302
    assert state() == "paused"
    tab.post(page_of(desk) + "resume/")
    assert state() == "connected"
    tab.post(page_of(desk) + "disconnect/")
    assert state() == "disconnected"
    with tenant(desk.workspace.pk):
        assert not Credential.objects.filter(channel=desk.channel).exists()
        assert RawItem.objects.filter(channel=desk.channel).exists()
    refused = text_of(tab.post(page_of(desk) + "resume/", follow=True))
    assert "must be connected again" in refused
    assert state() == "disconnected"


def test_what_was_set_aside_can_be_read_tried_and_discarded(tab: Client, desk: Desk) -> None:
    second = set_aside(desk.channel)
    page = text_of(tab.get(page_of(desk)))
    assert escape(desk.aside.error) in page
    assert "never read" in page
    base = page_of(desk) + "aside/"
    assert tab.post(f"{base}{desk.aside.pk}/retry/").status_code == 302
    assert tab.post(f"{base}{second.pk}/discard/").status_code == 302
    with tenant(desk.workspace.pk):
        states = dict(RawItem.objects.filter(pk__in=[desk.aside.pk, second.pk]).values_list("pk", "state"))
    assert states == {desk.aside.pk: "stored", second.pk: "discarded"}
    assert tab.post(f"{base}{second.pk}/retry/").status_code == 404


def test_many_set_aside_are_paged(tab: Client, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        RawItem.objects.bulk_create(
            RawItem(channel=desk.channel, external_id=f"a{n}", payload={"n": n}, state="set_aside", error="x", stored_at=now())
            for n in range(25)
        )
    page = text_of(tab.get(page_of(desk)))
    seen = re.findall(r"aside/(\d+)/retry/", page)
    more = re.search(r'href="([^"]*before=\d+)#aside"', page)
    assert more
    seen += re.findall(r"aside/(\d+)/retry/", text_of(tab.get(more[1])))
    assert len(seen) == len(set(seen)) == 26
    assert tab.get(page_of(desk), {"before": "x"}).status_code == 422


def test_replies_in_trouble(tab: Client, desk: Desk) -> None:
    def state(number: int | None) -> str:
        with tenant(desk.workspace.pk):
            return str(Delivery.objects.get(pk=number).state)

    page = text_of(tab.get(page_of(desk)))
    assert "as the test says" in page
    assert f"/w/meridian/inbox/deliveries/{desk.failed.delivery_id}/" in page
    base = page_of(desk) + "sends/"
    assert tab.post(f"{base}{desk.failed.delivery_id}/retry/").status_code == 302
    assert state(desk.failed.delivery_id) == "queued"
    assert tab.post(f"{base}{desk.doubtful.delivery_id}/decide/", {"arrived": "maybe"}).status_code == 422
    assert state(desk.doubtful.delivery_id) == "needs_decision"
    tab.post(f"{base}{desk.doubtful.delivery_id}/decide/", {"arrived": "yes"})
    assert state(desk.doubtful.delivery_id) == "sent"
    assert tab.post(f"{base}{desk.queued.delivery_id}/retry/").status_code == 404


def test_an_agent_sees_health_and_changes_nothing(cast: Cast, desk: Desk) -> None:
    agent = signed_in(cast.user("agent"))
    page = text_of(agent.get(page_of(desk)))
    assert "Working" in page
    assert escape(desk.aside.error) not in page
    for path in ("pause/", "disconnect/", f"aside/{desk.aside.pk}/discard/", f"sends/{desk.failed.delivery_id}/retry/"):
        assert path not in page
        assert agent.post(page_of(desk) + path).status_code == 403


def test_without_a_channel_the_page_says_how_to_begin(cast: Cast) -> None:
    page = text_of(signed_in(cast.user("owner", of="zarrin")).get("/w/zarrin/channels/"))
    assert page.count("/w/zarrin/channels/connect/") >= 2
    assert "/w/zarrin/channels/connect/" not in text_of(signed_in(cast.user("viewer", of="zarrin")).get("/w/zarrin/channels/"))


def test_reasons_are_read_in_the_readers_language(desk: Desk, cast: Cast) -> None:
    """A worker stores them, and no reader has chosen its language."""
    with tenant(desk.workspace.pk):
        Delivery.objects.filter(pk=desk.failed.delivery_id).update(error="The system did not answer completely, or not in time.")
        Delivery.objects.filter(pk=desk.doubtful.delivery_id).update(error="X refused it: no such post {at} all")
        Pull.objects.filter(channel=desk.channel).update(failures=1, error="X did not answer completely, or not in time.")
    person = cast.user("owner")
    person.language = "ur"
    person.save(update_fields=["language"])
    page = text_of(signed_in(person).get(f"{LIST}{desk.channel.pk}/"))
    assert "سسٹم نے پورا جواب نہیں دیا" in page
    assert "X نے پورا جواب نہیں دیا" in page
    assert "X refused it" not in page
    assert "no such post {at} all" in page  # the network's own words


@pytest.mark.parametrize(
    ("network", "cursor", "secrets", "shown"),
    [
        ("custom", {}, ["secret"], True),
        ("telegram", {}, ["token"], False),
        ("facebook", {}, ["access_token"], True),
        ("facebook", {"placed": {"url": "1", "said": ""}}, ["access_token"], False),
        ("facebook", {"placed": {"url": "1", "said": "elsewhere"}}, ["access_token"], True),
        ("sms", {"placed": {"url": "1", "said": ""}}, ["auth_token"], False),
        ("email", {}, ["password"], False),
        ("email", {}, ["password", "sends_with"], True),
    ],
)
def test_a_webhooks_address_is_shown_to_whoever_has_to_enter_it(
    desk: Desk, tab: Client, network: str, cursor: dict[str, Any], secrets: list[str], shown: bool
) -> None:
    """Some networks are told by us, and a mailbox's own server calls nobody; an address to copy would only mislead."""
    with tenant(desk.workspace.pk):
        Channel.objects.filter(pk=desk.channel.pk).update(network=network, hook_key="A" * 22)
        Pull.objects.filter(channel=desk.channel).update(cursor=cursor)
        Credential.objects.filter(channel=desk.channel).delete()
        Credential.objects.bulk_create(
            Credential(channel=desk.channel, field=field, sealed="x", updated_at=now()) for field in secrets
        )
    assert (f"/hooks/{'A' * 22}/" in text_of(tab.get(page_of(desk)))) == shown


def test_a_webhook_is_offered_where_networks_can_reach_us(tab: Client, settings: Any) -> None:
    settings.BASE_URL = "https://crm.example.com"
    settings.ALLOWED_HOSTS = ["testserver"]
    page = text_of(tab.get(f"{LIST}connect/"))
    assert re.search(r'<select[^>]*name="arrival".*?<option value="webhook">', page, re.DOTALL)
