"""What of a mail is new, in the languages our customers write; who wrote it; whether a program did."""

from typing import Any

import pytest

from social.networks._email_ids import our_message_id, read_ours, thread_key_of
from social.networks._email_mime import addresses, decode_words, head_of, safe_name
from social.networks._email_programs import is_automatic
from social.networks._email_quotes import Folded, folded, fresh, html_folded
from social.networks._email_read import read_mail
from social.networks.values import Outgoing
from tests.social.networks.mailservers import ADDRESS, mail

NEW = "Thank you."
ARRIVED = "2026-11-02T12:00:00+00:00"


@pytest.mark.parametrize(
    "above",
    [
        "On Mon, 2 Nov 2026 at 11:00, Anar Help <support@anar.example> wrote:",
        "On Mon, 2 Nov 2026 at 11:00, Anar Help\n<support@anar.example>\nwrote:",
        "Am Mo., 2. Nov. 2026 um 11:00 Uhr schrieb Anar <support@anar.example>:",
        "Le lun. 2 nov. 2026 à 11:00, Anar <support@anar.example> a écrit :",
        "El lun, 2 nov 2026 a las 11:00, Anar (<support@anar.example>) escribió:",
        "في الاثنين، ٢ نوفمبر ٢٠٢٦ ١١:٠٠ ص كتب Anar Help <support@anar.example>:",
        "بتاريخ 2 نوفمبر 2026، قام Anar Help بكتابة:",
        "در تاریخ دوشنبه ۱۱ آبان ۱۴۰۵ ساعت ۱۱:۰۰ Anar Help <support@anar.example> نوشت:",
        "پیر، 2 نومبر، 2026 کو 11:00 AM پر Anar Help <support@anar.example> نے لکھا:",
        "2 Kas 2026 Pzt 11:00 tarihinde Anar <support@anar.example> şunu yazdı:",
        "пн, 2 нояб. 2026 г. в 11:00, Anar <support@anar.example> написал(а):",
    ],
)
def test_what_stands_below_so_and_so_wrote_is_folded_away(above: str) -> None:
    assert fresh(f"{NEW}\n\n{above}\n\n> Where is it?\n>\n> Anar\n") == NEW
    # Programs that indent instead of marking.
    assert fresh(f"{NEW}\n\n{above}\n\nWhere is it?\n\nAnar\n") == NEW


@pytest.mark.parametrize(
    "block",
    [
        "-----Original Message-----\nFrom: Anar\nSent: Monday\nTo: Sara\n\nWhere is it?",
        "________________________________\nFrom: Anar <support@anar.example>\nSent: Monday\nTo: Sara\nSubject: x\n\nWhere is it?",
        "From: Anar <support@anar.example>\nDate: Monday\nTo: Sara\nSubject: x\n\nWhere is it?",
        "من: Anar <support@anar.example>\nتم الإرسال: الاثنين\nإلى: Sara\nالموضوع: x\n\nأين هو؟",
        "از: Anar <support@anar.example>\nارسال شده: دوشنبه\nبه: Sara\nموضوع: x\n\nکجاست؟",
        "منجانب: Anar <support@anar.example>\nبھیجا گیا: پیر\nبنام: Sara\nموضوع: x\n\nکہاں ہے؟",
        "> Where is it?\n> Anar",
    ],
)
def test_what_programs_put_below_an_answer_is_folded_away(block: str) -> None:
    assert fresh(f"{NEW}\n\n{block}\n") == NEW


@pytest.mark.parametrize(
    "text",
    [
        "My friend wrote:\nthat it is broken",
        "> Is it broken?\nYes.\n> Since when?\nMonday.",
        "> everything here\n> is quoted",
        "Two things:\n1. From: I mean the sender\n2. the lid",
        "-----Original Message-----\nall of it",
    ],
)
def test_in_doubt_nothing_is_cut(text: str) -> None:
    assert folded(text) == Folded(text=text)


