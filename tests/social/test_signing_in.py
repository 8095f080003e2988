"""Signing in on the networks' own pages, all the way and back: what all of them share, and what goes wrong on the way."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connections
from django.test import Client

from accounts.policies import Role
from core.clock import now
from core.tenancy import tenant
from social.models import Channel, ChannelAlert, Credential, NetworkApp
from social.networks import networks
from social.networks.errors import TryLater
from social.services import apps, connecting, credentials, signing_in, watching
from tests.accounts.factories import Cast, make_user, make_workspace, signed_in
from tests.social.conftest import events
from tests.social.networks.servers import Practice

pytestmark = pytest.mark.django_db

CONNECT = "/w/meridian/channels/connect/"
#: Network → what is typed before.
TYPED: dict[str, dict[str, str]] = {"mastodon": {"instance": "toots.example"}, "email": {"provider": "google"}}
#: Where the accounts live on the practice network, where that is not the network itself.
HOMES: dict[str, str] = {}
SIGNING = sorted(slug for slug, network in networks().items() if network.signs_in)


@pytest.fixture
def page(cast: Cast) -> Client:
    return signed_in(cast.user(Role.OWNER))


def begin(page: Client, network: str, **form: Any) -> Any:
    return page.post(f"{CONNECT}{network}/begin/", {**TYPED.get(network, {}), **form})


def come_back(page: Client, network: str, back: dict[str, str]) -> tuple[str, str]:
    """Both steps of the way back. Returns where it leads, and what is said there. No page is drawn: that takes long."""
    answer = page.get(f"/connect/{network}/callback", back)
    assert answer.status_code == 302, answer.content[:500]
    answer = page.get(answer["location"])
    assert answer.status_code == 302, answer.content[:500]
    said = " ".join(str(message) for message in get_messages(answer.wsgi_request))
    page.cookies.pop("messages", None)
    return answer["location"], said


def sign_in(page: Client, practice: Practice, network: str, handle: str, **form: Any) -> tuple[str, str]:
    begun = begin(page, network, **form)
    assert begun.status_code == 302, begun.content[:2000]
    return come_back(page, network, practice.consent(begun["location"], handle))


def channels(workspace: Any) -> list[Channel]:
    with tenant(workspace.pk):
        return list(Channel.objects.order_by("id"))


@pytest.mark.parametrize("network", SIGNING)
def test_the_whole_way_and_what_goes_wrong_on_it(practice: Practice, page: Client, cast: Cast, network: str) -> None:
    """One test a network: laying people and workspaces is dearer than all the steps."""
    made = practice.person("brand", is_brand=True, network=HOMES.get(network, network))

    def consented() -> dict[str, str]:
        begun = begin(page, network)
        assert begun.status_code == 302, begun.content[:2000]
        return practice.consent(begun["location"], "brand")

    # The person says no; the network says no; it breaks in the middle: in words each, and the next time works.
    assert "cancelled" in come_back(page, network, {"state": consented()["state"], "error": "access_denied"})[1]
    odd = {"state": consented()["state"], "error": "invalid_scope", "error_description": "No moon here."}
    assert "No moon here." in come_back(page, network, odd)[1]
    back = consented()
    practice.trouble("500", group="token")
    assert len(come_back(page, network, back)[1]) > 20
    practice.calm()
    assert channels(cast.meridian) == []
    # The right way, once.
    back = consented()
    place, said = come_back(page, network, back)
    (channel,) = channels(cast.meridian)
    assert place == f"/w/meridian/channels/{channel.pk}/", said
    assert made["name"] in channel.name or made["handle"] in (channel.handle.partition("@")[0], channel.name.partition("@")[0])
    assert page.get(f"/connect/{network}/callback", back).status_code == 422
    access = credentials.open_access(workspace_id=cast.meridian.pk, channel_id=channel.pk)
    assert networks()[network].fetch(access, {}) is not None
    # A code that was used is refused by the network as well.
    assert "refused the sign-in" in come_back(page, network, {"state": consented()["state"], "code": back["code"]})[1]
    # The same account again, and another one for it.
    assert sign_in(page, practice, network, "brand", channel=str(channel.pk))[0] == f"/w/meridian/channels/{channel.pk}/"
    assert events(cast.meridian.pk) == ["channels.connected", "channels.reconnected"]
    practice.person("other", is_brand=True, network=HOMES.get(network, network))
    practice.call("PATCH", "/people/brand", {"suspended": True})
    assert "but this channel is" in sign_in(page, practice, network, "other", channel=str(channel.pk))[1]
    assert len(channels(cast.meridian)) == 1


def test_words_of_a_network_are_shown_as_words(practice: Practice, page: Client) -> None:
    practice.person("brand", is_brand=True)
    state = practice.consent(begin(page, "x")["location"], "brand")["state"]
    back = {"state": state, "error": "odd", "error_description": "No <b>moon</b> here."}
    assert "No &lt;b&gt;moon&lt;/b&gt; here." in page.get("/connect/x/callback", back, follow=True).content.decode()
    assert page.get("/connect/nosuch/callback", back).status_code == 422


def test_who_allows_half_is_told_what_is_missing(practice: Practice, page: Client, cast: Cast) -> None:
    practice.person("brand", is_brand=True, network="facebook")
    back = practice.consent(begin(page, "facebook")["location"], "brand", withhold=["pages_messaging", "pages_read_user_content"])
    assert "reading comments and posts of visitors, reading and answering messages" in come_back(page, "facebook", back)[1]
    assert channels(cast.meridian) == []


def test_several_pages_become_channels_by_choice_and_keep_tokens_of_their_own(practice: Practice, page: Client, cast: Cast) -> None:
    for handle in ("brand", "second"):
        practice.person(handle, is_brand=True, network="facebook", name="Anar")
    assert sign_in(page, practice, "facebook", "brand")[0] == "/w/meridian/channels/connect/facebook/choose/"
    wanted = [practice.call("GET", f"/people/{handle}")["id"] for handle in ("brand", "second")]
    page.post("/w/meridian/channels/connect/facebook/choose/", {"account": wanted})
    found = channels(cast.meridian)
    assert [channel.external_id for channel in found] == wanted
    kept = [credentials.open_access(workspace_id=cast.meridian.pk, channel_id=channel.pk).secrets for channel in found]
    assert len({secrets["access_token"] for secrets in kept}) == 2
    assert [secrets["page_id"] for secrets in kept] == wanted
    # Tokens of Pages have no end; WhatsApp keeps the person's, which has, and that is warned of.
    practice.person("number", is_brand=True, network="whatsapp")
    sign_in(page, practice, "whatsapp", "number")
    number = channels(cast.meridian)[-1]
    with tenant(cast.meridian.pk):
        assert [connecting.expires_in(channel.pk) for channel in found] == [None, None]
        left = connecting.expires_in(number.pk)
        assert left is not None
        assert 59 < left.total_seconds() / 86_400 < 61
        Credential.objects.filter(channel_id=number.pk).update(expires_at=now() + timedelta(days=6))
    watching.watch(workspace_id=cast.meridian.pk)
    with tenant(cast.meridian.pk):
        assert [alert.channel_id for alert in ChannelAlert.objects.all()] == [number.pk]


def test_who_manages_nothing_is_told_what_to_do(practice: Practice, page: Client, cast: Cast) -> None:
    for network, words in (("facebook", "opens no Page"), ("instagram", "professional account"), ("whatsapp", "opens no number")):
        practice.person(f"{network}1", is_brand=True, network=network)
        back = practice.consent(begin(page, network)["location"], f"{network}1")
        practice.call("PATCH", f"/people/{network}1", {"is_brand": False})
        assert words in come_back(page, network, back)[1]
    assert channels(cast.meridian) == []


# --- apps at servers -------------------------------------------------------------------------------------------------
def test_an_app_is_registered_once_for_all_workspaces_and_sealed(practice: Practice, page: Client, cast: Cast) -> None:
    practice.person("brand", is_brand=True, network="mastodon")
    sign_in(page, practice, "mastodon", "brand")
    (row,) = NetworkApp.objects.all()
    assert row.place == "toots.example"
    app = apps.kept_at(networks()["mastodon"], row.place)
    assert app["client_secret"]
    assert app["client_secret"] not in row.sealed
    begin(page, "mastodon", instance="https://TOOTS.example/@brand")
    assert apps.kept_at(networks()["mastodon"], row.place) == app
    begin(page, "mastodon", instance="birds.example")
    assert NetworkApp.objects.count() == 2


def test_an_instance_that_forgot_the_app_gets_another(practice: Practice, page: Client, cast: Cast) -> None:
    practice.person("brand", is_brand=True, network="mastodon")
    sign_in(page, practice, "mastodon", "brand")
    before = NetworkApp.objects.get().sealed
    practice.reset()
    practice.person("brand", is_brand=True, network="mastodon")
    assert "Connected" in sign_in(page, practice, "mastodon", "brand")[1]
    assert NetworkApp.objects.get().sealed != before


def test_without_the_key_that_sealed_it_another_app_is_registered(practice: Practice, page: Client, settings: Any) -> None:
    practice.person("brand", is_brand=True, network="mastodon")
    begin(page, "mastodon")
    settings.FIELD_KEYS = "fresh:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="
    assert begin(page, "mastodon").status_code == 302
    assert NetworkApp.objects.get().sealed.startswith("fresh.")


def test_whoever_kept_an_app_first_wins(practice: Practice) -> None:
    network = networks()["mastodon"]
    first = apps._keep(network, "race.example", {"client_id": "one"}, None)
    second = apps._keep(network, "race.example", {"client_id": "two"}, None)
    assert (first, second) == ({"client_id": "one"}, {"client_id": "one"})


def test_a_server_that_is_away_or_none_is_said_at_its_field(practice: Practice, page: Client, settings: Any) -> None:
    odd = begin(page, "mastodon", instance="not a server")
    assert odd.status_code == 422
    assert 'id="begin_mastodon_instance_error"' in odd.content.decode()
    assert begin(page, "mastodon", instance="").status_code == 422
    practice.trouble("500", group="token")
    away = begin(page, "mastodon")
    assert away.status_code == 503
    assert "trouble" in away.content.decode()


# --- the page --------------------------------------------------------------------------------------------------------
def test_every_network_says_in_one_line_what_it_is(practice: Practice, page: Client) -> None:
    shown = page.get(CONNECT).content.decode()
    for network in networks().values():
        assert str(network.about).endswith("."), network.slug
        assert len(str(network.about)) <= 110, network.slug
        assert f'id="{network.slug}"' in shown


def test_connecting_again_shows_the_one_network(practice: Practice, page: Client, cast: Cast) -> None:
    practice.person("brand", is_brand=True, network="mastodon")
    sign_in(page, practice, "mastodon", "brand")
    (channel,) = channels(cast.meridian)
    shown = page.get(CONNECT, {"channel": channel.pk}).content.decode()
    assert 'id="mastodon"' in shown
    assert 'id="telegram"' not in shown
    assert 'id="telegram"' in page.get(CONNECT, {"channel": channel.pk + 1000}).content.decode()


SETTINGS = {
    "X_CLIENT_ID": "x",
    "LINKEDIN_CLIENT_ID": "linkedin",
    "REDDIT_CLIENT_ID": "reddit",
    "GOOGLE_CLIENT_ID": "youtube",
    "FACEBOOK_APP_ID": "instagram",
    "FACEBOOK_APP_SECRET": "facebook",
}


def test_what_is_not_set_up_says_what_to_set_instead_of_a_button(practice: Practice, page: Client, settings: Any) -> None:
    shown = page.get(CONNECT).content.decode()
    assert all(f"connect/{slug}/begin/" in shown for slug in SETTINGS.values())
    for setting in SETTINGS:
        setattr(settings, setting, "")
    shown = page.get(CONNECT).content.decode()
    for setting, slug in SETTINGS.items():
        assert setting in shown
        assert f"connect/{slug}/begin/" not in shown
        refused = begin(page, slug)
        assert refused.status_code == 422
        assert setting in refused.content.decode() or slug == "facebook"


# --- renewal ---------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("provider", ["google", "microsoft"])
def test_several_that_renew_a_mailbox_at_once_ask_once_and_share_what_came(practice: Practice, provider: str) -> None:
    """Microsoft takes a refresh token once: whoever asked second with it would take the mailbox down."""
    owner = make_user("owner@meridian.example")
    workspace = make_workspace("Meridian", owner=owner, slug="meridian").pk
    practice.person("support", is_brand=True, network="email")
    at = {"redirect_uri": Practice.CALLBACK, "workspace_id": workspace, "user_id": owner.pk}
    url, ticket = signing_in.begin(network="email", slug="meridian", values={"provider": provider}, **at)
    back = practice.consent(url, "support")
    channel = signing_in.finish(ticket=ticket, state=back["state"], code=back["code"], actor_id=None, **at)
    assert isinstance(channel, Channel)
    place = {"workspace_id": workspace, "channel_id": channel.pk}
    used = credentials.open_access(**place)
    start, outcomes = threading.Barrier(4), []

    def worker() -> None:
        start.wait()
        try:
            outcomes.append(str(credentials.refresh(refused=used, **place)))
        except TryLater as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(practice.ledger(kind="refresh")) == 1
    assert "True" in outcomes
    assert set(outcomes) <= {"True", "renewing"}
    fresh = credentials.open_access(**place)
    assert fresh.secrets["access_token"] != used.secrets["access_token"]
    assert networks()["email"].fetch(fresh, {}) is not None
    assert credentials.refresh(refused=fresh, **place)
