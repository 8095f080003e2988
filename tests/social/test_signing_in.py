"""Signing in on the networks' own pages, all the way and back: what all of them share, and what goes wrong on the way."""

from typing import Any

import pytest
from django.test import Client

from accounts.policies import Role
from core.tenancy import tenant
from social.models import Channel, NetworkApp
from social.networks import networks
from social.services import apps, credentials
from tests.accounts.factories import Cast, signed_in
from tests.social.conftest import events
from tests.social.networks.servers import Practice

pytestmark = pytest.mark.django_db

CONNECT = "/w/meridian/channels/connect/"
#: Network → what is typed before, and what the brand is there.
TYPED: dict[str, dict[str, str]] = {"mastodon": {"instance": "toots.example"}}


@pytest.fixture
def page(cast: Cast) -> Client:
    return signed_in(cast.user(Role.OWNER))


def begin(page: Client, network: str, **form: Any) -> Any:
    return page.post(f"{CONNECT}{network}/begin/", {**TYPED.get(network, {}), **form})


def come_back(page: Client, network: str, back: dict[str, str]) -> Any:
    """Both steps of the way back; returns the page on which it ends."""
    return page.get(f"/connect/{network}/callback", back, follow=True)


def sign_in(page: Client, practice: Practice, network: str, handle: str, **form: Any) -> Any:
    begun = begin(page, network, **form)
    assert begun.status_code == 302, begun.content[:2000]
    return come_back(page, network, practice.consent(begun["location"], handle))


def channels(workspace: Any) -> list[Channel]:
    with tenant(workspace.pk):
        return list(Channel.objects.order_by("id"))


@pytest.mark.parametrize("network", sorted(TYPED))
def test_the_account_is_connected_and_its_tokens_work(practice: Practice, page: Client, cast: Cast, network: str) -> None:
    made = practice.person("brand", is_brand=True, network=network)
    answer = sign_in(page, practice, network, "brand")
    (channel,) = channels(cast.meridian)
    assert answer.redirect_chain[-1][0] == f"/w/meridian/channels/{channel.pk}/", answer.content[:500]
    assert made["name"] in channel.name or made["handle"] in channel.handle
    access = credentials.open_access(workspace_id=cast.meridian.pk, channel_id=channel.pk)
    assert networks()[network].fetch(access, {}) is not None
    assert events(cast.meridian.pk) == ["channels.connected"]
    again = sign_in(page, practice, network, "brand", channel=str(channel.pk))
    assert again.status_code == 200
    assert events(cast.meridian.pk) == ["channels.connected", "channels.reconnected"]


@pytest.mark.parametrize("network", sorted(TYPED))
def test_another_account_is_named_and_not_taken(practice: Practice, page: Client, cast: Cast, network: str) -> None:
    practice.person("brand", is_brand=True, network=network)
    sign_in(page, practice, network, "brand")
    (channel,) = channels(cast.meridian)
    practice.person("other", is_brand=True, network=network)
    practice.call("PATCH", "/people/brand", {"suspended": True})
    answer = sign_in(page, practice, network, "other", channel=str(channel.pk))
    assert "other" in answer.content.decode().lower()
    assert "but this channel is" in answer.content.decode()
    assert len(channels(cast.meridian)) == 1


@pytest.mark.parametrize("network", sorted(TYPED))
def test_saying_no_and_other_refusals_connect_nothing_and_say_why(
    practice: Practice, page: Client, cast: Cast, network: str
) -> None:
    practice.person("brand", is_brand=True, network=network)
    state = practice.consent(begin(page, network)["location"], "brand")["state"]
    answer = come_back(page, network, {"state": state, "error": "access_denied"})
    assert "cancelled" in answer.content.decode()
    state = practice.consent(begin(page, network)["location"], "brand")["state"]
    words = {"error": "invalid_scope", "error_description": "The scope <b>moon</b> is unknown."}
    answer = come_back(page, network, {"state": state, **words})
    assert "The scope &lt;b&gt;moon&lt;/b&gt; is unknown." in answer.content.decode()
    assert channels(cast.meridian) == []


@pytest.mark.parametrize("network", sorted(TYPED))
def test_an_answer_works_once_and_only_here(practice: Practice, page: Client, cast: Cast, network: str) -> None:
    practice.person("brand", is_brand=True, network=network)
    back = practice.consent(begin(page, network)["location"], "brand")
    for stranger in (signed_in(cast.user(Role.ADMIN)), signed_in(cast.outsider), signed_in(cast.user(Role.OWNER))):
        assert stranger.get(f"/connect/{network}/callback", back).status_code == 422
    forged = page.get(f"/connect/{network}/callback", {**back, "state": back["state"][::-1]})
    assert forged.status_code == 422
    assert come_back(page, network, back).status_code == 200
    assert page.get(f"/connect/{network}/callback", back).status_code == 422
    assert len(channels(cast.meridian)) == 1
    # A code that was used is refused by the network as well, and said so.
    second = practice.consent(begin(page, network)["location"], "brand")
    reused = come_back(page, network, {"state": second["state"], "code": back["code"]})
    assert reused.status_code == 200
    assert "refused the sign-in" in reused.content.decode()


@pytest.mark.parametrize("network", sorted(TYPED))
@pytest.mark.parametrize("trouble", ["500", "html", "garble"])
def test_a_network_that_breaks_in_the_middle_says_to_try_again(
    practice: Practice, page: Client, cast: Cast, network: str, trouble: str
) -> None:
    practice.person("brand", is_brand=True, network=network)
    back = practice.consent(begin(page, network)["location"], "brand")
    practice.trouble(trouble, group="token")
    answer = come_back(page, network, back)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode() or "toast" in answer.content.decode()
    assert channels(cast.meridian) == []
    practice.calm()
    assert sign_in(page, practice, network, "brand").status_code == 200
    assert len(channels(cast.meridian)) == 1


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
    assert sign_in(page, practice, "mastodon", "brand").status_code == 200
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


@pytest.mark.parametrize("setting", ["X_CLIENT_ID", "LINKEDIN_CLIENT_ID", "REDDIT_CLIENT_ID", "GOOGLE_CLIENT_ID"])
def test_what_is_not_set_up_says_what_to_set_instead_of_a_button(
    practice: Practice, page: Client, settings: Any, setting: str
) -> None:
    slug = "youtube" if setting.startswith("GOOGLE") else setting.partition("_")[0].lower()
    assert f"connect/{slug}/begin/" in page.get(CONNECT).content.decode()
    setattr(settings, setting, "")
    shown = page.get(CONNECT).content.decode()
    assert setting in shown
    assert f"connect/{slug}/begin/" not in shown
    refused = begin(page, slug)
    assert refused.status_code == 422
    assert setting in refused.content.decode()
