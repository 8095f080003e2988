"""WhatsApp's webhooks through the door: messages, and what became of ours."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership
from core.clock import now
from core.errors import Invalid
from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services import replies
from inbox.services.delivery_states import mirror
from inbox.services.ingest import ingest
from social.models import Channel, Delivery
from social.networks.errors import OutcomeUnknown, Rejected
from social.networks.values import Access, Outgoing
from social.networks.whatsapp import WhatsApp
from social.services import connecting, delivering
from tests.accounts.factories import make_user, make_workspace, signed_in
from tests.social.networks.facebook.shapes import fault
from tests.social.networks.servers import Practice, Says, Scripted
from tests.social.networks.whatsapp.shapes import ALI, NUMBER, SECRET, body, message, signed, status

NETWORK = WhatsApp(read_seconds=1.5, total_seconds=6.0)
VALUES = {"phone_number_id": NUMBER, "access_token": "secret-system-token", "app_secret": SECRET, "verify_token": "words"}
ACCESS = Access(NUMBER, VALUES)
DIRECT = Outgoing("direct", "Hello", thread_key=f"direct-{ALI}", key="7-42")
RECEIPT = Says.json({"messages": [{"id": "wamid.70"}]})


def test_messages_of_other_numbers_are_not_ours() -> None:
    assert NETWORK.unpack(ACCESS, signed(body(messages=[message(1)], number="999"))).items == ()
    rows = [message(1), message(1), message(2, type="ephemeral"), message(3, id=None)]
    page = NETWORK.unpack(ACCESS, signed(body(messages=rows)))
    assert ([item.external_id for item in page.items], len(page.broken)) == (["wamid.1"], 1)


def test_fates_are_told_by_id_and_by_key() -> None:
    error = {"code": 131047, "title": "Re-engagement message", "error_data": {"details": "More than 24 hours have passed"}}
    words = [status("wamid.1", "delivered", key="7-42"), status("wamid.2", "failed", errors=[error]), status("wamid.3", "warning")]
    first, second = NETWORK.unpack(ACCESS, signed(body(statuses=words))).fates
    assert (first.external_id, first.key, first.reason) == ("wamid.1", "7-42", "")
    assert (second.external_id, second.code, "a template" in str(second.reason)) == ("wamid.2", "code_131047", True)


REFUSALS = ((131047, "window_closed"), (131026, "unreachable"), (131030, "invalid_request"), (131031, "blocked"))


@pytest.mark.parametrize(("number", "code"), REFUSALS)
def test_refusals_mean_what_the_documents_say(scripted: Scripted, settings: Any, number: int, code: str) -> None:
    settings.GRAPH_API_BASE = scripted.url
    scripted.says(fault(number))
    with pytest.raises(Rejected) as caught:
        NETWORK.send(ACCESS, DIRECT)
    assert caught.value.code == code


def test_after_a_day_nothing_is_sent(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    late = replace(DIRECT, heard_at=(now() - timedelta(hours=25)).isoformat())
    assert NETWORK.refusal(late)
    with pytest.raises(Rejected):
        NETWORK.send(ACCESS, late)
    assert scripted.asked == []
    assert NETWORK.refusal(Outgoing("reply", "hi", in_reply_to="wamid.1"))


# --- through the door ------------------------------------------------------------------------------------------------
@pytest.fixture
def channel(db: None, scripted: Scripted, settings: Any) -> Channel:
    settings.GRAPH_API_BASE = scripted.url
    scripted.says(Says.json({"id": NUMBER, "display_phone_number": "+1", "verified_name": "Brand"}))
    workspace = make_workspace("graph", owner=make_user("owner@graph.example"))
    return connecting.connect_with_tokens(network="whatsapp", values=VALUES, workspace_id=workspace.pk, actor_id=None)


def call(channel: Channel, content: bytes) -> Any:
    headers = {"X-Hub-Signature-256": signed(content).headers["x-hub-signature-256"]}
    answer = Client().post(f"/hooks/{channel.hook_key}/", content, content_type="application/json", headers=headers)
    assert answer.status_code == 202
    ingest(workspace_id=channel.workspace_id, channel_id=channel.pk)
    return answer.json()


def answered(channel: Channel, scripted: Scripted, says: Says) -> Delivery:
    """The customer writes now, we answer, and the network says this."""
    call(channel, body(messages=[message(1, timestamp=str(int(now().timestamp())))]))
    with tenant(channel.workspace_id):
        member = Membership.objects.get()
        written = replies.reply(member=member, conversation_id=Conversation.objects.get().pk, body="On our way.", undo_seconds=0)
    scripted.says(says)
    delivering.deliver(workspace_id=channel.workspace_id, channel_id=channel.pk)
    with tenant(channel.workspace_id):
        found: Delivery = Delivery.objects.get(id=written.delivery_id)
    return found


def fate(channel: Channel, delivery: Delivery) -> tuple[str, str | None, str]:
    with tenant(channel.workspace_id):
        mirror([delivery.pk])
        row = Delivery.objects.get(id=delivery.pk)
        assert Message.objects.get(delivery_id=delivery.pk).delivery_state == row.state
    return row.state, row.external_id, row.error_code


@pytest.mark.django_db
def test_a_message_in_doubt_is_known_again_by_its_key(channel: Channel, scripted: Scripted) -> None:
    delivery = answered(channel, scripted, Says(500, b"{}"))
    key = f"{channel.workspace_id}-{delivery.pk}"
    assert delivery.state == "unknown"
    assert f"biz_opaque_callback_data={key}".encode() in scripted.asked[0].body
    for wrong in ("", "999-1", f"{channel.workspace_id + 1}-{delivery.pk}", f"{channel.workspace_id}-x", "9" * 90):
        call(channel, body(statuses=[status("wamid.66", "sent", key=wrong)]))
    assert fate(channel, delivery)[0] == "unknown"
    for word in ("sent", "delivered", "read"):
        call(channel, body(statuses=[status("wamid.70", word, key=key)]))
    assert fate(channel, delivery) == ("sent", "wamid.70", "")


@pytest.mark.django_db
def test_what_was_accepted_and_did_not_arrive_has_failed(channel: Channel, scripted: Scripted) -> None:
    delivery = answered(channel, scripted, RECEIPT)
    assert fate(channel, delivery) == ("sent", "wamid.70", "")
    error = {"code": 131026, "title": "Message undeliverable"}
    for _time in range(2):
        call(channel, body(statuses=[status("wamid.70", "failed", errors=[error])]))
    assert fate(channel, delivery) == ("failed", "wamid.70", "code_131026")


@pytest.mark.django_db
def test_the_message_shows_how_far_it_came(channel: Channel, scripted: Scripted) -> None:
    delivery = answered(channel, scripted, RECEIPT)

    def reached() -> str:
        with tenant(channel.workspace_id):
            mirror([delivery.pk])
            return Message.objects.get(delivery_id=delivery.pk).reached

    for word, shown in (("sent", ""), ("delivered", "delivered"), ("read", "read"), ("delivered", "read")):
        call(channel, body(statuses=[status("wamid.70", word)]))
        assert reached() == shown
    with tenant(channel.workspace_id):
        conversation, owner = Conversation.objects.get(), Membership.objects.get().user
    assert "Read" in signed_in(owner).get(f"/w/graph/inbox/{conversation.pk}/").content.decode()


@pytest.mark.django_db
def test_another_channel_learns_nothing(channel: Channel, scripted: Scripted) -> None:
    delivery = answered(channel, scripted, Says(500, b"{}"))
    page = NETWORK.unpack(ACCESS, signed(body(statuses=[status("wamid.70", "sent", key=f"{channel.workspace_id}-{delivery.pk}")])))
    delivering.learn(workspace_id=channel.workspace_id, channel_id=channel.pk + 1, fates=page.fates)
    assert fate(channel, delivery)[0] == "unknown"


@pytest.mark.django_db
def test_an_answer_after_a_day_is_refused_with_words(channel: Channel) -> None:
    call(channel, body(messages=[message(1, timestamp=str(int((now() - timedelta(hours=25)).timestamp())))]))
    with tenant(channel.workspace_id), pytest.raises(Invalid) as caught:
        replies.reply(member=Membership.objects.get(), conversation_id=Conversation.objects.get().pk, body="Hello?")
    assert "time is over" in str(caught.value)


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "words"), [(1, "Can be answered until"), (25, "The time to answer is over")])
def test_the_composer_says_how_long_an_answer_may_take(channel: Channel, hours: int, words: str) -> None:
    call(channel, body(messages=[message(1, timestamp=str(int((now() - timedelta(hours=hours)).timestamp())))]))
    with tenant(channel.workspace_id):
        conversation, owner = Conversation.objects.get(), Membership.objects.get().user
    page = signed_in(owner).get(f"/w/graph/inbox/{conversation.pk}/")
    assert page.status_code == 200
    assert words in page.content.decode()


# --- over the practice network ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("lie", ["", "swallow", "after500", "after429", "garble"])
def test_text_leaves_over_the_practice_network_once(practice: Practice, lie: str) -> None:
    brand, ali = practice.person("brand", is_brand=True, network="whatsapp"), practice.person("ali", network="whatsapp")
    token = practice.tokens("brand")["access_token"]
    access = Access(brand["id"], {"phone_number_id": brand["id"], "access_token": token, "app_secret": Practice.CLIENT_SECRET})
    assert NETWORK.identify(access).name == "Brand"
    outgoing = Outgoing("direct", "On our way 🙂", thread_key=f"direct-{ali['id']}")
    with pytest.raises(Rejected) as caught:
        NETWORK.send(access, outgoing)
    assert caught.value.code == "window_closed"
    practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "hi"})
    if lie:
        practice.trouble(lie, group="write", count=1)
        with pytest.raises(OutcomeUnknown):
            NETWORK.send(access, outgoing)
    else:
        assert NETWORK.send(access, outgoing).external_id.startswith("wamid.")
    assert [entry["text"] for entry in practice.ledger() if entry["origin"] == "api"] == ["On our way 🙂"]


def test_signs_are_told_as_they_stand() -> None:
    """developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/reaction, read 2026-11."""
    signs = [{"message_id": "wamid.OURS", "emoji": "👍"}, {"message_id": "wamid.OURS"}, {"emoji": "👍"}, None]
    rows = [message(number, type="reaction", reaction=sign) for number, sign in enumerate(signs)]
    page = NETWORK.unpack(ACCESS, signed(body(messages=rows)))
    assert [(told.message_id, dict(told.signs), told.by) for told in page.reactions] == [
        ("wamid.OURS", {"👍": 1}, ALI), ("wamid.OURS", {}, ALI),
    ]  # fmt: skip
    assert (page.items, page.broken) == ((), ())