@pytest.mark.parametrize(
    "above",
    [
        "On 2 Nov 2026 Anar <support@anar.example> wrote:\n> Is it broken?\n>\n> Anar",
        "Am 2.11.2026 um 11:00 schrieb Anar Help:\n> Ist es kaputt?",
        "Le 02/11/2026 à 11:00, Anar a écrit :\n> Est-il cassé ?",
        "در تاریخ دوشنبه ۱۱ آبان ۱۴۰۵ ساعت ۱۱:۰۰ Anar <support@anar.example> نوشت:\n> شکسته است؟",
        "في الاثنين، ٢ نوفمبر ٢٠٢٦ كتب Anar <support@anar.example>:\n> هل هو مكسور؟",
        "پیر، 2 نومبر، 2026 کو 11:00 AM پر Anar <support@anar.example> نے لکھا:\n> کیا یہ ٹوٹا ہے؟",
        "> Is it broken?",
    ],
)
def test_an_answer_below_what_it_quotes_is_what_is_new(above: str) -> None:
    end = "-- \nSara Khan"
    assert folded(f"{above}\n\nYes, it is.\n") == Folded(above, "Yes, it is.", "")
    assert folded(f"{above}\n\nYes, it is.\n\n{end}") == Folded(above, "Yes, it is.", end)


@pytest.mark.parametrize("text", [f"{NEW}\n\nOn 2 Nov 2026 Anar wrote:\n> one\n> two", f"{NEW}\n\n-- \nSara\nKarachi", NEW])
def test_what_is_folded_away_is_kept(text: str) -> None:
    found = folded(text)
    assert found.text == NEW
    assert "\n\n".join(piece for piece in found if piece) == text


@pytest.mark.parametrize(
    "end",
    [
        "-- \nSara Khan\n+92 300 0000000",
        "Sent from my iPhone",
        "أُرسلت من الـ iPhone",
        "ارسال شده از گوشی من",
        "میرے iPhone سے بھیجا گیا",
    ],
)
def test_signatures_are_folded_away(end: str) -> None:
    assert fresh(f"{NEW}\n\n{end}\n") == NEW


def test_html_is_cut_where_its_program_begins_to_quote() -> None:
    marks = ('<div class="gmail_quote">', '<blockquote type="cite">', '<div id="divRplyFwdMsg">')
    for quote in (f"{mark}old" for mark in marks):
        assert html_folded(f"<p>{NEW}</p>{quote}") == Folded(text=f"<p>{NEW}</p>", below=quote)
        assert html_folded(f"<style>p {{}}</style><div></div>{quote}").text.endswith(quote)


def test_html_that_answers_below_its_quotation_is_cut_there() -> None:
    quote = '<blockquote type="cite"><p>old <blockquote>older</blockquote></p></blockquote>'
    assert html_folded(f"{quote}<p>{NEW}</p>") == Folded(above=quote, text=f"<p>{NEW}</p>")
    between = f"{quote}<p>one</p>{quote}<p>two</p>"
    assert html_folded(between) == Folded(text=between)


def test_the_whole_of_a_quoting_mail_is_kept_beside_its_new_words() -> None:
    text = f"{NEW}\n\nOn Mon, 2 Nov 2026 Anar <support@anar.example> wrote:\n> Where is it?"
    item = read_mail({"source": mail(1, text, in_reply_to="<m0@anar.example>").decode(), "received": ARRIVED}, account_id=ADDRESS)
    assert (item.text, item.above) == (NEW, "")
    assert item.below == text.removeprefix(NEW).strip()


def test_encoded_words_are_joined_before_they_are_read() -> None:
    assert decode_words("=?utf-8?B?2LM=?=\t=?utf-8?B?2YTYp9mF?=!") == "سلام!"
    assert decode_words("=?utf-8?B?2A==?= =?utf-8?B?swo=?=").strip() == "س"
    assert decode_words("a =?nobody-knows?Q?b=FC?= c") == "a bü c"


