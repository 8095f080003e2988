"""E-mail against the practice network: a process of its own that speaks IMAP and SMTP, and lies when told to."""

import base64
import dataclasses
import json
from datetime import timedelta

import pytest
import requests

from core.clock import now
from social.networks.email import PRACTICE_ADDRESS, Email
from social.networks.errors import OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.values import Access, Cursor, Item, Media, Outgoing
from tests.pictures import picture
from tests.social.networks.servers import Practice
from tests.social.networks.uploads import attachment

NETWORK = Email(read_seconds=2.0, total_seconds=9.0)
ACCESS = Access(PRACTICE_ADDRESS, {"address": PRACTICE_ADDRESS, "password": "practice", "sender_name": "Anar Help"})
SARA = "sara@people.example"


def read_everything(cursor: Cursor, *, patience: int = 80) -> tuple[dict[str, Item], Cursor]:
    """What the engine would have after as many polls as it takes."""
    items: dict[str, Item] = {}
    for _turn in range(patience):
        try:
            page = NETWORK.fetch(ACCESS, cursor)
        except (TryLater, Unauthorized):
            continue
        cursor = json.loads(json.dumps(page.cursor))
        items |= {one.external_id: NETWORK.read(one.payload, account_id=PRACTICE_ADDRESS) for one in page.items}
        if not page.more and not page.cursor.get("held"):
            break
    return items, cursor


def answer_to(item: Item, text: str = "We are sorry.") -> Outgoing:
    assert item.author is not None
    return Outgoing("direct", text, in_reply_to=item.external_id, to=item.author.external_id, thread_key=item.thread_key, key="7-1")


def test_an_attachment_is_fetched_when_somebody_looks_and_files_go_out(practice: Practice) -> None:
    inside = base64.b64encode(picture()).decode()
    source = (
        "From: sara@people.example\r\nTo: support@practice.example\r\nSubject: Photos\r\nMessage-ID: <photos-1@people.example>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\nLook\r\n"
        '--b1\r\nContent-Type: image/png; name="first.png"\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n'
        '--b1\r\nContent-Type: image/png; name="parcel.png"\r\nContent-Transfer-Encoding: base64\r\n'
        f"Content-Disposition: attachment\r\n\r\n{inside}\r\n--b1--\r\n"
    )
    practice.call("POST", "/mails", {"to": PRACTICE_ADDRESS, "source": base64.b64encode(source.encode()).decode()})
    items, _cursor = read_everything({})
    [item] = items.values()
    first, second = item.media
    assert (first.alt, second.alt, second.kind) == ("first.png", "parcel.png", "image")
    assert NETWORK.open_media(ACCESS, first).content == b"hello"
    opened = NETWORK.open_media(ACCESS, second)
    assert (opened.content, opened.name) == (picture(), "parcel.png")
    for gone in ("0 <nobody@people.example>", "7 <photos-1@people.example>", "x", ""):
        with pytest.raises(Rejected):
            NETWORK.open_media(ACCESS, Media("file", reference=gone))
    files = (attachment(), attachment(kind="file", mime="application/pdf", name="رسید.pdf", content=b"%PDF-1.7 receipt"))
    NETWORK.send(ACCESS, dataclasses.replace(answer_to(item, ""), media=files))
    [copy] = practice.mails(PRACTICE_ADDRESS, "Sent")
    ours = Media("file", reference=f"1 {copy['message_id']}")
    again = NETWORK.open_media(ACCESS, ours)
    assert (again.content, again.name) == (b"%PDF-1.7 receipt", "رسید.pdf")
    assert NETWORK.open_media(ACCESS, Media("file", reference=f"0 {copy['message_id']}")).content == picture()


def test_a_complaint_and_its_answer(practice: Practice) -> None:
    assert NETWORK.identify(ACCESS).name == PRACTICE_ADDRESS
    assert NETWORK.practice_offer() == f"{PRACTICE_ADDRESS} · {ACCESS.secrets['password']}"
    practice.mail("میرا پارسل کہاں ہے؟", subject="پارسل", attachments=["../lid.pdf"])
    items, cursor = read_everything({})
    [item] = items.values()
    assert item.text == "پارسل\n\nمیرا پارسل کہاں ہے؟"
    assert [media.alt for media in item.media] == ["lid.pdf"]
    receipt = NETWORK.send(ACCESS, answer_to(item))
    [arrived] = practice.mails(SARA)
    assert (arrived["subject"], arrived["from"]) == ("Re: پارسل", f"Anar Help <{PRACTICE_ADDRESS}>")
    assert arrived["text"].strip() == "We are sorry."
    assert arrived["message_id"] == receipt.external_id
    [copy] = practice.mails(PRACTICE_ADDRESS, "Sent")
    assert copy["message_id"] == receipt.external_id
    again = practice.mail("Thank you\n\nOn 2 Nov 2026 Anar wrote:\n> We are sorry.", in_reply_to=receipt.external_id)
    items, _cursor = read_everything(cursor)
    assert {found.thread_key for found in items.values()} == {item.thread_key}
    assert [found.text for found in items.values() if not found.ours] == ["Thank you"]
    assert again["in_reply_to"] == receipt.external_id
    assert [entry["text"] for entry in practice.ledger(kind="mail")] == [receipt.external_id]


