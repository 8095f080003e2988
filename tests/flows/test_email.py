"""E-mail over both lines: a person writes a mail, it is a conversation, the answer arrives in their mailbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crm.models import Identity
from inbox.models import Conversation, Message
from inbox.services import delivery_states
from social.models import Delivery, RawItem
from social.networks.email import PRACTICE_ADDRESS
from social.services import letters
from social.services.connecting import connect_with_tokens
from tests.flows.conftest import Line, line_on
from tests.practice.conftest import Network, free_port

SARA = "sara@people.example"


@pytest.fixture
def line(tmp_path: Path, transactional_db: None, settings: Any) -> Iterator[Line]:
    """A mailbox of the practice network, connected by its address and password."""
    imap, smtp = free_port(), free_port()
    ports = ("--imap-port", str(imap), "--smtp-port", str(smtp))
    settings.SETTLE_SECONDS = 0.3
    settings.EMAIL_IMAP_BASE, settings.EMAIL_SMTP_BASE = f"imap://127.0.0.1:{imap}", f"smtp://127.0.0.1:{smtp}"
    network = Network(tmp_path, "--no-cast", *ports)
    network.start()
    settings.PRACTICE_URL = network.base
    values = {"address": PRACTICE_ADDRESS, "password": "practice", "sender_name": "Anar Help Desk"}
    yield line_on(network, "email", values)
    network.stop()


def write(network: Network, text: str, **fields: Any) -> dict[str, Any]:
    given = {"from": SARA, "to": PRACTICE_ADDRESS, "name": "Sara Khan", "subject": "Parcel", "text": text}
    made: dict[str, Any] = network.call("POST", "/mails", **{**given, **fields})
    return made


def test_a_mail_is_a_conversation_and_its_answer_arrives(line: Line) -> None:
    write(line.network, "میرا پارسل کہاں ہے؟", attachments=["lid.pdf"])
    assert line.pull() == 1
    with line.inside():
        conversation = Conversation.objects.get()
        message = Message.objects.get()
        assert (conversation.visibility, message.body) == ("private", "Parcel\n\nمیرا پارسل کہاں ہے؟")
        assert [media["alt"] for media in message.media] == ["lid.pdf"]
        assert Identity.objects.get(network="email").external_id == SARA
    delivery = line.answer("Sorry! We look at once.")
    assert delivery.state == "sent"
    [arrived] = line.network.call("GET", f"/mails?mailbox={SARA}")["mails"]
    assert (arrived["subject"], arrived["message_id"]) == ("Re: Parcel", delivery.external_id)
    assert arrived["text"].strip() == "Sorry! We look at once."
    write(line.network, "Thank you\n\nOn 2 Nov 2026 Anar wrote:\n> Sorry!", in_reply_to=delivery.external_id)
    line.pull()
    with line.inside():
        delivery_states.mirror([delivery.pk])
        assert Conversation.objects.count() == 1
        # The copy among the sent mails is the answer itself, not another.
        assert sorted(Message.objects.values_list("body", flat=True)) == sorted(
            ["Parcel\n\nمیرا پارسل کہاں ہے؟", "Sorry! We look at once.", "Thank you"]
        )


@pytest.mark.parametrize("lie", ["swallow", "after500"])
def test_an_answer_in_doubt_is_never_sent_twice_by_itself(line: Line, lie: str) -> None:
    write(line.network, "help")
    line.pull()
    line.network.call("POST", "/trouble", name=lie, group="write", count=1)
    delivery = line.answer("On our way.")
    assert delivery.state == "unknown"
    line.network.call("DELETE", "/trouble")
    line.deliver()
    assert line.of(lambda: Delivery.objects.get(id=delivery.id)).state in ("unknown", "needs_decision")
    assert len(line.network.call("GET", f"/mails?mailbox={SARA}")["mails"]) == 1


def test_what_was_not_taken_is_sent_later_and_once(line: Line) -> None:
    write(line.network, "help")
    line.pull()
    line.network.call("POST", "/trouble", name="500", group="write", count=1)
    delivery = line.answer("On our way.")
    assert delivery.state == "queued"
    assert line.network.call("GET", f"/mails?mailbox={SARA}")["mails"] == []


def test_a_giant_and_a_broken_mail_stop_nobody(line: Line) -> None:
    for source, size in (("AP8gYnJva2Vu", None), ("RnJvbTogYUBiLmV4YW1wbGUNCg0KYmln", 100 * 1024 * 1024)):
        line.network.call("POST", "/mails", to=PRACTICE_ADDRESS, source=source, size=size)
    write(line.network, "Hello")
    line.pull()
    with line.inside():
        assert list(Message.objects.values_list("body", flat=True)) == ["Parcel\n\nHello"]
        assert RawItem.objects.filter(state="set_aside").count() == 2


OTHER = "sales@practice.example"


def test_two_mailboxes_that_are_both_away_do_not_talk_for_ever(line: Line) -> None:
    """Both answer by themselves; each sends one mail at most. A program that hides that it is one hears us once as well."""
    channel = connect_with_tokens(
        network="email", values={"address": OTHER, "password": "practice"}, workspace_id=line.workspace.pk, actor_id=None
    )
    both = (line, Line(line.network, line.workspace, line.member, channel))
    for one in both:
        with one.inside():
            letters.change(channel_id=one.channel.pk, values={"auto_answer": "We are away until Monday."}, actor_id=None)
    write(line.network, "Where is it?", **{"from": OTHER})

    def mails(address: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = line.network.call("GET", f"/mails?mailbox={address}")["mails"]
        return found

    for _round in range(4):
        for one in both:
            one.pull()
            one.deliver()
    assert [len(mails(address)) for address in (PRACTICE_ADDRESS, OTHER)] == [1, 1]
    [answer] = mails(OTHER)
    assert "auto-submitted: auto-replied" in answer["source"].lower()
    # Words of a program without a word of being one, each time in a thread of its own.
    for turn in range(3):
        write(line.network, "I am away as well.", **{"from": SARA, "subject": f"Away {turn}"})
        line.pull()
        line.deliver()
    assert len(mails(SARA)) == 1
    with line.inside():
        sent = Message.objects.filter(direction="out", channel_id=line.channel.pk)
        assert list(sent.values_list("program", flat=True)) == ["auto_reply", "auto_reply"]
        # Nobody of ours has answered.
        assert Conversation.objects.filter(channel=line.channel, waiting_since=None).count() == 0