def test_addresses_are_read_letter_by_letter() -> None:
    assert addresses('"Khan, Sara" <Sara@People.Example>, ali@people.example (Ali)') == [
        ("Khan, Sara", "sara@people.example"),
        ("Ali", "ali@people.example"),
    ]
    assert addresses("undisclosed-recipients:;") == []
    assert addresses("=?utf-8?B?2LnZhNuM?= <ali@people.example>") == [("علی", "ali@people.example")]
    assert addresses("nobody, <>, a@b, x@@y.example") == []


def test_names_of_files_are_made_harmless() -> None:
    assert safe_name("..\\..\\C:\\x\u202egnp.exe") == "xgnp.exe"
    assert safe_name("...") == "attachment"
    assert safe_name("a" * 300 + ".pdf").endswith(".pdf")
    assert len(safe_name("a" * 300 + ".pdf")) == 120


# --- programs ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("field", "automatic"),
    [
        (b"Auto-Submitted: auto-replied; owner-email=x@y.example", True),
        (b"Auto-Submitted: no", False),
        (b"Precedence: bulk", True),
        (b"Precedence: normal", False),
        (b"X-Auto-Response-Suppress: All", True),
        (b"Return-Path: <>", True),
        (b"Return-Path: <sara@people.example>", False),
        (b"List-Id: <news.shop.example>", True),
        (b"From: MAILER-DAEMON@shop.example", True),
        (b"From: no-reply@shop.example", True),
        (b"From: norah@shop.example", False),
    ],
)
def test_what_a_program_wrote_is_known(field: bytes, automatic: bool) -> None:
    assert is_automatic(head_of(field + b"\r\n"), "text/plain") == automatic


@pytest.mark.parametrize(
    ("fields", "program", "asks"),
    [
        ({"auto_submitted": "auto-replied"}, "auto_reply", False),
        ({"auto_submitted": "auto-generated", "subject": "Automatic reply: Parcel"}, "auto_reply", False),
        ({"auto_submitted": "auto-generated", "in_reply_to": "<m0@anar.example>"}, "auto_reply", False),
        ({"auto_submitted": "auto-generated"}, "notice", False),
        ({"x_autoreply": "yes"}, "auto_reply", False),
        ({"precedence": "bulk"}, "bulk", False),
        ({"list_id": "<news.shop.example>", "list_post": "<mailto:news@shop.example>"}, "bulk", False),
        ({"list_id": "<help.anar.example>", "list_post": "<mailto:help@anar.example>"}, None, True),
        ({"from": "no-reply@shop.example"}, "notice", False),
        ({"from": "no-reply@shop.example", "reply_to": "Ali <ali@people.example>"}, "relayed", True),
        ({"x_auto_response_suppress": "OOF"}, "relayed", True),
        ({}, None, True),
    ],
)
def test_who_waits_for_us_and_who_does_not(fields: dict[str, str], program: str | None, asks: bool) -> None:
    item = read_mail({"source": mail(1, **fields).decode(), "addresses": [ADDRESS], "received": ARRIVED}, account_id=ADDRESS)
    assert (item.program, item.asks, item.raises) == (program, asks, asks)
    assert item.automatic == (program is not None)


def test_a_form_speaks_for_whom_it_names_and_our_own_address_is_nobody() -> None:
    def author(**fields: str) -> Any:
        source = mail(1, **fields).decode()
        return read_mail({"source": source, "addresses": [ADDRESS], "received": ARRIVED}, account_id=ADDRESS).author

    for sender in ("Shop <no-reply@shop.example>", ADDRESS):
        form = author(**{"from": sender, "reply_to": "Ali <ali@people.example>"})
        assert (form.external_id, form.name) == ("ali@people.example", "Ali")
    assert author(**{"from": ADDRESS}) is None
    assert author(**{"from": ADDRESS, "reply_to": ADDRESS}) is None


