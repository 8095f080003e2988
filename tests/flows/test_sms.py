"""SMS and calls over both lines: text, answer, its fate; a call that rings, is missed and waits. The practice network calls us."""

import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Membership
from core.tenancy import tenant
from crm.models import Identity, Interaction
from inbox.models import Conversation, Message
from inbox.services import replies
from inbox.services.attached import attached
from inbox.services.ingest import ingest
from social.models import Channel, Delivery, Spend
from social.services import chosen_files
from social.services.connecting import connect_with_tokens
from tests.accounts.factories import make_user, make_workspace, membership_in
from tests.flows.conftest import Line, network, running  # noqa: F401 - fixtures
from tests.pictures import picture
from tests.practice.conftest import Network

SECONDS = 20.0


@pytest.fixture
def line(network: Network, live_server: Any, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """The shop's number, connected with its keys, and told by the practice network of what happens."""
    settings.PRACTICE_URL = settings.X_API_BASE = settings.TWILIO_API_BASE = network.base
    settings.BASE_URL = live_server.url
    settings.SETTLE_SECONDS = 0.3
    brand = network.call("POST", "/people", handle="anar_line", name="Anar Market", is_brand=True, network="sms")
    network.call("POST", "/people", handle="sara", name="Sara Khan", network="sms", location="Lahore")
    owner = make_user("owner@line.example", name="Owner")
    workspace = make_workspace("Line", owner=owner)
    with tenant(workspace.pk):
        member: Membership = membership_in(workspace, owner)
    token = network.call("POST", "/tokens", account="anar_line")["access_token"]
    values = {
        "number": f"+1555{int(brand['id']) % 10_000_000:07d}",
        "account_sid": f"AC{int(brand['id']):032x}",
        "auth_token": token,
        "forward": "+15550001111",
    }
    channel: Channel = connect_with_tokens(network="sms", values=values, workspace_id=workspace.pk, actor_id=None)
    network.call("PUT", "/phone/anar_line/hook", url=f"{live_server.url}/hooks/{channel.hook_key}/")
    return Line(network, workspace, member, channel)


def until(line: Line, holds: Callable[[], Any]) -> Any:
    """Wait for what the practice network tells our door."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        ingest(**line.ids)
        found = line.of(holds)
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("It was never told.")


def test_a_text_is_heard_at_once_and_its_answer_is_followed(line: Line) -> None:
    line.network.call("POST", "/dms", **{"from": "sara", "to": "anar_line", "text": "میرا پارسل کہاں ہے؟"})
    message: Message = until(line, lambda: Message.objects.filter(direction="in").first())
    assert (message.body, message.visibility) == ("میرا پارسل کہاں ہے؟", "private")
    assert line.pull() == 0  # the list says the same, by the same name
    with line.inside():
        (identity,) = Identity.objects.filter(network="sms")
        assert identity.handle.startswith("+1555")
        reply = replies.reply(member=line.member, conversation_id=message.conversation_id, body="Sorry!", undo_seconds=0)
    line.deliver()
    delivery: Delivery = line.of(lambda: Delivery.objects.get(id=reply.delivery_id))
    assert delivery.state == "sent"
    line.pull()
    assert line.of(lambda: Message.objects.filter(direction="out").count()) == 1


def test_an_answer_that_never_arrives_is_told_after_it_was_taken(line: Line) -> None:
    line.network.call("POST", "/dms", **{"from": "sara", "to": "anar_line", "text": "help"})
    message: Message = until(line, lambda: Message.objects.first())
    line.network.call("PATCH", "/people/sara", suspended=True)
    with line.inside():
        reply = replies.reply(member=line.member, conversation_id=message.conversation_id, body="Sorry!", undo_seconds=0)
    line.deliver()
    lost: Delivery = until(line, lambda: Delivery.objects.filter(id=reply.delivery_id, state="failed").first())
    assert "switched off" in lost.error


def test_an_answer_in_doubt_is_settled_by_what_twilio_tells(line: Line) -> None:
    line.network.call("POST", "/dms", **{"from": "sara", "to": "anar_line", "text": "help"})
    message: Message = until(line, lambda: Message.objects.first())
    line.network.call("POST", "/trouble", name="after500", group="write", count=1)
    with line.inside():
        reply = replies.reply(member=line.member, conversation_id=message.conversation_id, body="Sorry!", undo_seconds=0)
    line.deliver()
    until(line, lambda: Delivery.objects.filter(id=reply.delivery_id, state="sent").first())
    sent = [entry for entry in line.network.call("GET", "/ledger")["entries"] if entry["origin"] == "api"]
    assert len(sent) == 1


def test_a_call_rings_is_missed_and_waits_for_us(line: Line) -> None:
    line.network.call("POST", "/phone/anar_line/dial", **{"from": "sara", "ring_ms": 1500, "message_seconds": 12})
    until(line, lambda: Message.objects.filter(call__state="ringing").exists())
    assert line.of(lambda: Conversation.objects.get().status) == "resolved"
    until(line, lambda: Message.objects.filter(call__state="voicemail").exists())
    until(line, lambda: not line.network.call("GET", "/phone/anar_line/calls")["waiting"])
    line.pull()
    with line.inside():
        (message,) = Message.objects.all()
        conversation = Conversation.objects.get()
        assert (conversation.status, conversation.waiting_since is not None, conversation.unread_count) == ("open", True, 1)
        assert message.call == {"state": "voicemail", "seconds": 12}
        assert message.media[0]["reference"].startswith("/2010-04-01/Accounts/AC")
        assert [row.kind for row in Interaction.objects.all()] == ["call_in"]


def test_a_call_that_is_taken_waits_for_nobody(line: Line) -> None:
    line.network.call("POST", "/phone/anar_line/dial", **{"from": "sara", "ring_ms": 300, "taken": True, "seconds": 80})
    until(line, lambda: Message.objects.filter(call__state="answered").exists())
    until(line, lambda: not line.network.call("GET", "/phone/anar_line/calls")["waiting"])
    line.pull()
    with line.inside():
        conversation = Conversation.objects.get()
        assert (conversation.status, conversation.waiting_since, conversation.unread_count) == ("resolved", None, 0)
        assert Message.objects.get().body == "☎ Answered call, 1:20"


def test_pictures_go_both_ways_and_a_message_left_can_be_heard(line: Line) -> None:
    """What lies behind the account's keys comes from our own address; what we send is fetched from it. All of it has its price."""
    data = b64encode(picture(color="red")).decode()
    upload = line.network.call("POST", "/uploads", by="sara", data=data)
    line.network.call("POST", "/dms", **{"from": "sara", "to": "anar_line", "text": "look", "media": [upload["id"]]})
    message: Message = until(line, lambda: Message.objects.first())
    file = attached(workspace_id=line.workspace.pk, message_id=message.pk, number=0).file
    assert (file.state, file.kind, file.error) == ("kept", "image", "")
    ids = {"workspace_id": line.workspace.pk, "channel": line.channel, "member_id": line.member.pk}
    chosen = chosen_files.accept(**ids, name="blue.png", content=picture(color="blue"))
    with line.inside():
        sent = replies.reply(
            member=line.member, conversation_id=message.conversation_id, body="", media=[(chosen.pk, "")], undo_seconds=0
        )
    line.deliver()
    assert line.of(lambda: Delivery.objects.get(id=sent.delivery_id)).state == "sent"
    (row,) = [row for row in line.network.call("GET", "/dms?account=anar_line")["dms"] if row["text"] == ""]
    got = line.network.session.get(f"{line.network.base}/media/{row['media'][0]['id']}", timeout=5)
    assert got.content == picture(color="blue")

    line.network.call("POST", "/phone/anar_line/dial", **{"from": "sara", "ring_ms": 300, "message_seconds": 2})
    left: Message = until(line, lambda: Message.objects.filter(call__state="voicemail").first())
    heard = attached(workspace_id=line.workspace.pk, message_id=left.pk, number=0).file
    assert (heard.state, heard.kind, heard.mime) == ("kept", "audio", "audio/wav")
    end = time.monotonic() + SECONDS
    while not line.of(lambda: Spend.objects.filter(charges__gte=3).exists()):
        assert time.monotonic() < end, "the prices never came"
        line.pull()
