"""How an answer looks to whom it is for: under the subject, below the mail, from the address written to."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest

from social.networks._email_box import box_of
from social.networks._email_compose import Answered, Letter, as_html, as_plain, composed
from social.networks._email_quotes import fresh
from social.networks._email_smtp import refusal
from social.networks.email import Email
from social.networks.errors import Rejected, TryLater, Unauthorized
from social.networks.values import Access, Item, Outgoing
from tests.social.networks.mailservers import ADDRESS, PASSWORD, MailServer, mail

NETWORK = Email(read_seconds=1.0, total_seconds=6.0)
ACCESS = Access(ADDRESS, {"address": ADDRESS, "password": PASSWORD, "sender_name": "انار Help", "aliases": "sales@anar.example"})
SARA = "sara@people.example"


def only_item(server: MailServer, source: bytes) -> Item:
    server.inbox(source)
    [envelope] = NETWORK.fetch(ACCESS, {}).items
    return NETWORK.read(envelope.payload, account_id=ADDRESS)


def answered(server: MailServer, source: bytes, text: str = "We are sorry.") -> EmailMessage:
    """What arrives when the mail is answered."""
    item = only_item(server, source)
    to = item.author.external_id if item.author else ""
    NETWORK.send(ACCESS, Outgoing("direct", text, in_reply_to=item.external_id, to=to, thread_key=item.thread_key, key="7-1"))
    [(recipients, sent)] = server.boxes.delivered
    assert recipients == [to]
    parsed = email.message_from_bytes(sent, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def test_an_answer_stands_below_the_mail_and_says_so(server: MailServer) -> None:
    sent = answered(server, mail(1, references="<m0@people.example>", subject="AW: Re: RE[2]: Parcel 1"))
    assert (sent["subject"], sent["to"], sent["from"]) == ("Re: Parcel 1", SARA, f"انار Help <{ADDRESS}>")
    assert sent["in-reply-to"] == "<m1@people.example>"
    assert sent["references"] == "<m0@people.example> <m1@people.example>"
    assert "auto-submitted" not in sent


def test_long_ids_are_written_as_they_are(server: MailServer) -> None:
    long = f"<{'x' * 120}@people.example>"
    answered(server, mail(1, message_id=long, references=f"<{'y' * 120}@people.example>"))
    assert f"In-Reply-To: {long}\r\n".encode() in server.boxes.delivered[0][1]
    assert b"=?utf-8" not in server.boxes.delivered[0][1].split(b"\r\nReferences")[1].split(b"\r\nMIME")[0]


def test_it_is_plain_and_html_and_each_paragraph_runs_its_own_way(server: MailServer) -> None:
    sent = answered(server, mail(1), "Hello <b>\n\nمعذرت خواہ ہیں: https://anar.example/مدد?a=1&b=2.\n.\n")
    plain, html = sent.get_body(("plain",)), sent.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == "Hello <b>\n\nمعذرت خواہ ہیں: https://anar.example/مدد?a=1&b=2.\n.\n"
    assert '<p dir="auto">Hello &lt;b&gt;</p>' in html.get_content()
    assert '<a href="https://anar.example/مدد?a=1&amp;b=2">' in html.get_content()


def test_an_answer_comes_from_the_address_that_was_written_to(server: MailServer) -> None:
    assert answered(server, mail(1, to="Sales <Sales+shop@anar.example>"))["from"] == "انار Help <sales@anar.example>"


def test_a_tag_that_only_the_servers_name_counts_too(server: MailServer) -> None:
    source = mail(1, to="everybody@list.example", delivered_to="sales+7@anar.example")
    assert answered(server, source)["from"].endswith("<sales@anar.example>")


@pytest.mark.parametrize(
    "subject",
    [
        "x\r\n Bcc: eve@evil.example",
        "=?utf-8?Q?a=0D=0ABcc:_eve@evil.example?=",
        "=?utf-8?Q?a=00=E2=80=A8b?=",
        "س" * 5000,
        "=?utf-7?Q?+2AA-?=",
        "",
    ],
)
def test_a_hostile_subject_adds_no_field(server: MailServer, subject: str) -> None:
    sent = answered(server, mail(1, subject=subject))
    assert "bcc" not in sent
    assert len(str(sent["subject"])) <= 210
    assert sent["to"] == SARA


@pytest.mark.parametrize(
    "fields", [{"message_id": ""}, {"message_id": "<" + "x" * 400 + "@people.example>"}, {"message_id": "", "date": ""}]
)
def test_a_mail_whose_id_cannot_be_kept_is_answered_under_its_subject(server: MailServer, fields: dict[str, str]) -> None:
    sent = answered(server, mail(1, **fields))
    assert sent["subject"] == "Re: Parcel 1"
    assert (sent["in-reply-to"] is not None) == bool(fields["message_id"])


def test_a_mail_that_was_moved_away_is_answered_by_its_id(server: MailServer) -> None:
    item = only_item(server, mail(1))
    server.boxes.kept.clear()
    NETWORK.send(ACCESS, Outgoing("direct", "Hello", in_reply_to=item.external_id, to=SARA, thread_key=item.thread_key, key="7-1"))
    assert b"In-Reply-To: <m1@people.example>" in server.boxes.delivered[0][1]


def test_their_answer_to_our_answer_is_the_same_conversation(server: MailServer) -> None:
    item = only_item(server, mail(1))
    answer = Outgoing("direct", "Hello", in_reply_to=item.external_id, to=SARA, thread_key=item.thread_key, key="7-1")
    receipt = NETWORK.send(ACCESS, answer)
    server.inbox(mail(2, in_reply_to=receipt.external_id))
    again = [NETWORK.read(envelope.payload, account_id=ADDRESS) for envelope in NETWORK.fetch(ACCESS, {}).items]
    assert {one.thread_key for one in again} == {item.thread_key}
    assert [(one.ours, one.external_id) for one in again if one.ours] == [(True, receipt.external_id)]
    assert [one.parent_id for one in again if one.text == "Where is my parcel?"] == [receipt.external_id]


def test_a_copy_is_kept_among_the_sent_ones_once(server: MailServer) -> None:
    outgoing = Outgoing("direct", "Hello", to=SARA, key="7-1")
    NETWORK.send(ACCESS, outgoing)
    NETWORK.send(ACCESS, outgoing)
    assert len(server.boxes.kept[(ADDRESS, "Sent")]) == 1
    assert len(server.boxes.delivered) == 1


@pytest.mark.parametrize("to", ["", "sara", "سارا@people.example", "a@b.example\r\nRCPT TO:<x@y.example>", "a b@c.example"])
def test_an_address_that_cannot_be_is_refused(server: MailServer, to: str) -> None:
    outgoing = Outgoing("direct", "Hello", to=to, key="7-1")
    assert NETWORK.refusal(outgoing)
    with pytest.raises(Rejected):
        NETWORK.send(ACCESS, outgoing)
    assert server.commands == []


def test_a_domain_in_other_letters_is_written_in_ascii(server: MailServer) -> None:
    outgoing = Outgoing("direct", "Hello", to="ali@انار.example", key="7-1")
    assert NETWORK.refusal(outgoing) is None
    NETWORK.send(ACCESS, outgoing)
    assert server.boxes.delivered[0][0] == ["ali@xn--mgba4a8e.example"]


def test_nothing_is_public() -> None:
    assert NETWORK.refusal(Outgoing("reply", "Hello", in_reply_to="1", to=SARA))
    assert NETWORK.refusal(Outgoing("post", "Hello", to=SARA))


def test_lines_of_one_dot_arrive(server: MailServer) -> None:
    NETWORK.send(ACCESS, Outgoing("direct", ".\n..\n.end", to=SARA, key="7-1"))
    parsed = email.message_from_bytes(server.boxes.delivered[0][1], policy=email.policy.default)
    plain = parsed.get_body(("plain",))  # type: ignore[attr-defined]
    assert plain.get_content().split() == [".", "..", ".end"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, Unauthorized) for code in (530, 535)),
        *((code, Rejected) for code in (550, 552)),
        *((code, TryLater) for code in (421, 451, 454, -1)),
    ],
)
def test_answers_before_acceptance_mean_what_the_standard_says(code: int, kind: type[Exception]) -> None:
    assert isinstance(refusal(code, "words"), kind)


def test_references_are_shortened_from_the_middle() -> None:
    chain = tuple(f"<{number}@x.example>" for number in range(300))
    source = composed(
        box_of(ACCESS),
        to=SARA,
        letter=Letter("x"),
        message_id="<new@anar.example>",
        answered=Answered("<299@x.example>", chain, "S"),
        at=datetime(2026, 11, 2, tzinfo=UTC),
    ).as_bytes()
    found = str(email.message_from_bytes(source, policy=email.policy.default)["references"]).split()
    assert (found[0], found[-1], len(found)) == ("<0@x.example>", "<299@x.example>", 20)


def test_the_name_of_a_mail_depends_on_what_is_sent_and_nothing_else(server: MailServer) -> None:
    first = Outgoing("direct", "Hello", to=SARA, key="7-1")
    names = [NETWORK.send(ACCESS, one).external_id for one in (first, replace(first, key="7-2"))]
    assert len(set(names)) == 2
    assert all(len(name) <= 160 for name in names)


def test_html_holds_no_html_of_the_text() -> None:
    words = "<script>alert(1)</script> https://x.example/\"><script>"
    assert "<script>" not in as_html(Letter(words, words, {"above": words, "text": words}))


def test_signature_and_original_stand_below_in_both_parts(server: MailServer) -> None:
    item = only_item(server, mail(1))
    quote = {"above": "در ۲ نوامبر ۲۰۲۶، Sara نوشت:", "text": "سلام\n\n> older\nWhere is it?"}
    signature = "*Ali* _Raza_ <b>\nsnake_case_name 2*3*4 https://anar.example/a_b_c"
    answer = Outgoing("direct", "We are sorry.", in_reply_to=item.external_id, to=SARA, key="7-1", signature=signature, quote=quote)
    NETWORK.send(ACCESS, answer)
    sent: Any = email.message_from_bytes(server.boxes.delivered[0][1], policy=email.policy.default)
    assert sent.get_content_type() == "multipart/alternative"
    assert sent.get_body(("plain",)).get_content().replace("\r\n", "\n") == (
        "We are sorry.\n\n-- \nAli Raza <b>\nsnake_case_name 2*3*4 https://anar.example/a_b_c\n\n"
        "در ۲ نوامبر ۲۰۲۶، Sara نوشت:\n> سلام\n>\n> > older\n> Where is it?\n"
    )
    html = sent.get_body(("html",)).get_content().replace("\r\n", "\n")
    assert "<strong>Ali</strong> <em>Raza</em> &lt;b&gt;<br>" in html
    assert "snake_case_name 2*3*4" in html
    assert '<a href="https://anar.example/a_b_c">' in html
    assert '<p dir="rtl">در ۲ نوامبر' in html
    assert '<blockquote type="cite">\n<p dir="rtl">سلام</p>' in html
    # Whoever answers us has both folded away.
    assert fresh(as_plain(Letter("We are sorry.", signature, quote))) == "We are sorry."


@pytest.mark.parametrize("automatic", [True, False])
def test_what_no_person_wrote_says_so(server: MailServer, automatic: bool) -> None:
    NETWORK.send(ACCESS, Outgoing("direct", "We are closed.", to=SARA, key="7-1", automatic=automatic))
    sent = email.message_from_bytes(server.boxes.delivered[0][1], policy=email.policy.default)
    assert (sent["auto-submitted"] == "auto-replied", sent["x-auto-response-suppress"] == "All") == (automatic, automatic)


@pytest.mark.parametrize(
    ("sender", "shown"), [("sales@anar.example", "sales@anar.example"), ("gone@anar.example", ADDRESS), ("", ADDRESS)]
)
def test_an_answer_leaves_from_an_address_that_is_still_ours(server: MailServer, sender: str, shown: str) -> None:
    NETWORK.send(ACCESS, Outgoing("direct", "Hello", to=SARA, key="7-1", sender=sender))
    assert f"<{shown}>" in email.message_from_bytes(server.boxes.delivered[0][1], policy=email.policy.default)["from"]


def test_what_came_back_is_another_mail_when_it_is_sent_again(server: MailServer) -> None:
    outgoing = Outgoing("direct", "Hello", to=SARA, key="7-1")
    names = {NETWORK.send(ACCESS, replace(outgoing, again=number)).external_id for number in (0, 1, 1)}
    assert (len(names), len(server.boxes.delivered)) == (2, 2)


def test_a_long_domain_still_makes_a_name_that_can_be_kept(server: MailServer, settings: Any) -> None:
    domain = ".".join(["a" * 40] * 3) + ".example"
    access = Access("", {"address": f"h@{domain}", "password": PASSWORD, "user": ADDRESS})
    assert len(NETWORK.send(access, Outgoing("direct", "Hello", to=SARA, key="7-1")).external_id) <= 160