def test_our_own_name_in_the_inbox_proves_nothing() -> None:
    """Whoever writes under our address acts for nobody (CVE-2026-47123 of another helpdesk): no answer of ours, and no loop."""
    payload = {"source": mail(1, **{"from": ADDRESS}).decode(), "addresses": [ADDRESS], "received": ARRIVED}
    item = read_mail(payload, account_id=ADDRESS)
    assert (item.ours, item.automatic) == (False, True)
    copied = our_message_id(Outgoing("direct", "x", to="a@b.example", key="7-1"), "anar.example")
    forged = copied[:20] + ("1" if copied[20] == "0" else "0") + copied[21:]
    for identifier, ours in ((copied, True), (forged, False)):
        source = mail(1, **{"from": ADDRESS, "message_id": identifier}).decode()
        assert read_mail({"source": source, "received": ARRIVED}, account_id=ADDRESS).ours == ours


def test_ids_that_a_program_encoded_as_words_are_ids_all_the_same() -> None:
    """Python's own writer of mails does that to long ones."""
    ours = our_message_id(Outgoing("direct", "x", to="a@b.example", key="7-1"), "anar.example")
    encoded = "=?utf-8?q?" + ours.replace("<", "=3C").replace(">", "=3E").replace("@", "=40") + "?="
    assert read_mail({"source": mail(1, in_reply_to=encoded).decode(), "received": ARRIVED}, account_id=ADDRESS).parent_id == ours


def test_an_answer_finds_the_thread_that_our_mail_carries() -> None:
    thread = thread_key_of("<m1@people.example>")
    ours = our_message_id(Outgoing("direct", "x", to="a@b.example", thread_key=thread, key="7-1"), "anar.example")
    assert read_ours(ours) == thread
    for fields in ({"in_reply_to": ours}, {"references": f"<other@x.example> {ours} <more@x.example>"}):
        item = read_mail({"source": mail(9, **fields).decode(), "received": ARRIVED}, account_id=ADDRESS)
        assert item.thread_key == thread
    assert item.text == "Where is my parcel?"


BOUNCE = """From: MAILER-DAEMON@mx.example\r
To: {address}\r
Subject: Undelivered\r
Message-ID: <b1@mx.example>\r
Content-Type: multipart/report; report-type=delivery-status; boundary=b\r
\r
--b\r
\r
Your mail did not arrive.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example\r
\r
Final-Recipient: rfc822; Sara@people.example\r
Action: failed\r
--b\r
Content-Type: {kind}\r
\r
Subject: Re: Parcel\r
Message-ID: {identifier}\r
\r
--b--\r
"""


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_bounce_of_our_mail_stands_where_the_mail_went(kind: str) -> None:
    thread = thread_key_of("<m1@people.example>")
    ours = our_message_id(Outgoing("direct", "x", to="sara@people.example", thread_key=thread, key="7-1"), "anar.example")
    known, unknown = (bounce(kind, identifier) for identifier in (ours, "<rabta.x@anar.example>"))
    assert (known.author.external_id, known.thread_key, known.automatic) == ("sara@people.example", thread, True)
    assert known.text == "Undelivered\n\nYour mail did not arrive."
    assert (unknown.author.external_id, unknown.automatic) == ("mailer-daemon@mx.example", True)
    assert (known.program, known.asks, known.raises, known.fate.external_id) == ("bounce", False, True, ours)
    assert (unknown.program, unknown.raises, unknown.fate) == ("bounce", False, None)


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ("Action: failed\r\nStatus: 5.1.1", "bounced_hard", "It came back: There is no mailbox of this name. (5.1.1)"),
        ("Action: failed\r\nStatus: 5.2.2 (mailbox full)", "bounced_hard", "It came back: The mailbox is full. (5.2.2)"),
        ("Action: failed\r\nStatus: 5.7.26", "bounced_hard", "It came back: The other side's server refused it"),
        ("Action: failed\r\nStatus: 5.9.9", "bounced_hard", "It came back: The other side gave no reason that can be read. (5"),
        ("Action: failed\r\nDiagnostic-Code: smtp;\r\n 550 5.4.4 no MX", "bounced_hard", "It came back: The domain of this"),
        ("Action: failed\r\nStatus: 4.4.1", "bounced_soft", "It came back after several tries: The other side's server could not"),
        ("Action: delayed\r\nStatus: 4.4.1", "", ""),
        ("Action: delivered\r\nStatus: 2.0.0", "", ""),
        ("", "bounced_hard", "It came back: The other side gave no reason that can be read."),
    ],
)
def test_a_bounce_says_why_and_whether_for_good(fields: str, code: str, words: str) -> None:
    ours = our_message_id(Outgoing("direct", "x", to="sara@people.example", key="7-1"), "anar.example")
    source = BOUNCE.replace("Action: failed", fields or "X-Nothing: here")
    item = read_mail(
        {"source": source.format(address=ADDRESS, kind="message/rfc822", identifier=ours), "received": ARRIVED}, account_id=ADDRESS
    )
    assert (item.fate.code if item.fate else "", item.raises) == (code, bool(code))
    assert str(item.fate.reason if item.fate else "").startswith(words)


