"""The door for networks that call us: proven before anything is kept, kept before anything is promised, once however often."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from core.clock import now
from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services.ingest import ingest
from social.models import Channel, Pull, RawItem
from social.networks._custom_wire import sign
from social.services import connecting
from tests.accounts.factories import make_user, make_workspace

pytestmark = pytest.mark.django_db
SECRET = "a-secret-of-the-shop-desk"


def connect(name: str, secret: str = SECRET) -> Channel:
    """A workspace with a system that only hands over."""
    workspace = make_workspace(name, owner=make_user(f"owner@{name}.example"))
    return connecting.connect_with_tokens(
        network="custom", values={"name": name, "secret": secret}, workspace_id=workspace.pk, actor_id=None
    )


@pytest.fixture
def channel() -> Channel:
    return connect("shop")


def message(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"m{number}",
        "text": f"complaint {number}",
        "author": {"id": "c1", "name": "Ali"},
        "thread": "t1",
        "sent_at": now().isoformat(),
        **fields,
    }


def call(channel: Channel, document: Any, *, secret: str = SECRET, key: str | None = None, signature: str | None = None) -> Any:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    signed = signature if signature is not None else sign(secret, body, at=int(now().timestamp()))
    address = f"/hooks/{key if key is not None else channel.hook_key}/"
    # A browser's protection against forged forms must not stand in the way, as it would not for a real caller.
    return Client(enforce_csrf_checks=True).post(
        address, body, content_type="application/json", headers={"Rabta-Signature": signed}
    )


def stored(channel: Channel) -> list[tuple[str, str]]:
    with tenant(channel.workspace_id):
        return list(RawItem.objects.filter(channel=channel).order_by("id").values_list("external_id", "state"))


def test_it_reaches_the_inbox(channel: Channel) -> None:
    answer = call(channel, {"items": [message(1), message(2), message(3, thread="t2", visibility="public")]})
    assert (answer.status_code, answer.json()) == (202, {"new": 3})
    ingest(workspace_id=channel.workspace_id, channel_id=channel.pk)
    with tenant(channel.workspace_id):
        assert sorted(Message.objects.values_list("body", flat=True)) == ["complaint 1", "complaint 2", "complaint 3"]
        assert set(Conversation.objects.values_list("thread_key", "visibility")) == {("t1", "private"), ("t2", "public")}
        assert Pull.objects.get(channel=channel).items_total == 3


def test_the_same_call_again_changes_nothing(channel: Channel) -> None:
    document = {"items": [message(1), {"no": "id"}]}
    assert call(channel, document).json() == {"new": 2}
    before = stored(channel)
    again = call(channel, document)
    assert again.status_code == 202
    assert stored(channel) == before


def test_an_unproven_call_leaves_nothing(channel: Channel) -> None:
    for options in ({"secret": "another-secret-altogether"}, {"signature": ""}, {"signature": "t=1,v1=00"}):
        answer = call(channel, {"items": [message(1)]}, **options)  # type: ignore[arg-type]
        assert answer.status_code == 401
        assert answer.json()["error"]["message"]
    assert stored(channel) == []


def test_one_workspaces_secret_opens_no_other_channel(channel: Channel) -> None:
    other = connect("elsewhere", secret="the-other-workspaces-secret")
    assert call(other, {"items": [message(1)]}).status_code == 401
    assert call(other, {"items": [message(1)]}, secret="the-other-workspaces-secret").status_code == 202
    assert stored(channel) == []
    assert len(stored(other)) == 1


@pytest.mark.parametrize("key", ["nobody", "x" * 200, "%00", "é", "' OR 1=1 --"])
def test_a_key_nobody_made_leads_nowhere(channel: Channel, key: str) -> None:
    answer = call(channel, {"items": []}, key=key)
    assert answer.status_code == 404


def test_channels_without_a_key_cannot_be_called(channel: Channel) -> None:
    with tenant(channel.workspace_id):
        Channel.objects.update(hook_key="")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM social_hook_channel('')")
        assert cursor.fetchone() == (0,)


def test_a_proven_body_that_nobody_understands_waits_for_a_person(channel: Channel) -> None:
    for body in (b"not json \x00 \xff", b'{"items": 7}', b"[" * 100_000):
        assert call(channel, body).status_code == 202
    assert [state for _id, state in stored(channel)] == ["set_aside"] * 3
    with tenant(channel.workspace_id):
        assert all(RawItem.objects.values_list("error", flat=True))


def test_a_broken_item_leaves_its_neighbours_alone(channel: Channel) -> None:
    assert call(channel, {"items": [message(1), None, message(2, sent_at="noon")]}).json() == {"new": 3}
    ingest(workspace_id=channel.workspace_id, channel_id=channel.pk)
    assert [state for _id, state in stored(channel)].count("set_aside") == 2
    with tenant(channel.workspace_id):
        assert Message.objects.get().body == "complaint 1"


def test_a_body_too_large_is_refused_in_words(channel: Channel, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = call(channel, {"items": [message(1, text="x" * 2000)]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_paused_and_disconnected_channels_take_nothing(channel: Channel) -> None:
    with tenant(channel.workspace_id):
        connecting.pause(channel_id=channel.pk, actor_id=None)
    assert call(channel, {"items": [message(1)]}).status_code == 404
    with tenant(channel.workspace_id):
        connecting.disconnect(channel_id=channel.pk, actor_id=None)
    assert call(channel, {"items": [message(1)]}).status_code == 404
    assert stored(channel) == []


def test_connecting_again_keeps_the_address(channel: Channel) -> None:
    values = {"name": "shop", "secret": "a-new-secret-entirely"}
    again = connecting.connect_with_tokens(
        network="custom", values=values, workspace_id=channel.workspace_id, actor_id=None
    )
    assert (again.pk, again.hook_key) == (channel.pk, channel.hook_key)
    assert call(channel, {"items": [message(1)]}).status_code == 401
    assert call(channel, {"items": [message(1)]}, secret="a-new-secret-entirely").status_code == 202


def test_a_weak_secret_is_blamed_by_name() -> None:
    from core.errors import Invalid

    with pytest.raises(Invalid) as caught:
        connect("weak", secret="short")
    assert caught.value.field == "secret"


def test_only_posts_are_taken(channel: Channel) -> None:
    assert Client().get(f"/hooks/{channel.hook_key}/").status_code == 405


def test_a_network_that_calls_nobody_has_no_address() -> None:
    from social.networks import networks
    from social.networks.features import Capability

    called = {slug for slug, network in networks().items() if Capability.WEBHOOKS in network.capabilities}
    assert called == {"custom", "email", "facebook", "feed", "google", "instagram", "linkedin", "sms", "telegram", "whatsapp", "x"}
    assert all(networks()[slug].hook_help or networks()[slug].places_hook for slug in called)
