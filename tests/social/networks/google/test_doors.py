"""Pub/Sub at our doors: the channel's own, and that of the installation's topic. A call makes polls due, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core.clock import now
from core.tenancy import tenant
from social.models import Channel, Pull, RawItem
from social.networks import networks
from social.networks.values import Profile, Tokens
from social.services import connecting
from tests.accounts.factories import Cast
from tests.social.networks.google.pushes import PUSHER, TOPIC, envelope, key_set, token
from tests.social.networks.servers import Says, Scripted

pytestmark = pytest.mark.django_db
SITE = "https://rabta.example"
APP = "/hooks/app/google/"
INSTALLATION = "push@installation.iam.gserviceaccount.com"


@pytest.fixture(autouse=True)
def _google(scripted: Scripted, settings: Any) -> None:
    settings.GOOGLE_API_BASE, settings.BASE_URL = scripted.url, SITE
    settings.GOOGLE_PUBSUB_ACCOUNT = INSTALLATION
    scripted.says(key_set())


def connected(workspace: Any, location: str, **secrets: str) -> Channel:
    """A location that was read a minute ago, and is read again in an hour."""
    tokens = Tokens(secrets={"access_token": "token", "location": f"accounts/7001/locations/{location}", **secrets})
    channel = connecting.connect_account(
        adapter=networks()["google"],
        profile=Profile(location, "Anar", tokens=tokens),
        workspace_id=workspace.pk,
        actor_id=None,
        expected_id=None,
    )
    with tenant(workspace.pk):
        later, before = now() + timedelta(hours=1), now() - timedelta(minutes=30)
        Pull.objects.filter(channel=channel).update(due_at=later, last_started_at=before)
    return channel


def call(path: str, location: str, *, bearer: str | None = None, body: bytes | None = None, **claims: Any) -> Any:
    shown = token(aud=f"{SITE}{path}", **claims) if bearer is None else bearer
    content = envelope(location) if body is None else body
    browser = Client(enforce_csrf_checks=True)
    return browser.post(path, content, content_type="application/json", headers={"Authorization": f"Bearer {shown}"})


def is_due(channel: Channel) -> bool:
    with tenant(channel.workspace_id):
        return Pull.objects.get(channel=channel).due_at <= now() + timedelta(seconds=60)


def stored(channel: Channel) -> int:
    with tenant(channel.workspace_id):
        return RawItem.objects.filter(channel=channel).count()


def test_each_location_hears_its_own_of_the_installations_topic(cast: Cast) -> None:
    ours, theirs = connected(cast.meridian, "1"), connected(cast.zarrin, "2")
    own_topic = connected(cast.outside, "1", topic=TOPIC, push_account=PUSHER)
    for _time in range(3):
        answer = call(APP, "1", email=INSTALLATION)
        assert (answer.status_code, answer.json()) == (202, {"new": 0})
    assert [is_due(channel) for channel in (ours, theirs, own_topic)] == [True, False, False]
    assert [stored(channel) for channel in (ours, theirs, own_topic)] == [0, 0, 0]
    # A location that is nobody's here: its sender has done its part.
    assert call(APP, "3", email=INSTALLATION).status_code == 202
    assert not is_due(theirs)


def test_a_topic_of_ones_own_calls_the_channels_own_address(cast: Cast) -> None:
    channel = connected(cast.meridian, "1", topic=TOPIC, push_account=PUSHER)
    path = f"/hooks/{channel.hook_key}/"
    for location, claims in (("1", {"email": INSTALLATION}), ("1", {"aud": f"{SITE}{APP}"}), ("1", {"key": "stranger"})):
        bearer = token(**{"aud": f"{SITE}{path}", **claims})
        assert call(path, location, bearer=bearer).status_code == 401
    assert call(path, "2").status_code == 202
    assert not is_due(channel)
    assert call(path, "1").status_code == 202
    assert is_due(channel)
    # A question added to the address does not make it another one.
    assert call(f"{path}?a=b", "1", bearer=token(aud=f"{SITE}{path}")).status_code == 202


@pytest.mark.parametrize("claims", [{"key": "stranger"}, {"email": PUSHER}, {"aud": f"{SITE}/hooks/app/other/"}, {"exp": 1}])
def test_a_forged_call_makes_nothing_due(cast: Cast, claims: dict[str, Any]) -> None:
    channel = connected(cast.meridian, "1")
    bearer = token(**{"aud": f"{SITE}{APP}", "email": INSTALLATION, **claims})
    answer = call(APP, "1", bearer=bearer)
    assert answer.status_code == 401
    assert not is_due(channel)


def test_while_googles_keys_cannot_be_had_it_is_asked_to_call_again(cast: Cast, scripted: Scripted) -> None:
    channel = connected(cast.meridian, "1")
    scripted.says(Says(500, b"{}"))
    answer = call(APP, "1", email=INSTALLATION)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_now")
    assert call(f"/hooks/{channel.hook_key}/", "1", email=INSTALLATION).status_code == 503
    assert not is_due(channel)


def test_a_genuine_body_that_says_nothing_is_shown_to_a_person(cast: Cast) -> None:
    channel = connected(cast.meridian, "1", topic=TOPIC, push_account=PUSHER)
    path = f"/hooks/{channel.hook_key}/"
    for _time in range(2):
        assert call(path, "1", body=b'{"message": 7}').status_code == 202
    assert stored(channel) == 1
    assert call(APP, "1", body=b'{"message": 7}', email=INSTALLATION).json() == {"new": 0}


def test_without_a_topic_here_nobody_is_believed(cast: Cast, settings: Any) -> None:
    settings.GOOGLE_PUBSUB_ACCOUNT = ""
    connected(cast.meridian, "1")
    assert call(APP, "1", email="").status_code == 401
    assert Client().get(APP).status_code == 404