def test_a_bounce_in_plain_words_is_one_too_and_belongs_to_whom_we_wrote_to() -> None:
    ours = our_message_id(Outgoing("direct", "x", to="sara@people.example", key="7-1"), "anar.example")
    text = "Hi. I was not able to deliver your message.\r\n\r\n<moved@elsewhere.example>:\r\n550 5.1.1 no such user\r\n\r\n"
    text += f"--- Below this line is a copy of the message.\r\n\r\nMessage-ID: {ours}\r\nTo: Sara <Sara@people.example>\r\n\r\nx"
    for returned, kept in ((text, True), (text.replace("5.1.1", "well"), False), (text.replace(ours, "<a@b>"), False)):
        source = mail(5, returned, **{"from": "MAILER-DAEMON@mx.example", "subject": "failure notice"}).decode()
        item = read_mail({"source": source, "received": ARRIVED}, account_id=ADDRESS)
        assert item.program == "bounce"
        assert (item.fate is not None) == kept
        assert item.author is not None
        assert item.author.external_id == ("sara@people.example" if kept else "mailer-daemon@mx.example")


def test_what_was_never_signed_by_us_settles_nothing() -> None:
    """Whoever sends a report about a mail of their own invention changes nothing here."""
    ours = our_message_id(Outgoing("direct", "x", to="sara@people.example", key="7-1"), "anar.example")
    forged = ours[:20] + ("1" if ours[20] == "0" else "0") + ours[21:]
    assert bounce("message/rfc822", forged).fate is None


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({"to": "Sales <sales+x@anar.example>"}, "sales@anar.example"),
        ({"to": "list@other.example", "delivered_to": "sales@anar.example"}, "sales@anar.example"),
        ({"to": "sales@anar.example", "delivered_to": ADDRESS}, "sales@anar.example"),
        ({"to": "nobody@other.example", "x_original_to": "gone@anar.example"}, ADDRESS),
        ({"to": "ali@people.example", "cc": "sales@anar.example"}, "sales@anar.example"),
    ],
)
def test_a_mail_remembers_to_which_address_it_was_written(fields: dict[str, str], address: str) -> None:
    payload = {"source": mail(1, **fields).decode(), "addresses": [ADDRESS, "sales@anar.example"], "received": ARRIVED}
    assert read_mail(payload, account_id=ADDRESS).written_to == address


def bounce(kind: str, identifier: str) -> Any:
    source = BOUNCE.format(address=ADDRESS, kind=kind, identifier=identifier)
    return read_mail({"source": source, "received": ARRIVED}, account_id=ADDRESS)
