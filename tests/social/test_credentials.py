"""Secrets of channels: sealed for one place, sealed anew with new keys, renewed once however many need it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from core.tenancy import tenant
from social.models import Channel, Credential
from social.networks.base import Tokens
from social.networks.errors import TryLater, Unauthorized
from social.services import connecting, credentials, rotating
from tests.accounts.factories import Cast, make_user, make_workspace
from tests.social.conftest import connect, events
from tests.social.networks.servers import Practice

pytestmark = pytest.mark.django_db


def test_a_secret_copied_elsewhere_does_not_open(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    ours, theirs = connect(practice, cast.meridian.pk), connect(practice, cast.zarrin.pk)
    with tenant(cast.meridian.pk):
        stolen = Credential.objects.get(channel=ours, field="access_token").sealed
    with tenant(cast.zarrin.pk):
        Credential.objects.filter(channel=theirs, field="access_token").update(sealed=stolen)
    with pytest.raises(Unauthorized) as caught:
        credentials.open_access(workspace_id=cast.zarrin.pk, channel_id=theirs.id)
    assert caught.value.code == "sealed"
    with tenant(cast.meridian.pk):
        Credential.objects.filter(channel=ours, field="refresh_token").update(sealed=stolen)
    with pytest.raises(Unauthorized):
        credentials.open_access(workspace_id=cast.meridian.pk, channel_id=ours.id)


def test_new_keys_seal_anew_and_old_ones_may_go(practice: Practice, brand: dict[str, Any], cast: Cast, settings: Any) -> None:
    channel = connect(practice, cast.meridian.pk)
    before = credentials.open_access(workspace_id=cast.meridian.pk, channel_id=channel.id).secrets
    old = settings.FIELD_KEYS
    new = "fresh:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="
    settings.FIELD_KEYS = f"{new},{old}"
    assert credentials.open_access(workspace_id=cast.meridian.pk, channel_id=channel.id).secrets == before
    assert rotating.reseal(workspace_id=cast.meridian.pk).resealed == len(before)
    assert rotating.reseal(workspace_id=cast.meridian.pk).resealed == 0
    settings.FIELD_KEYS = new
    assert credentials.open_access(workspace_id=cast.meridian.pk, channel_id=channel.id).secrets == before
    settings.FIELD_KEYS = old
    with pytest.raises(Unauthorized):
        credentials.open_access(workspace_id=cast.meridian.pk, channel_id=channel.id)


def test_stored_tokens_replace_all_others(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    channel = connect(practice, cast.meridian.pk)
    with tenant(cast.meridian.pk):
        credentials.store_tokens(channel=channel, tokens=Tokens({"access_token": "only this"}))
    access = credentials.open_access(workspace_id=cast.meridian.pk, channel_id=channel.id)
    assert dict(access.secrets) == {"access_token": "only this"}
    assert not renew(cast.meridian.pk, channel.id)


def renew(workspace_id: int, channel_id: int) -> bool:
    """As a worker does whose call was refused with what is stored just now."""
    used = credentials.open_access(workspace_id=workspace_id, channel_id=channel_id)
    return credentials.refresh(workspace_id=workspace_id, channel_id=channel_id, refused=used)


def renewals(practice: Practice) -> int:
    return len([entry for entry in practice.ledger() if entry["kind"] == "refresh"])


def test_renewing_stores_what_the_network_gives(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    workspace = cast.meridian.pk
    channel = connect(practice, workspace)
    old = credentials.open_access(workspace_id=workspace, channel_id=channel.id)
    assert renew(workspace, channel.id)
    new = credentials.open_access(workspace_id=workspace, channel_id=channel.id)
    assert new.secrets["access_token"] != old.secrets["access_token"]
    assert new.secrets["refresh_token"] != old.secrets["refresh_token"]
    # Who was refused with the old ones and comes only now goes on with these.
    assert credentials.refresh(workspace_id=workspace, channel_id=channel.id, refused=old)
    assert renewals(practice) == 1
    assert events(workspace) == ["channels.connected", "channels.renewed"]


def test_a_refused_renewal_says_that_the_owner_must_come(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    workspace = cast.meridian.pk
    channel = connect(practice, workspace)
    practice.call("POST", "/tokens/revoke", {"account": "brand"})
    assert not renew(workspace, channel.id)
    with tenant(workspace):
        assert Channel.objects.get().renewing_until is None
        assert Credential.objects.count() == 2


def test_trouble_while_renewing_is_tried_later(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    workspace = cast.meridian.pk
    channel = connect(practice, workspace)
    practice.trouble("500", group="token", count=1)
    with pytest.raises(TryLater):
        renew(workspace, channel.id)
    assert renew(workspace, channel.id)


@pytest.mark.django_db(transaction=True)
def test_many_who_need_it_renew_once(practice: Practice) -> None:
    """F7: the refresh token works once; a second use would cost the account its sign-in."""
    practice.person("brand", is_brand=True)
    workspace = make_workspace("Meridian", owner=make_user("owner@meridian.example"), slug="meridian").pk
    channel = connect(practice, workspace)
    practice.trouble("slow", group="token", options={"ms": 700})
    used = credentials.open_access(workspace_id=workspace, channel_id=channel.id)
    outcomes: list[str] = []
    start = threading.Barrier(6)

    def worker() -> None:
        start.wait()
        try:
            outcomes.append(str(credentials.refresh(workspace_id=workspace, channel_id=channel.id, refused=used)))
        except TryLater as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert renewals(practice) == 1
    assert outcomes.count("True") >= 1
    assert set(outcomes) <= {"True", "renewing"}
    assert renew(workspace, channel.id), "what was stored is what the network gave"


@pytest.mark.django_db(transaction=True)
def test_disconnecting_while_renewing_keeps_nothing(practice: Practice) -> None:
    practice.person("brand", is_brand=True)
    workspace = make_workspace("Meridian", owner=make_user("owner@meridian.example"), slug="meridian").pk
    channel = connect(practice, workspace)
    practice.trouble("slow", group="token", options={"ms": 1500})
    ended: list[str] = []

    def worker() -> None:
        try:
            renew(workspace, channel.id)
        except TryLater as error:
            ended.append(error.code)
        finally:
            connections.close_all()

    thread = threading.Thread(target=worker)
    thread.start()
    wait_until(lambda: is_renewing(workspace))
    with tenant(workspace):
        connecting.disconnect(channel_id=channel.id, actor_id=None)
    thread.join(30)
    assert ended == ["renewed_late"]
    with tenant(workspace):
        assert not Credential.objects.exists()


def is_renewing(workspace_id: int) -> bool:
    with tenant(workspace_id):
        return Channel.objects.get().renewing_until is not None


def wait_until(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    done = threading.Event()
    timer = threading.Timer(seconds, done.set)
    timer.start()
    try:
        while not condition():
            assert not done.is_set(), "It never came true."
            done.wait(0.02)
    finally:
        timer.cancel()
