"""A mailbox read number by number: nothing skipped, nothing downloaded that is too large, and one bad mail holds up nobody."""

import json
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest

from social.networks import _email_pages
from social.networks._email_box import box_of, guess
from social.networks.email import Email
from social.networks.errors import Rejected, TryLater
from social.networks.values import Access, Cursor, Page
from tests.social.networks.mailservers import ADDRESS, NOON, PASSWORD, MailServer, mail

NETWORK = Email(read_seconds=0.6, total_seconds=6.0)
ACCESS = Access(ADDRESS, {"address": ADDRESS, "password": PASSWORD})


def pages(cursor: Cursor, *, most: int = 60) -> list[Page]:
    """Page after page until there is no more."""
    found: list[Page] = []
    for _turn in range(most):
        found.append(NETWORK.fetch(ACCESS, cursor))
        cursor = json.loads(json.dumps(found[-1].cursor))
        if not found[-1].more:
            return found
    raise AssertionError("It never came to an end.")


def subjects(read: list[Page]) -> list[str]:
    items = [NETWORK.read(item.payload, account_id=ADDRESS) for page in read for item in page.items]
    return [item.text.split("\n")[0] for item in items]


def test_the_last_mail_is_not_read_again_and_again(server: MailServer) -> None:
    """A search for `n:*` gives the last mail although its number is below n."""
    server.inbox(mail(1), mail(2))
    cursor = pages({})[-1].cursor
    server.commands.clear()
    again = pages(cursor)
    assert [page.items for page in again] == [()]
    assert "UID FETCH" not in server.commands


def test_it_also_reads_where_the_server_says_no_next_number(server: MailServer) -> None:
    server.boxes.next_uid = lambda: 0  # type: ignore[method-assign]
    server.inbox(mail(1), mail(2))
    first = pages({})
    assert subjects(first) == ["Parcel 1", "Parcel 2"]
    assert pages({"inbox": {**first[-1].cursor["inbox"]}})[0].items == ()


def test_folders_are_opened_only_for_reading(server: MailServer) -> None:
    server.inbox(mail(1))
    pages({})
    assert "SELECT" not in server.commands


def test_numbers_that_begin_anew_are_read_anew(server: MailServer) -> None:
    server.inbox(mail(1), mail(2))
    cursor = pages({})[-1].cursor
    server.boxes.validities["INBOX"] = 8
    again = pages(cursor)
    assert subjects(again) == ["Parcel 1", "Parcel 2"]
    assert again[-1].cursor["inbox"]["validity"] == 8
    assert pages(again[-1].cursor)[0].items == ()


def test_gaps_between_numbers_are_crossed(server: MailServer) -> None:
    server.inbox(mail(1))
    cursor = pages({})[-1].cursor
    server.inbox(mail(2))
    server.boxes.skip(_email_pages.WINDOW * 3)
    server.inbox(mail(3))
    assert subjects(pages(cursor)) == ["Parcel 2", "Parcel 3"]


