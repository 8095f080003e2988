"""Mail in the inbox: who waits and who does not, what comes back, what is quoted, and from which address the answer goes."""

import base64
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import User
from core.tenancy import tenant
from crm.models import Contact, Identity
from inbox.models import Conversation, Message
from inbox.services import delivery_states, replies, triage
from inbox.services.ingest import ingest
from social.models import Channel, Delivery
from social.networks._email_box import box_of
from social.networks._email_ids import our_message_id
from social.networks._email_quotes import fresh
from social.networks.values import Outgoing, Tokens
from social.services import credentials, letters
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.mails import SALES, arrives, make_mailbox, write
from tests.social.networks.email.test_esp import BASIC
from tests.social.networks.email.test_words import BOUNCE
from tests.social.networks.mailservers import ADDRESS, mail

pytestmark = pytest.mark.django_db
HOOK = "m" * 22
#: The thread of the first mail.
FIRST = {"in_reply_to": "<m1@people.example>", "references": "<m1@people.example>"}


@pytest.fixture
def mailbox(desk: Desk) -> Channel:
    return make_mailbox(desk.workspace)


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"))


def state(mailbox: Channel) -> tuple[str, bool, int]:
    """Status of the one conversation, whether somebody waits, how much is unread."""
    with tenant(mailbox.workspace_id):
        row = Conversation.objects.get(channel=mailbox)
        return row.status, row.waiting_since is not None, row.unread_count


def answer(desk: Desk, mailbox: Channel, text: str = "It is on its way.") -> tuple[Message, str]:
    """Answer the one conversation as if it had left. Returns the message and its id on the network."""
    with tenant(mailbox.workspace_id):
        conversation = Conversation.objects.get(channel=mailbox)
        message = replies.reply(member=desk.member, conversation_id=conversation.pk, body=text, undo_seconds=0)
        return sent(mailbox, message)


def sent(mailbox: Channel, message: Message) -> tuple[Message, str]:
    delivery = Delivery.objects.get(id=message.delivery_id)
    outgoing = Outgoing.from_json({**delivery.outgoing, "key": f"{mailbox.workspace_id}-{delivery.pk}"})
    name = our_message_id(outgoing, "anar.example")
    Delivery.objects.filter(id=delivery.pk).update(state="sent", external_id=name)
    delivery_states.mirror([delivery.pk])
    return Message.objects.get(pk=message.pk), name


# --- programs ---------------------------------------------------------------------------------------------------------
def test_an_automatic_reply_is_shown_and_nobody_waits_for_us_because_of_it(desk: Desk, mailbox: Channel, tab: Client) -> None:
    write(mailbox, 1)
    assert state(mailbox) == ("open", True, 1)
    answer(desk, mailbox)
    with tenant(mailbox.workspace_id):
        conversation = Conversation.objects.get(channel=mailbox)
        triage.set_status(member=desk.member, conversation_id=conversation.pk, status="resolved")
    away = {**FIRST, "auto_submitted": "auto-replied", "message_id": "<away@people.example>"}
    write(mailbox, 2, "I am away until Monday.", **away)
    assert state(mailbox) == ("resolved", False, 0)
    page = tab.get(f"/w/meridian/inbox/{conversation.pk}/").content.decode()
    assert "I am away until Monday." in page
    assert "Automatic reply" in page
    write(mailbox, 3, "Now I am back.", **FIRST)
    assert state(mailbox) == ("open", True, 1)


def test_who_waits_goes_on_waiting_whatever_programs_write(mailbox: Channel) -> None:
    write(mailbox, 1)
    write(mailbox, 2, "Away.", **FIRST, auto_submitted="auto-replied")
    assert state(mailbox) == ("open", True, 1)


def test_a_newsletter_is_there_and_waits_for_nobody(mailbox: Channel, program: Program) -> None:
    write(mailbox, 1, "Ten offers", list_id="<news.shop.example>", list_unsubscribe="<https://shop.example/no>")
    assert state(mailbox) == ("open", False, 0)
    with tenant(mailbox.workspace_id):
        conversation = Conversation.objects.get(channel=mailbox)
    [message] = program.get(f"conversations/{conversation.pk}/messages").json()["results"]
    assert message["program"] == "bulk"


