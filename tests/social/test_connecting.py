"""Connecting accounts, letting go of them, and their secrets: against the practice network, through pages and services."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client

from accounts.policies import Role
from core.errors import Conflict, Invalid, NotFound
from core.tenancy import tenant
from social.models import Channel, ChannelState, Credential, Delivery, Pull, RawItem
from social.networks.errors import Unauthorized
from social.services import connecting, credentials, signing_in
from social.services.connecting import NetworkAway
from tests.accounts.factories import Cast, make_workspace, signed_in
from tests.social.conftest import connect, events
from tests.social.networks.servers import Practice

pytestmark = pytest.mark.django_db


# --- pasted tokens ----------------------------------------------------------------------------------------------------
def test_pasted_tokens_connect_the_account_they_are_for(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    owner = cast.user(Role.OWNER)
    page = signed_in(owner)
    tokens = practice.tokens("brand")
    answer = page.post("/w/meridian/channels/connect/x/tokens/", tokens)
    assert answer.status_code == 302
    assert b"brand" in page.get(answer["location"]).content
    with tenant(cast.meridian.pk):
        channel = Channel.objects.get()
        assert (channel.network, channel.external_id, channel.handle) == ("x", brand["id"], "brand")
        assert channel.state == ChannelState.CONNECTED
        assert channel.practice
        assert channel.connected_by_id == cast.member(Role.OWNER).pk
        assert Pull.objects.get().channel_id == channel.id
    assert events(cast.meridian.pk) == ["channels.connected"]
    with tenant(cast.zarrin.pk):
        assert not Channel.objects.exists()
    access = credentials.open_access(workspace_id=cast.meridian.pk, channel_id=channel.id)
    assert access.secrets["access_token"] == tokens["access_token"]
    assert access.external_id == brand["id"]


def test_secrets_are_sealed_and_never_drawn_again(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    tokens = practice.tokens("brand")
    page = signed_in(cast.user(Role.OWNER))
    page.post("/w/meridian/channels/connect/x/tokens/", tokens)
    with tenant(cast.meridian.pk), connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(c::text, ' ') FROM social_credential c")
        stored = cursor.fetchone()[0]
    refused = page.post("/w/meridian/channels/connect/x/tokens/", {**tokens, "access_token": "no such token"})
    shown = refused.content.decode() + page.get("/w/meridian/channels/connect/").content.decode()
    for secret in (tokens["access_token"], tokens["refresh_token"], "no such token"):
        assert secret not in stored
        assert secret not in shown


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({}, "access_token", "required"),
        ({"access_token": "   "}, "access_token", "required"),
        ({"access_token": "two words"}, "access_token", "bad_characters"),
        ({"access_token": "line\r\nbreak"}, "access_token", "bad_characters"),
        ({"access_token": "ٹوکن"}, "access_token", "bad_characters"),
        ({"access_token": "x" * 5000}, "access_token", "too_long"),
        ({"access_token": "fine", "refresh_token": "not fine"}, "refresh_token", "bad_characters"),
        ({"access_token": "unknown-to-the-network"}, "access_token", "unauthorized"),
    ],
)
def test_bad_tokens_are_refused_at_their_field(
    practice: Practice, cast: Cast, values: dict[str, str], field: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        connecting.connect_with_tokens(network="x", values=values, workspace_id=cast.meridian.pk, actor_id=None)
    assert (caught.value.field, caught.value.code) == (field, code)
    answer = signed_in(cast.user(Role.OWNER)).post("/w/meridian/channels/connect/x/tokens/", values)
    assert answer.status_code == 422
    assert b'role="alert"' in answer.content or b'class="error"' in answer.content
    with tenant(cast.meridian.pk):
        assert not Channel.objects.exists()
        assert not Credential.objects.exists()


def test_a_network_that_is_away_changes_nothing(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    practice.trouble("500", group="read")
    with pytest.raises(NetworkAway):
        connect(practice, cast.meridian.pk)
    page = signed_in(cast.user(Role.OWNER))
    answer = page.post("/w/meridian/channels/connect/x/tokens/", practice.tokens("brand"))
    assert answer.status_code == 503
    assert "trouble" in answer.content.decode()
    with tenant(cast.meridian.pk):
        assert not Channel.objects.exists()


def test_an_unknown_network_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        connecting.connect_with_tokens(network="nosuch", values={}, workspace_id=cast.meridian.pk, actor_id=None)
    page = signed_in(cast.user(Role.OWNER))
    assert page.post("/w/meridian/channels/connect/nosuch/tokens/", {}).status_code == 404
    assert page.post("/w/meridian/channels/connect/nosuch/begin/").status_code == 404


# --- the sign-in page -------------------------------------------------------------------------------------------------
def sign_in(page: Client, practice: Practice, *, slug: str = "meridian", handle: str = "brand", **form: str) -> Any:
    """The whole dance; returns the answer of the address the network sends the person back to."""
    begun = page.post(f"/w/{slug}/channels/connect/x/begin/", form)
    assert begun.status_code == 302, begun.content[:500]
    back = practice.consent(begun["location"], handle)
    return page.get("/connect/x/callback", back)


def test_signing_in_at_the_network_connects(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    page = signed_in(cast.user(Role.OWNER))
    answer = sign_in(page, practice)
    assert answer.status_code == 302
    assert urlsplit(answer["location"]).path == "/w/meridian/channels/connect/x/finish/"
    assert "code=" not in answer["location"]
    finished = page.get(answer["location"])
    assert finished.status_code == 302
    with tenant(cast.meridian.pk):
        channel = Channel.objects.get()
        assert channel.handle == "brand"
        assert {row.field for row in channel.credentials.all()} == {"access_token", "refresh_token", "scope"}
        assert all(row.expires_at for row in channel.credentials.all())
    # A ticket works once.
    again = page.get(answer["location"], follow=True)
    assert "already finished" in again.content.decode()
    assert events(cast.meridian.pk) == ["channels.connected"]


def test_a_sign_in_belongs_to_who_started_it(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    page = signed_in(cast.user(Role.OWNER))
    begun = page.post("/w/meridian/channels/connect/x/begin/")
    back = practice.consent(begun["location"], "brand")
    stranger = signed_in(cast.outsider)
    assert stranger.get("/connect/x/callback", back).status_code == 422
    other = signed_in(cast.user(Role.ADMIN))
    assert other.get("/connect/x/callback", back).status_code == 422
    forged = page.get("/connect/x/callback", {**back, "state": "made-up"})
    assert forged.status_code == 422
    assert page.get("/connect/other/callback", back).status_code == 422
    # Into another workspace it cannot be carried either.
    answer = page.get("/connect/x/callback", back)
    moved = answer["location"].replace("/w/meridian/", "/w/zarrin/")
    assert page.get(moved).status_code == 404
    assert Client().get("/connect/x/callback", back).status_code == 302
    for workspace in (cast.meridian, cast.zarrin, cast.outside):
        with tenant(workspace.pk):
            assert not Channel.objects.exists()


def test_a_sign_in_is_not_carried_into_ones_own_other_workspace(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    owner = cast.user(Role.OWNER)
    second = make_workspace("Second", owner=owner, slug="second")
    page = signed_in(owner)
    answer = sign_in(page, practice)
    moved = page.get(answer["location"].replace("/w/meridian/", "/w/second/"), follow=True)
    assert "not started here" in moved.content.decode()
    with tenant(second.pk):
        assert not Channel.objects.exists()


def test_who_lost_the_right_meanwhile_connects_nothing(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    admin = cast.user(Role.ADMIN)
    page = signed_in(admin)
    answer = sign_in(page, practice)
    with tenant(cast.meridian.pk):
        member = cast.member(Role.ADMIN)
        member.role = Role.AGENT
        member.save(update_fields=["role"])
    assert page.get(answer["location"]).status_code == 403
    with tenant(cast.meridian.pk):
        assert not Channel.objects.exists()


def test_saying_no_connects_nothing(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    page = signed_in(cast.user(Role.OWNER))
    begun = page.post("/w/meridian/channels/connect/x/begin/")
    state = practice.consent(begun["location"], "brand")["state"]
    answer = page.get("/connect/x/callback", {"state": state, "error": "access_denied"}, follow=True)
    assert "cancelled" in answer.content.decode()
    with tenant(cast.meridian.pk):
        assert not Channel.objects.exists()


def test_a_sign_in_that_took_too_long_is_refused(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    url, ticket = signing_in.begin(
        network="x", slug="meridian", workspace_id=cast.meridian.pk, user_id=1, redirect_uri="http://localhost/connect/x"
    )
    back = practice.consent(url, "brand")
    stale = signing_in.Ticket(**{**ticket.as_json(), "started_at": ticket.started_at - signing_in.SIGN_IN_SECONDS - 1})
    good = {"redirect_uri": "http://localhost/connect/x", "workspace_id": cast.meridian.pk, "user_id": 1}
    for chosen, change, code in (
        (stale, {}, "expired_state"),
        (ticket, {"state": "other"}, "wrong_state"),
        (ticket, {"workspace_id": cast.zarrin.pk}, "wrong_state"),
        (ticket, {"user_id": 2}, "wrong_state"),
        (ticket, {"code": ""}, "invalid"),
        (ticket, {"code": "wrong"}, "invalid_request"),
    ):
        wanted = {"state": ticket.state, "code": back["code"], "actor_id": None, **good, **change}
        with pytest.raises(Invalid) as caught:
            signing_in.finish(ticket=chosen, **wanted)
        assert caught.value.code == code
    with tenant(cast.meridian.pk):
        assert not Channel.objects.exists()


def test_an_installation_without_an_app_says_so(settings: Any, cast: Cast) -> None:
    settings.X_CLIENT_ID = ""
    with pytest.raises(Invalid) as caught:
        signing_in.begin(network="x", slug="m", workspace_id=1, user_id=1, redirect_uri="http://localhost/")
    assert "X_CLIENT_ID" in str(caught.value)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT, Role.SALES, Role.VIEWER])
def test_only_those_who_may_connect_do(practice: Practice, brand: dict[str, Any], cast: Cast, role: Role) -> None:
    page = signed_in(cast.user(role))
    tokens = practice.tokens("brand")
    assert page.get("/w/meridian/channels/connect/").status_code == 403
    assert page.post("/w/meridian/channels/connect/x/begin/").status_code == 403
    assert page.get("/w/meridian/channels/connect/x/finish/").status_code == 403
    assert page.post("/w/meridian/channels/connect/x/tokens/", tokens).status_code == 403
    with tenant(cast.meridian.pk):
        assert not Channel.objects.exists()


def test_outsiders_find_nothing(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    page = signed_in(cast.outsider)
    assert page.get("/w/elsewhere/channels/connect/").status_code == 200
    for method, path in (("get", ""), ("post", "x/begin/"), ("get", "x/finish/"), ("post", "x/tokens/")):
        answer = getattr(page, method)(f"/w/meridian/channels/connect/{path}", practice.tokens("brand"))
        assert answer.status_code == 404
    with tenant(cast.meridian.pk):
        assert not Channel.objects.exists()


# --- again, and letting go --------------------------------------------------------------------------------------------
def test_the_same_account_again_keeps_its_row_and_history(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    workspace = cast.meridian.pk
    channel = connect(practice, workspace)
    with tenant(workspace):
        RawItem.objects.create(channel=channel, external_id="1", payload={}, stored_at=channel.created_at)
        Pull.objects.update(cursor={"mentions": {"since_id": "123"}, "dm": {"trouble": "forbidden"}}, failures=3)
        waiting = Delivery.objects.create(
            channel=channel,
            idempotency_key="k",
            lane="1",
            outgoing={"kind": "reply", "text": "hi", "in_reply_to": "1"},
            state="waiting",
            not_before=channel.created_at,
            created_at=channel.created_at,
        )
        connecting.disconnect(channel_id=channel.id, actor_id=None)
    with tenant(workspace):
        gone = Channel.objects.get()
        assert gone.state == ChannelState.DISCONNECTED
        assert not Credential.objects.exists()
        assert RawItem.objects.count() == 1
    with pytest.raises(Unauthorized):
        credentials.open_access(workspace_id=workspace, channel_id=channel.id)
    assert not credentials.refresh(workspace_id=workspace, channel_id=channel.id, refused=None)
    practice.call("PATCH", "/people/brand", {"name": "Brand New"})
    again = connect(practice, workspace)
    assert again.id == channel.id
    with tenant(workspace):
        assert Channel.objects.get().name == "Brand New"
        assert RawItem.objects.count() == 1
        pull = Pull.objects.get()
        assert pull.cursor["mentions"] == {"since_id": "123"}
        assert pull.cursor["dm"] == {}, "what the old sign-in lacked is asked for again"
        assert pull.failures == 0
        waiting.refresh_from_db()
        assert waiting.state == "queued"
    assert events(workspace) == ["channels.connected", "channels.disconnected", "channels.reconnected"]


def test_disconnecting_moves_the_fence_of_whoever_reads(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    channel = connect(practice, cast.meridian.pk)
    with tenant(cast.meridian.pk):
        before = Pull.objects.get().fence
        connecting.disconnect(channel_id=channel.id, actor_id=None)
        assert Pull.objects.get().fence > before


def test_another_account_is_not_taken_for_this_channel(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    practice.person("other", is_brand=True)
    channel = connect(practice, cast.meridian.pk)
    with pytest.raises(Invalid) as caught:
        connect(practice, cast.meridian.pk, "other", channel_id=channel.id)
    assert caught.value.code == "another_account"
    with pytest.raises(NotFound):
        connect(practice, cast.zarrin.pk, "other", channel_id=channel.id)
    page = signed_in(cast.user(Role.OWNER))
    answer = sign_in(page, practice, handle="other", channel=str(channel.id))
    finished = page.get(answer["location"], follow=True)
    assert "other" in finished.content.decode()
    for workspace in (cast.meridian, cast.zarrin):
        with tenant(workspace.pk):
            assert not Channel.objects.filter(handle="other").exists()


def test_two_workspaces_may_connect_the_same_account(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    ours, theirs = connect(practice, cast.meridian.pk), connect(practice, cast.zarrin.pk)
    assert ours.id != theirs.id
    with tenant(cast.meridian.pk):
        connecting.disconnect(channel_id=ours.id, actor_id=None)
    assert credentials.open_access(workspace_id=cast.zarrin.pk, channel_id=theirs.id).secrets


def test_pausing_and_going_on(practice: Practice, brand: dict[str, Any], cast: Cast) -> None:
    channel = connect(practice, cast.meridian.pk)
    with tenant(cast.meridian.pk):
        assert connecting.pause(channel_id=channel.id, actor_id=None).state == ChannelState.PAUSED
        assert connecting.pause(channel_id=channel.id, actor_id=None).state == ChannelState.PAUSED
        assert connecting.resume(channel_id=channel.id, actor_id=None).state == ChannelState.CONNECTED
        connecting.disconnect(channel_id=channel.id, actor_id=None)
        with pytest.raises(Conflict):
            connecting.pause(channel_id=channel.id, actor_id=None)
        with pytest.raises(Conflict):
            connecting.resume(channel_id=channel.id, actor_id=None)
    with tenant(cast.zarrin.pk):
        steps: list[Callable[..., Channel]] = [connecting.pause, connecting.resume, connecting.disconnect]
        for step in steps:
            with pytest.raises(NotFound):
                step(channel_id=channel.id, actor_id=None)
