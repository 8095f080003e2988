"""E-mail over a real Postfix and a real Dovecot: a customer's mail in, our answer out, their answer back, and one that bounces."""

import email
import email.policy
import smtplib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inbox.models import Conversation, Message
from inbox.services import delivery_states
from social.services import letters
from tests.flows.conftest import Line, line_on
from tests.mailproof.servers import PASSWORD, PEOPLE, SHOP, MailServers

SARA, SUPPORT, SALES = f"sara@{PEOPLE}", f"support@{SHOP}", f"sales@{SHOP}"


@pytest.fixture
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServers]:
    root = Path(tmp_path_factory.mktemp("mailproof"))
    # Postfix walks down to its folders as a user of its own.
    for folder in (root.parent, root.parent.parent):
        folder.chmod(0o755)
    made = MailServers(root)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def line(servers: MailServers, transactional_db: None, settings: Any) -> Line:
    settings.SETTLE_SECONDS = 0.3
    settings.EMAIL_IMAP_BASE, settings.EMAIL_SMTP_BASE = f"imap://127.0.0.1:{servers.imap}", f"smtp://127.0.0.1:{servers.smtp}"
    values = {"address": SUPPORT, "password": PASSWORD, "aliases": SALES, "sender_name": "Anar Help"}
    return line_on(None, "email", values)  # type: ignore[arg-type]


def write(servers: MailServers, text: str, *, to: str, **fields: str) -> None:
    """Sara writes, with Python's own mail program, signed in at Postfix."""
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"] = f"Sara Khan <{SARA}>", to
    for name, value in {"subject": "Parcel", "message_id": "<first@people.example>", **fields}.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    with smtplib.SMTP("127.0.0.1", servers.smtp, timeout=20) as client:
        client.login(SARA, PASSWORD)
        client.send_message(mail)


def test_mail_goes_in_is_answered_and_comes_back(servers: MailServers, line: Line) -> None:
    write(servers, "میرا پارسل کہاں ہے؟", to=f"Sales <sales+shop@{SHOP}>")
    servers.wait_for(1, "support", SHOP)
    with line.inside():
        letters.change(channel_id=line.channel.pk, values={"signature": "*Anar*", "quotes_original": True}, actor_id=None)
    assert line.pull() == 1
    delivery = line.answer("معذرت، آج ہی بھیجتے ہیں۔")
    assert delivery.state == "sent", delivery.error
    [arrived] = servers.wait_for(1, "sara", PEOPLE)
    parsed: Any = email.message_from_bytes(arrived, policy=email.policy.default)
    assert parsed["message-id"] == delivery.external_id
    assert (parsed["in-reply-to"], parsed["subject"]) == ("<first@people.example>", "Re: Parcel")
    # From the address that was written to, though Postfix delivered it to another name.
    assert parsed["from"] == f"Anar Help <{SALES}>"
    plain = parsed.get_body(("plain",)).get_content()
    assert plain.startswith("معذرت، آج ہی بھیجتے ہیں۔")
    assert "-- \r\nAnar" in plain.replace("\r\n", "\n").replace("\n", "\r\n")
    assert "> میرا پارسل کہاں ہے؟" in plain
    assert len(servers.mails("support", SHOP, "Sent")) == 1
    answer = f"Thank you\n\nOn Monday 2 November 2026 Anar <{SALES}> wrote:\n> old"
    write(servers, answer, to=SALES, message_id="<second@people.example>", in_reply_to=delivery.external_id)
    servers.wait_for(2, "support", SHOP)
    line.pull()
    with line.inside():
        delivery_states.mirror([delivery.pk])
        assert Conversation.objects.count() == 1
        heard = Message.objects.filter(direction="in").order_by("id")
        assert [row.body for row in heard] == ["Parcel\n\nمیرا پارسل کہاں ہے؟", "Thank you"]
        assert [row.written_to for row in heard] == [SALES, SALES]
        assert Message.objects.filter(direction="out").count() == 1


def test_an_answer_to_nobody_comes_back_and_says_so(servers: MailServers, line: Line) -> None:
    """Postfix takes it and finds out later that there is no such mailbox: a true report of delivery."""
    write(servers, "Hello", to=SUPPORT)
    servers.wait_for(1, "support", SHOP)
    line.pull()
    (servers.root / "mailboxes").write_text(f"support@{SHOP} {SHOP}/support/\n")
    servers.reload()
    delivery = line.answer("We are here.")
    assert delivery.state == "sent", delivery.error
    servers.wait_for(2, "support", SHOP)
    line.pull()
    with line.inside():
        delivery_states.mirror([delivery.pk])
        message = Message.objects.get(delivery_id=delivery.pk)
        assert (message.delivery_state, message.delivery_error) == (
            "failed",
            "It came back: There is no mailbox of this name. (5.1.1)",
        )
        conversation = Conversation.objects.get()
        assert conversation.has_trouble
        assert Message.objects.filter(conversation=conversation, program="bounce").count() == 1
