"""The one address of this installation's own app: proven first, and each channel takes only what is its own."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from django.test import Client

from core.tenancy import tenant
from social.models import Channel, ChannelState, RawItem
from social.networks import _graph_place, networks
from social.networks.values import Profile, Tokens
from social.services import connecting
from tests.accounts.factories import Cast

pytestmark = pytest.mark.django_db
SECRET = "secret-of-our-app"


@pytest.fixture(autouse=True)
def _app(settings: Any) -> None:
    settings.FACEBOOK_APP_ID, settings.FACEBOOK_APP_SECRET = "app-id", SECRET


def connected(workspace: Any, network: str, account: str, **secrets: str) -> Channel:
    tokens = Tokens(secrets={"access_token": "token", **secrets})
    return connecting.connect_account(
        adapter=networks()[network],
        profile=Profile(account, "Anar", tokens=tokens),
        workspace_id=workspace.pk,
        actor_id=None,
        expected_id=None,
    )


def call(network: str, document: Any, *, secret: str = SECRET) -> Any:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    browser = Client(enforce_csrf_checks=True)
    return browser.post(
        f"/hooks/app/{network}/", body, content_type="application/json", headers={"X-Hub-Signature-256": signature}
    )


def entry(page: str, number: int) -> dict[str, Any]:
    said = {"mid": f"m_{number}", "text": "hello"}
    event = {"sender": {"id": "9"}, "recipient": {"id": page}, "timestamp": 1_760_000_000_000, "message": said}
    return {"id": page, "time": 1_760_000_000_000, "messaging": [event]}


def stored(channel: Channel) -> int:
    with tenant(channel.workspace_id):
        return RawItem.objects.filter(channel=channel).count()


def test_each_channel_takes_its_own_of_one_call(cast: Cast) -> None:
    ours, theirs = connected(cast.meridian, "facebook", "1"), connected(cast.zarrin, "facebook", "2")
    both = connected(cast.zarrin, "facebook", "1")
    other_app = connected(cast.outside, "facebook", "1", app_secret="the-owners-own")
    document = {"object": "page", "entry": [entry("1", 1), entry("2", 2), entry("3", 3)]}
    answer = call("facebook", document)
    assert (answer.status_code, answer.json()) == (202, {"new": 3})
    assert [stored(channel) for channel in (ours, theirs, both, other_app)] == [1, 1, 1, 0]
    assert call("facebook", document).json() == {"new": 0}
    with tenant(cast.meridian.pk):
        Channel.objects.filter(pk=ours.pk).update(state=ChannelState.DISCONNECTED)
    call("facebook", {"object": "page", "entry": [entry("1", 4)]})
    assert [stored(channel) for channel in (ours, both)] == [1, 2]


def test_numbers_of_whatsapp_are_found_inside_the_change(cast: Cast) -> None:
    channel = connected(cast.meridian, "whatsapp", "55", phone_number_id="55")
    message = {"from": "9", "id": "wamid.1", "timestamp": "1760000000", "type": "text", "text": {"body": "hi"}}
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "55"}, "messages": [message]}
    document = {"object": "whatsapp_business_account", "entry": [{"id": "77", "changes": [{"field": "messages", "value": value}]}]}
    assert call("whatsapp", document).json() == {"new": 1}
    assert stored(channel) == 1


@pytest.mark.parametrize(
    ("body", "secret", "status"),
    [
        ({"object": "page", "entry": [entry("1", 1)]}, "another-secret", 401),
        ({"object": "page", "entry": [entry("1", 1)]}, "", 401),
        ({"object": "instagram", "entry": [entry("1", 1)]}, SECRET, 202),
        ({"object": "page", "entry": [None, 7, {"id": {}}, {"id": "1'; --"}]}, SECRET, 202),
        (b"no json", SECRET, 202),
    ],
)
def test_what_is_unproven_or_odd_leaves_nothing(cast: Cast, body: Any, secret: str, status: int) -> None:
    channel = connected(cast.meridian, "facebook", "1")
    assert call("facebook", body, secret=secret).status_code == status
    assert stored(channel) == 0


def test_without_an_app_nothing_is_believed(cast: Cast, settings: Any) -> None:
    settings.FACEBOOK_APP_SECRET = ""
    connected(cast.meridian, "facebook", "1")
    assert call("facebook", {"object": "page", "entry": [entry("1", 1)]}, secret="").status_code == 401
    assert greet("facebook", "").status_code == 401


def greet(network: str, token: str) -> Any:
    question = {"hub.mode": "subscribe", "hub.challenge": "12345", "hub.verify_token": token}
    return Client().get(f"/hooks/app/{network}/", question)


def test_the_address_says_that_it_is_ours_to_whom_we_told_the_word() -> None:
    answer = greet("instagram", _graph_place.verify_token())
    assert (answer.status_code, answer.content) == (200, b"12345")
    assert greet("instagram", "guessed").status_code == 401
    for network in ("x", "nosuch", "telegram"):
        assert greet(network, "word").status_code == 404
        assert call(network, {}).status_code == 404