# --- what comes back ----------------------------------------------------------------------------------------------------
def returned(identifier: str, status: str, action: str = "failed") -> bytes:
    source = BOUNCE.format(address=ADDRESS, kind="message/rfc822", identifier=identifier)
    source = source.replace("Action: failed", f"Action: {action}\r\nStatus: {status}")
    return source.replace("<b1@", f"<b{status}{action}@").encode()


def test_a_mail_that_comes_back_is_shown_as_failed_with_the_reason_and_raised(
    desk: Desk, mailbox: Channel, tab: Client
) -> None:
    write(mailbox, 1)
    message, name = answer(desk, mailbox)
    with tenant(mailbox.workspace_id):
        triage.set_status(member=desk.member, conversation_id=message.conversation_id, status="resolved")
    arrives(mailbox, returned(name, "4.4.1", "delayed"))
    assert state(mailbox)[0] == "resolved"
    arrives(mailbox, returned(name, "5.1.1"))
    with tenant(mailbox.workspace_id):
        delivery_states.mirror([message.delivery_id or 0])
        message.refresh_from_db()
        assert (message.delivery_state, message.delivery_error) == (
            "failed",
            "It came back: There is no mailbox of this name. (5.1.1)",
        )
        conversation = Conversation.objects.get(pk=message.conversation_id)
        assert (conversation.has_trouble, conversation.status, conversation.waiting_since) == (True, "open", None)
        # The server that returned it is nobody's contact.
        assert not Identity.objects.filter(network="email", external_id__startswith="mailer").exists()
    page = tab.get(f"/w/meridian/inbox/{conversation.pk}/").content.decode()
    assert "There is no mailbox of this name." in page


def test_what_came_back_is_sent_again_as_something_new(desk: Desk, mailbox: Channel) -> None:
    """Under its old name the server would find it among those sent, and nothing would leave."""
    write(mailbox, 1)
    message, name = answer(desk, mailbox)
    arrives(mailbox, returned(name, "4.2.2"))
    with tenant(mailbox.workspace_id):
        delivery_states.mirror([message.delivery_id or 0])
        replies.retry(member=desk.member, message_id=message.pk)
        _message, again = sent(mailbox, message)
        assert again != name
    # The report of the first try says nothing about the second.
    arrives(mailbox, returned(name, "5.1.1"))
    with tenant(mailbox.workspace_id):
        assert Delivery.objects.get(id=message.delivery_id).state == "sent"


def test_an_answer_stands_below_what_a_person_wrote(desk: Desk, mailbox: Channel) -> None:
    write(mailbox, 1)
    write(mailbox, 2, "Away.", **FIRST, auto_submitted="auto-replied")
    message, _name = answer(desk, mailbox)
    assert message.parent_external_id.startswith("<m1@")


# --- quotations -----------------------------------------------------------------------------------------------------------
def test_quoted_text_is_folded_in_the_thread_and_left_out_of_the_list(mailbox: Channel, tab: Client, program: Program) -> None:
    write(mailbox, 1, "شکریہ\r\n\r\nپیر، 2 نومبر، 2026 کو Anar <support@anar.example> نے لکھا:\r\n> old words")
    with tenant(mailbox.workspace_id):
        conversation = Conversation.objects.get(channel=mailbox)
    assert "old words" not in conversation.snippet
    page = tab.get(f"/w/meridian/inbox/{conversation.pk}/").content.decode()
    quoted = page.split('<details class="msg-quoted"')[1].split("</details>")[0]
    assert "Show quoted text" in quoted
    assert "old words" in quoted
    [message] = program.get(f"conversations/{conversation.pk}/messages").json()["results"]
    assert (message["above"], message["body"]) == ("", "Parcel 1\n\nشکریہ")
    assert message["below"].endswith("> old words")


def test_a_signature_is_folded_as_one_and_quoted_html_is_escaped(mailbox: Channel, tab: Client) -> None:
    write(mailbox, 1, "Thanks\r\n\r\n-- \r\nSara <script>alert(1)</script>\r\nKarachi")
    with tenant(mailbox.workspace_id):
        conversation = Conversation.objects.get(channel=mailbox)
    page = tab.get(f"/w/meridian/inbox/{conversation.pk}/").content.decode()
    assert "Show signature" in page
    assert "Sara &lt;script&gt;" in page


