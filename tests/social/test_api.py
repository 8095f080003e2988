"""The API of channels: how they do, stopping and going on, and what was set aside."""

import pytest

from core.tenancy import tenant
from social.models import Channel, Credential, RawItem
from tests.inbox.conftest import Program, cast, desk, program  # noqa: F401 - fixtures used by the tests here
from tests.inbox.factories import Desk, make_channel, set_aside
from tests.inbox.test_api_conversations import refused

pytestmark = pytest.mark.django_db


def test_channels_and_how_they_do(desk: Desk, program: Program) -> None:  # noqa: F811
    body = program.get("channels").json()
    (row,) = body["results"]
    assert (row["id"], row["state"], row["network"], row["level"]) == (desk.channel.pk, "connected", "x", "good")
    assert (row["set_aside"], row["waiting"], row["troubled"]) == (1, 1, 2)
    assert program.get(f"channels/{desk.channel.pk}").json()["id"] == row["id"]
    refused(program.get("channels", network="x"), 422, "network")


def test_no_secret_leaves(desk: Desk, program: Program) -> None:  # noqa: F811
    secret = f"token-of-{desk.channel.pk}"
    for path in ("channels", f"channels/{desk.channel.pk}", f"channels/{desk.channel.pk}/set-aside", "conversations"):
        text = program.get(path).content.decode()
        assert secret not in text
        assert "sealed" not in text


def test_a_channel_that_was_never_read(desk: Desk, program: Program) -> None:  # noqa: F811
    with tenant(desk.workspace.pk):
        desk.channel.pulls.all().delete()
    row = program.get(f"channels/{desk.channel.pk}").json()
    assert (row["level"], row["last_pull_at"], row["error"], row["quotas"]) == ("late", None, "", [])


def test_pausing_resuming_disconnecting(desk: Desk, program: Program) -> None:  # noqa: F811
    path = f"channels/{desk.channel.pk}"
    assert program.post(f"{path}/pause").json()["state"] == "paused"
    assert program.post(f"{path}/pause").json()["state"] == "paused"
    assert program.post(f"{path}/resume").json()["state"] == "connected"
    refused(program.post(f"{path}/pause", {"until": "tomorrow"}), 422, "until")
    assert program.post(f"{path}/disconnect").json()["state"] == "disconnected"
    refused(program.post(f"{path}/resume"), 409, "state")
    refused(program.post(f"{path}/pause"), 409, "state")
    with tenant(desk.workspace.pk):
        assert Credential.objects.count() == 0
        assert Channel.objects.count() == 1
    assert program.get(f"conversations/{desk.conversation.pk}/messages").json()["results"]


def test_items_set_aside(desk: Desk, program: Program) -> None:  # noqa: F811
    others = [set_aside(desk.channel) for _ in range(3)]
    path = f"channels/{desk.channel.pk}/set-aside"
    first = program.get(path, limit=2).json()
    rest = program.client.get(first["next"]).json()
    listed = first["results"] + rest["results"]
    assert [row["id"] for row in listed] == [row.pk for row in reversed(others)] + [desk.aside.pk]
    assert listed[0]["error_code"] == "bad_id"
    assert listed[0]["payload"]["post"]["id"].startswith("broken-")
    assert program.post(f"{path}/{desk.aside.pk}/retry").json()["state"] == "stored"
    assert program.post(f"{path}/{others[0].pk}/discard").json()["state"] == "discarded"
    refused(program.post(f"{path}/{others[0].pk}/discard"), 404, None)
    for marker in ("x", "-1", "1.5", str(2**63), "٣"):
        refused(program.get(path, after=marker), 422, "after")


def test_an_item_belongs_to_its_channel(desk: Desk, program: Program) -> None:  # noqa: F811
    other = make_channel(desk.workspace)
    for action in ("retry", "discard"):
        refused(program.post(f"channels/{other.pk}/set-aside/{desk.aside.pk}/{action}"), 404, None)
    with tenant(desk.workspace.pk):
        assert RawItem.objects.get(pk=desk.aside.pk).state == "set_aside"