def test_the_first_reading_goes_back_so_far_and_no_further(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("social.networks._email_pages.BACKFILL", 30)
    server.inbox(*(mail(number) for number in range(1, 51)))
    assert len(subjects(pages({}))) == 30


def test_a_giant_is_set_aside_unread(server: MailServer) -> None:
    """What 100 MB would cost is known from the size the server gives; nothing but the beginning is asked for."""
    server.boxes.put(ADDRESS, "INBOX", mail(1, "x" * 3_000_000), size=100 * 1024 * 1024)
    server.inbox(mail(2))
    page = NETWORK.fetch(ACCESS, {})
    assert subjects([page]) == ["Parcel 2"]
    [(reason, payload)] = page.broken
    assert "50 MB" in reason
    assert payload["size"] == 100 * 1024 * 1024
    assert len(payload["source"]) <= _email_pages.PEEK_BYTES
    assert "Parcel 1" in payload["source"]


def test_of_a_long_mail_the_beginning_is_kept_and_attachments_are_not(server: MailServer) -> None:
    source = mail(1, "").replace(b"\r\n\r\n", b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", 1)
    photo = b"QUJD" * 19 + b"\r\n"
    source += b"--b\r\nContent-Type: text/plain\r\n\r\nLook at this\r\n--b\r\n"
    source += b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n"
    source += b'Content-Disposition: attachment; filename="../../lid.jpg"\r\n\r\n' + photo * 30_000 + b"\r\n--b--\r\n"
    server.inbox(source, mail(2))
    page = NETWORK.fetch(ACCESS, {})
    first = page.items[0]
    assert len(first.payload["source"]) < 2000
    assert first.payload["attachments"][0]["name"] == "lid.jpg"
    assert first.payload["attachments"][0]["bytes"] > 1_000_000
    item = NETWORK.read(first.payload, account_id=ADDRESS)
    assert (item.text, [(media.kind, media.alt) for media in item.media]) == ("Parcel 1\n\nLook at this", [("image", "lid.jpg")])
    assert subjects([page])[1] == "Parcel 2"


def test_large_mails_share_pages_by_their_size(server: MailServer) -> None:
    server.inbox(*(mail(number, "word " * 400_000) for number in range(1, 8)))
    read = pages({})
    assert len(read) > 1
    assert subjects(read) == [f"Parcel {number}" for number in range(1, 8)]


@pytest.mark.parametrize("ending", ["hang", "drop", "garbage", "half", "huge", "no"])
def test_a_mail_the_server_chokes_on_holds_up_nobody_for_long(server: MailServer, ending: str) -> None:
    server.inbox(mail(1), mail(2))
    cursor = pages({})[-1].cursor
    server.inbox(mail(3), mail(4))
    fetches: list[int] = []

    def befalls() -> str:
        # Sizes first, then mail by mail: the second question of each talk is for mail 3 until it is given up.
        fetches.append(server.commands.count("GREETING"))
        return ending if fetches.count(fetches[-1]) == 2 and len(set(fetches)) <= _email_pages.TRIES else ""

    server.commands.clear()
    server.trouble["UID FETCH"] = befalls
    read: list[Page] = []
    for _poll in range(_email_pages.TRIES + 1):
        read += pages(cursor)
        cursor = json.loads(json.dumps(read[-1].cursor))
    assert subjects(read) == ["Parcel 4"]
    [(reason, payload)] = [entry for page in read for entry in page.broken]
    assert "hand this mail over" in reason
    assert payload["uid"] == 3
    assert "held" not in cursor


def test_what_a_server_announces_is_not_believed(server: MailServer) -> None:
    """Python would set a gigabyte aside before a byte has come."""
    server.inbox(mail(1))
    server.trouble["UID SEARCH"] = "huge"
    tracemalloc.start()
    with pytest.raises(TryLater):
        NETWORK.fetch(ACCESS, {})
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 100_000_000


def test_nothing_of_a_talk_stands_in_logs(server: MailServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    server.inbox(mail(1))
    pages({})
    assert not [record for record in caplog.records if record.name == "imapclient.imaplib"]


def test_a_server_that_recovers_gives_the_mail_after_all(server: MailServer) -> None:
    server.inbox(mail(1))
    counted = iter(["", "drop", "", "", "", ""])
    server.trouble["UID FETCH"] = lambda: next(counted)
    first = NETWORK.fetch(ACCESS, {})
    assert (first.items, first.more) == ((), False)
    assert subjects(pages(first.cursor)) == ["Parcel 1"]


def test_a_mail_that_goes_meanwhile_is_gone(server: MailServer) -> None:
    server.inbox(mail(1), mail(2))

    def vanish() -> str:
        server.boxes.kept[(ADDRESS, "INBOX")][:1] = []
        server.trouble.clear()
        return ""

    server.trouble["UID FETCH"] = vanish
    assert subjects(pages({})) == ["Parcel 2"]


def test_what_was_sent_from_elsewhere_is_ours(server: MailServer) -> None:
    theirs, sent = mail(1), mail(2, "We are sorry.", **{"from": ADDRESS, "to": "Sara <SARA@people.example>"})
    server.inbox(theirs)
    server.boxes.put(ADDRESS, "Sent", sent.replace(b"\r\n\r\n", b"\r\nIn-Reply-To: <m1@people.example>\r\n\r\n", 1))
    [page] = pages({})
    first, second = (NETWORK.read(item.payload, account_id=ADDRESS) for item in page.items)
    assert (second.ours, second.counterpart_id, second.text) == (True, "sara@people.example", "We are sorry.")
    assert first.thread_key == second.thread_key


def test_a_folder_of_sent_mails_that_cannot_be_opened_stops_nothing(server: MailServer) -> None:
    server.inbox(mail(1))
    opened = iter(["", "no"])
    server.trouble["EXAMINE"] = lambda: next(opened)
    assert subjects(pages({})) == ["Parcel 1"]


def test_programs_that_give_all_their_mails_one_id_lose_none(server: MailServer) -> None:
    server.inbox(
        mail(1, "one", message_id="<always@shop.example>"),
        mail(2, "two", message_id="<always@shop.example>"),
        mail(3, "three", message_id=""),
        mail(4, "four", message_id="", date="", subject="Scan"),
        mail(5, "five", message_id="", date="", subject="Scan"),
    )
    texts = [NETWORK.read(item.payload, account_id=ADDRESS).text.split("\n")[-1] for page in pages({}) for item in page.items]
    assert texts == ["one", "two", "three", "four", "five"]


def test_a_mail_without_a_usable_date_is_of_when_it_arrived(server: MailServer) -> None:
    future = (NOON + timedelta(days=400)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    server.inbox(mail(1, date=""), mail(2, date="yesterday"), mail(3, date=future), mail(4, date="Mon, 2 Nov 1970 11:00:00 +0000"))
    [page] = pages({})
    assert {NETWORK.read(item.payload, account_id=ADDRESS).occurred_at for item in page.items} == {NOON}


# --- the form ---------------------------------------------------------------------------------------------------------
def test_the_servers_are_guessed_from_the_address() -> None:
    box = box_of(Access("", {"address": " Help@Anar.Example ", "password": "x"}))
    assert (box.address, box.user) == ("help@anar.example", "help@anar.example")
    assert (box.imap_host, box.imap_port, box.smtp_host, box.smtp_port) == ("imap.anar.example", 993, "smtp.anar.example", 465)
    assert guess("gmail.com") == ("imap.gmail.com", "smtp.gmail.com", 465)
    given = {"imap_host": "Mail.Anar.Example.", "imap_port": "143", "smtp_port": "587"}
    given |= {"user": "anar", "aliases": "a@b.example, C@d.example"}
    box = box_of(Access("", {"address": "help@anar.example", "password": "x", **given}))
    assert (box.imap_host, box.imap_port, box.smtp_port, box.user) == ("mail.anar.example", 143, 587, "anar")
    assert box.addresses == ("help@anar.example", "a@b.example", "c@d.example")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "nobody"),
        ("address", "a@b"),
        ("address", "a@b.example\r\nRCPT TO:<x@y.example>"),
        ("address", "a b@c.example"),
        ("imap_host", "localhost"),
        ("imap_host", "http://x.example"),
        ("smtp_host", "127.0.0.1:25/x"),
        ("smtp_host", "a..b"),
        ("imap_port", "0"),
        ("imap_port", "99999"),
        ("smtp_port", "twenty"),
        ("user", "a\r\nb"),
        ("password", "a\nb"),
        ("aliases", "x@y.example, nobody"),
        ("aliases", ",".join(f"a{number}@b.example" for number in range(30))),
    ],
)
def test_what_can_be_no_mailbox_is_refused_and_named(server: MailServer, field: str, value: str) -> None:
    access = Access("", {**ACCESS.secrets, field: value})
    with pytest.raises(Rejected) as caught:
        NETWORK.identify(access)
    assert caught.value.field == field
    assert server.commands == []


@pytest.mark.parametrize("field", ["imap_host", "smtp_host"])
def test_a_server_that_leads_inside_is_refused(settings: Any, server: MailServer, monkeypatch: Any, field: str) -> None:
    """The admin chooses the server: its name may not lead to a machine of ours."""
    if field == "imap_host":
        settings.EMAIL_IMAP_BASE = ""
    settings.EMAIL_SMTP_BASE = ""
    monkeypatch.setattr("socket.getaddrinfo", _inside)
    with pytest.raises(TryLater) as caught:
        NETWORK.identify(Access("", {**ACCESS.secrets, field: "mail.evil.example"}))
    assert caught.value.code == "not_allowed"


def _inside(host: str, port: int, *_args: Any, **_named: Any) -> list[Any]:
    address = "127.0.0.1" if host == "127.0.0.1" else "169.254.169.254"
    return [(2, 1, 6, "", (address, port))]