# --- several addresses ------------------------------------------------------------------------------------------------
def test_the_answer_goes_out_from_the_address_that_was_written_to(desk: Desk, mailbox: Channel) -> None:
    write(mailbox, 1, to="Sales <sales+shop@anar.example>")
    message, _name = answer(desk, mailbox)
    with tenant(mailbox.workspace_id):
        assert Delivery.objects.get(id=message.delivery_id).outgoing["sender"] == SALES
        assert Message.objects.get(channel_id=mailbox.pk, direction="in").written_to == SALES


def test_our_own_addresses_are_nobodys_contact(mailbox: Channel) -> None:
    write(mailbox, 1, **{"from": "Anar <sales@anar.example>", "to": ADDRESS})
    write(mailbox, 2, **{"from": f"Anar <{ADDRESS}>", "to": SALES})
    with tenant(mailbox.workspace_id):
        assert Message.objects.filter(channel_id=mailbox.pk).count() == 2
        known: Any = set(Identity.objects.filter(network="email").values_list("external_id", flat=True))
        assert not known & {ADDRESS, SALES}
        assert not Contact.objects.filter(name="Anar").exists()


# --- letters ------------------------------------------------------------------------------------------------------------
def outgoing(message: Message) -> dict[str, Any]:
    with tenant(message.workspace_id):
        found: dict[str, Any] = Delivery.objects.get(id=message.delivery_id).outgoing
        return found


@pytest.mark.parametrize("door", ["page", "api"])
def test_an_answer_is_signed_and_quotes_the_original_unless_told_otherwise(
    desk: Desk, mailbox: Channel, tab: Client, program: Program, door: str
) -> None:
    with tenant(mailbox.workspace_id):
        letters.change(
            channel_id=mailbox.pk, values={"signature": "*{company}*\n{team}", "quotes_original": True}, actor_id=desk.member.pk
        )
        User.objects.filter(pk=desk.member.user_id).update(signature="{name}\nHelp desk")
    write(mailbox, 1, "سلام، پارسل من کجاست؟")
    with tenant(mailbox.workspace_id):
        conversation = Conversation.objects.get(channel=mailbox)
    name, company = desk.member.user.display_name, desk.workspace.name
    page = tab.get(f"/w/meridian/inbox/{conversation.pk}/").content.decode()
    assert f"{name}\nHelp desk\n\n<strong>{company}</strong></div>" in page

    def answered(text: str, signed: bool) -> Message:
        if door == "api":
            made = program.post(f"conversations/{conversation.pk}/messages", {"body": text, "signed": signed})
            assert made.status_code == 201
        else:
            given = {"body": text, "kind": "reply", "signs": "yes"} | ({"signature": "yes"} if signed else {})
            assert tab.post(f"/w/meridian/inbox/{conversation.pk}/write/", given).status_code == 302
        with tenant(mailbox.workspace_id):
            return Message.objects.get(channel_id=mailbox.pk, body=text)

    signed = outgoing(answered("On its way.", True))
    assert signed["signature"] == f"{name}\nHelp desk\n\n*{company}*"
    assert signed["quote"]["text"] == "Parcel 1\n\nسلام، پارسل من کجاست؟"
    assert signed["quote"]["above"].endswith("Sara Khan نوشت:")
    assert "signature" not in outgoing(answered("On its way, really.", False))


def test_the_line_over_a_quotation_is_one_that_is_folded_in_every_language() -> None:
    for language in ("en", "ur", "fa", "ar"):
        with translation.override(language):
            line = translation.gettext("On {date}, {name} wrote:").format(date="2 November 2026 11:00", name="Sara Khan")
        assert fresh(f"Thanks\n\n{line}\n> old") == "Thanks", language


