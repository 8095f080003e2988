"""One sign-in at Google opens every location of a business; somebody chooses which of them become channels."""

from typing import Any

import pytest
from django.test import Client

from accounts.policies import Role
from core.tenancy import tenant
from social.models import Channel, Credential
from social.services import credentials
from social.views.connect import CHOICE
from tests.accounts.factories import Cast
from tests.social.conftest import events
from tests.social.networks.servers import Practice
from tests.social.test_connecting import signed_in

CHOOSE = "/w/meridian/channels/connect/google/choose/"


@pytest.fixture
def places(practice: Practice) -> dict[str, str]:
    """Two locations of one business: name → id."""

    def made(town: str) -> str:
        return str(practice.person(town.lower(), is_brand=True, network="google", name="Anar", location=town)["id"])

    return {town: made(town) for town in ("Lahore", "London")}


def sign_in(page: Client, practice: Practice, **form: Any) -> Any:
    """The whole dance; returns the answer of the address that ends it."""
    begun = page.post("/w/meridian/channels/connect/google/begin/", form)
    assert begun.status_code == 302, begun.content[:500]
    back = page.get("/connect/google/callback", practice.consent(begun["location"], "lahore"))
    return page.get(back["location"])


def test_several_become_channels_by_choice(practice: Practice, places: dict[str, str], cast: Cast) -> None:
    page = signed_in(cast.user(Role.OWNER))
    finished = sign_in(page, practice)
    assert finished["location"] == CHOOSE
    with tenant(cast.meridian.pk):
        assert not Channel.objects.exists()
    # What waits in the session is sealed.
    kept = page.session[CHOICE]
    assert "access_token" not in str(kept)
    shown = page.get(CHOOSE)
    assert shown["Cache-Control"] == "no-store"
    assert all(f"Anar, {town}" in shown.content.decode() for town in places)
    nothing = page.post(CHOOSE, {"account": ["999"]})
    assert (nothing.status_code, "Choose at least one." in nothing.content.decode()) == (422, True)
    assert page.post(CHOOSE, {"account": list(places.values())}).status_code == 302
    with tenant(cast.meridian.pk):
        channels = {channel.external_id: channel.pk for channel in Channel.objects.all()}
        assert set(channels) == set(places.values())
        assert all(row.expires_at for row in Credential.objects.all())
    for identifier, channel_id in channels.items():
        access = credentials.open_access(workspace_id=cast.meridian.pk, channel_id=channel_id)
        assert access.secrets["location"].endswith(f"/locations/{identifier}")
        assert access.secrets["refresh_token"]
    assert events(cast.meridian.pk) == ["channels.connected"] * 2
    assert page.get(CHOOSE)["location"] == "/w/meridian/channels/connect/"


def test_the_same_channel_again_needs_no_choice(practice: Practice, places: dict[str, str], cast: Cast) -> None:
    page = signed_in(cast.user(Role.OWNER))
    sign_in(page, practice)
    page.post(CHOOSE, {"account": [places["London"]]})
    with tenant(cast.meridian.pk):
        channel = Channel.objects.get()
    again = sign_in(page, practice, channel=str(channel.pk))
    assert again["location"] == f"/w/meridian/channels/{channel.pk}/"
    assert events(cast.meridian.pk) == ["channels.connected", "channels.reconnected"]
    practice.call("PATCH", "/people/london", {"suspended": True})
    refused = sign_in(page, practice, channel=str(channel.pk))
    assert refused["location"] == f"/w/meridian/channels/connect/?channel={channel.pk}"
    with tenant(cast.meridian.pk):
        assert Channel.objects.count() == 1


def test_one_location_is_connected_at_once(practice: Practice, cast: Cast) -> None:
    practice.person("lahore", is_brand=True, network="google", name="Anar", location="Lahore")
    page = signed_in(cast.user(Role.OWNER))
    sign_in(page, practice)
    with tenant(cast.meridian.pk):
        assert Channel.objects.get().name == "Anar, Lahore"


def test_a_choice_belongs_to_its_workspace_person_and_hour(practice: Practice, places: dict[str, str], cast: Cast) -> None:
    page = signed_in(cast.user(Role.OWNER))
    sign_in(page, practice)
    assert page.get("/w/meridian/channels/connect/x/choose/")["location"] == "/w/meridian/channels/connect/"
    session = page.session
    kept = session[CHOICE]
    for stolen in ({**kept, "sealed": kept["sealed"][:-4] + "AAAA"}, {**kept, "ticket": {**kept["ticket"], "user_id": 0}}):
        session[CHOICE] = stolen
        session.save()
        assert page.get(CHOOSE)["location"] == "/w/meridian/channels/connect/"
    session[CHOICE] = {**kept, "ticket": {**kept["ticket"], "started_at": kept["ticket"]["started_at"] - 1000}}
    session.save()
    late = page.post(CHOOSE, {"account": [places["London"]]})
    assert late["location"] == "/w/meridian/channels/connect/"
    with tenant(cast.meridian.pk):
        assert not Channel.objects.exists()