def test_a_wrong_password_is_refused(practice: Practice) -> None:
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access("", {**ACCESS.secrets, "password": "wrong"}))


def test_hostile_bytes_come_through_the_wire(practice: Practice) -> None:
    for data in (b"\x00\xff broken", b"From: eve@evil.example\r\n\r\nHello\x00"):
        practice.call("POST", "/mails", {"to": PRACTICE_ADDRESS, "source": base64.b64encode(data).decode()})
    huge = base64.b64encode(b"From: eve@evil.example\r\n\r\nbig").decode()
    practice.call("POST", "/mails", {"to": PRACTICE_ADDRESS, "source": huge, "size": 100 * 1024 * 1024})
    page = NETWORK.fetch(ACCESS, {})
    assert len(page.items) == 2
    assert len(page.broken) == 1


def test_a_mailbox_that_counts_anew_is_read_anew(practice: Practice) -> None:
    practice.mail("Hello")
    first, cursor = read_everything({})
    practice.call("PATCH", "/rules", {"mail_validity": 2})
    again, _cursor = read_everything(cursor)
    practice.call("PATCH", "/rules", {"mail_validity": 1})
    assert set(first) == set(again)


@pytest.mark.parametrize("lie", ["swallow", "after500", "after429", "garble"])
def test_an_answer_that_was_taken_and_never_said_so_is_doubt(practice: Practice, lie: str) -> None:
    practice.mail("Hello")
    [item] = read_everything({})[0].values()
    practice.trouble(lie, group="write")
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(ACCESS, answer_to(item))
    practice.calm()
    assert len(practice.mails(SARA)) == 1
    found = NETWORK.find_sent(ACCESS, answer_to(item), since=now() - timedelta(minutes=5))
    assert (found.receipts, found.complete) == ((), False)


@pytest.mark.parametrize(("lie", "error"), [("500", TryLater), ("429", TryLater), ("html", TryLater), ("401", Unauthorized)])
def test_an_answer_that_was_not_taken_is_no_doubt(practice: Practice, lie: str, error: type[Exception]) -> None:
    practice.mail("Hello")
    [item] = read_everything({})[0].values()
    practice.trouble(lie, group="write")
    with pytest.raises(error):
        NETWORK.send(ACCESS, answer_to(item))
    practice.calm()
    assert practice.mails(SARA) == []
    assert practice.ledger(kind="mail") == []


@pytest.mark.parametrize("lie", ["401", "429", "500", "html", "garble"])
def test_readers_lose_nothing_to_a_lying_server(practice: Practice, lie: str) -> None:
    made = {practice.mail(f"complaint {number}")["message_id"] for number in range(60)}
    practice.trouble(lie, group="read", probability=0.2)
    items, cursor = read_everything({})
    practice.calm()
    more, _cursor = read_everything(cursor)
    assert {identifier.rpartition("~")[0] for identifier in (*items, *more)} == made


def test_a_person_writes_and_reads_on_the_page(practice: Practice) -> None:
    form = {"name": "Parisa", "from": "parisa@people.example", "to": PRACTICE_ADDRESS}
    form |= {"subject": "چای", "text": "Where is my kettle?"}
    made = requests.post(f"{practice.url}/mail/", data=form, headers={"Origin": practice.url}, timeout=10)
    assert made.ok
    [item] = read_everything({})[0].values()
    assert item.text == "چای\n\nWhere is my kettle?"
    receipt = NETWORK.send(ACCESS, answer_to(item, "On its way. <b>"))
    page = requests.get(f"{practice.url}/mail/?as=parisa@people.example", timeout=10).text
    assert "On its way. &lt;b&gt;" in page
    number = practice.mails("parisa@people.example")[0]["id"]
    asked = requests.get(f"{practice.url}/mail/?as=parisa@people.example&answer={number}", timeout=10).text
    assert receipt.external_id.replace("<", "&lt;").replace(">", "&gt;") in asked
    elsewhere = requests.post(f"{practice.url}/mail/", data=form, headers={"Origin": "https://evil.example"}, timeout=10)
    assert elsewhere.status_code == 403