def test_what_is_old_when_it_arrives_is_not_answered_by_itself(mailbox: Channel) -> None:
    with tenant(mailbox.workspace_id):
        letters.change(channel_id=mailbox.pk, values={"auto_answer": "We are away."}, actor_id=None)
    arrives(mailbox, mail(1))
    write(mailbox, 2, auto_submitted="auto-replied", **{"from": "ali@people.example"})
    write(mailbox, 3, **{"from": "no-reply@shop.example"})
    with tenant(mailbox.workspace_id):
        assert not Message.objects.filter(channel_id=mailbox.pk, direction="out").exists()
    write(mailbox, 4)
    write(mailbox, 5)
    with tenant(mailbox.workspace_id):
        [message] = Message.objects.filter(channel_id=mailbox.pk, direction="out")
    assert outgoing(message)["automatic"] is True


@pytest.mark.parametrize("door", ["page", "api"])
def test_an_admin_changes_the_addresses_without_the_password(mailbox: Channel, tab: Client, program: Program, door: str) -> None:
    def change(aliases: str) -> Any:
        if door == "api":
            return program.patch(f"channels/{mailbox.pk}/letters", {"aliases": aliases})
        return tab.post(f"/w/meridian/channels/{mailbox.pk}/letters/", {"aliases": aliases, "sender_name": ""})

    assert change("help@anar.example, Sales@anar.example").status_code in (200, 302)
    access = credentials.open_access(workspace_id=mailbox.workspace_id, channel_id=mailbox.pk)
    assert box_of(access).addresses == (ADDRESS, "help@anar.example", "sales@anar.example")
    refused = change("help@anar.example, nobody")
    assert refused.status_code == 422
    assert "This is no e-mail address" in refused.content.decode()
    assert credentials.open_access(workspace_id=mailbox.workspace_id, channel_id=mailbox.pk) == access
    assert "help@anar.example, Sales@anar.example" in tab.get(f"/w/meridian/channels/{mailbox.pk}/").content.decode()
    assert change("").status_code in (200, 302)
    assert box_of(credentials.open_access(workspace_id=mailbox.workspace_id, channel_id=mailbox.pk)).addresses == (ADDRESS,)


def test_a_sending_providers_word_reaches_the_message_and_the_person(desk: Desk, mailbox: Channel) -> None:
    with tenant(mailbox.workspace_id):
        Channel.objects.filter(pk=mailbox.pk).update(hook_key=HOOK)
        kept = {"address": ADDRESS, "password": "x", "sends_with": "postmark", "api_key": "k", "webhook_secret": BASIC}
        credentials.store_tokens(channel=mailbox, tokens=Tokens(secrets=kept))
    write(mailbox, 1)
    message, name = answer(desk, mailbox)
    given = {"rabta": name[1:-1].rpartition("@")[0], "rabta_key": f"{mailbox.workspace_id}-{message.delivery_id}"}

    def told(password: str = BASIC, **document: Any) -> int:
        signed = "Basic " + base64.b64encode(password.encode()).decode()
        body = {"Metadata": given, "Email": "sara@people.example", **document}
        given_headers = {"authorization": signed}
        return Client().post(f"/hooks/{HOOK}/", body, content_type="application/json", headers=given_headers).status_code

    assert told("a:b", RecordType="Bounce", Type="HardBounce") == 401
    assert told(RecordType="Delivery", DeliveredAt="2026-11-02T12:00:00Z") == 202
    with tenant(mailbox.workspace_id):
        delivery_states.mirror([message.delivery_id or 0])
        message.refresh_from_db()
        assert (message.delivery_state, message.reached) == ("sent", "delivered")
    assert told(RecordType="SpamComplaint", Type="SpamComplaint") == 202
    assert told(RecordType="Bounce", Type="HardBounce", Details="smtp;550 5.2.1 disabled") == 202
    ingest(workspace_id=mailbox.workspace_id, channel_id=mailbox.pk)
    with tenant(mailbox.workspace_id):
        delivery_states.mirror([message.delivery_id or 0])
        message.refresh_from_db()
        assert (message.delivery_state, message.delivery_error) == ("failed", "It came back: The mailbox is switched off. (5.2.1)")
        complaint = Message.objects.get(channel_id=mailbox.pk, program="notice")
        assert complaint.conversation_id == message.conversation_id
        assert complaint.identity is not None
        assert complaint.identity.external_id == "sara@people.example"
