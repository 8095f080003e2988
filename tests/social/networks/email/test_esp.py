"""Mail handed over to a sending provider: what it is asked, what each of its answers proves, and what it tells later.

The shapes follow Postmark's and Mailgun's documents as django-anymail 15.2 reads them (read 2026-11).
"""

import base64
import hashlib
import hmac
import json
from functools import cache
from typing import Any
from urllib.parse import quote_plus

import pytest

from social.networks._email_box import box_of
from social.networks._email_esp import EspCarrier
from social.networks._email_ids import our_message_id
from social.networks._wire import Patience
from social.networks.email import Email
from social.networks.errors import Forged, Malformed, NetworkError, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.values import Access, Hook, Outgoing
from tests.social.networks.contract import closed_address
from tests.social.networks.mailservers import ADDRESS, PASSWORD, MailServer, mail
from tests.social.networks.servers import Says, Scripted
from tests.social.networks.uploads import attachment

NETWORK = Email(read_seconds=1.0, total_seconds=6.0)
SARA = "sara@people.example"
SIGNING, BASIC = "mailgun-signing-key", "hooks:a-long-password"
SECRETS = {"address": ADDRESS, "password": PASSWORD, "sender_name": "Anar Help", "api_key": "key-1"}
POSTMARK = Access(ADDRESS, {**SECRETS, "sends_with": "postmark", "webhook_secret": BASIC})
MAILGUN = Access(ADDRESS, {**SECRETS, "sends_with": "mailgun", "webhook_secret": SIGNING})
TAKEN = {
    "postmark": Says.json({"To": SARA, "MessageID": "b7bc2f4a", "ErrorCode": 0, "Message": "OK"}),
    "mailgun": Says.json({"id": "<x@anar.example>", "message": "Queued. Thank you."}),
}
BOTH = pytest.mark.parametrize("access", [POSTMARK, MAILGUN], ids=lambda access: access.secrets["sends_with"])


@pytest.fixture
def provider(scripted: Scripted, settings: Any) -> Scripted:
    settings.POSTMARK_API_BASE = settings.MAILGUN_API_BASE = scripted.url
    return scripted


def outgoing(**more: Any) -> Outgoing:
    return Outgoing("direct", "معذرت خواہ ہیں.", to=SARA, key="7-1", **more)


def carry(access: Access) -> None:
    """Hand over one finished mail, without the mailbox around it."""
    EspCarrier(box_of(access), Patience(0.6, 1.2), "7-1").carry(mail(1), sender=ADDRESS, recipient=SARA)


def test_postmark_is_given_the_whole_letter_under_our_name(server: MailServer, provider: Scripted) -> None:
    server.inbox(mail(1))
    item = NETWORK.read(NETWORK.fetch(POSTMARK, {}).items[0].payload, account_id=ADDRESS)
    provider.says(TAKEN["postmark"])
    receipt = NETWORK.send(POSTMARK, outgoing(in_reply_to=item.external_id, thread_key=item.thread_key, media=(attachment(),)))
    [asked] = provider.asked
    body = asked.json()
    assert (asked.method, asked.path, asked.headers["x-postmark-server-token"]) == ("POST", "/email", "key-1")
    fields = {row["Name"].lower(): row["Value"] for row in body["Headers"]}
    assert fields["message-id"] == receipt.external_id
    assert fields["in-reply-to"] == fields["references"] == "<m1@people.example>"
    assert fields["x-pm-keepid"] == "true"
    assert (body["From"], body["To"], body["Subject"]) == (f"Anar Help <{ADDRESS}>", SARA, "Re: Parcel 1")
    assert body["TextBody"] == "معذرت خواہ ہیں.\n"
    assert '<p dir="rtl">' in body["HtmlBody"]
    assert [(one["ContentType"], base64.b64decode(one["Content"])) for one in body["Attachments"]] == [
        (attachment().mime, attachment().content)
    ]
    assert body["Metadata"]["rabta"] == receipt.external_id[1:-1].rpartition("@")[0]
    assert body["Metadata"]["rabta_key"] == "7-1"
    assert all(len(value) <= 80 for value in body["Metadata"].values())
    # The mailbox's own server for sending was not troubled; its folder holds the copy.
    assert not [step for step in server.commands if step.startswith("smtp")]
    assert len(server.boxes.kept[(ADDRESS, "Sent")]) == 1


def test_mailgun_is_given_the_same(server: MailServer, provider: Scripted) -> None:
    provider.says(TAKEN["mailgun"])
    receipt = NETWORK.send(MAILGUN, outgoing())
    [asked] = provider.asked
    assert (asked.method, asked.path) == ("POST", "/v3/anar.example/messages")
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"api:key-1").decode()
    said = asked.body.decode()
    assert quote_plus(receipt.external_id) in said
    assert quote_plus('"rabta_key": "7-1"') in said or "rabta_key" in said


@BOTH
def test_hanging_up_or_saying_nothing_is_doubt_and_asked_once(provider: Scripted, access: Access) -> None:
    for says in (Says(hang=True), Says(drop=True), Says(200, b"{", cut=100), Says.html(200), Says.html(502), Says.json({}, 500)):
        provider.says(says)
        with pytest.raises(OutcomeUnknown):
            carry(access)
        assert len(provider.asked) == 1


@BOTH
@pytest.mark.parametrize(
    ("says", "error"),
    [
        (Says.json({"ErrorCode": 300, "Message": "Invalid 'From' address.", "message": "'from' is not valid"}, 422), Rejected),
        (Says.json({"ErrorCode": 10, "Message": "No such server", "message": "Forbidden"}, 401), Unauthorized),
        (Says.json({"message": "slow down", "Message": "slow down"}, 429, Retry_After="90"), TryLater),
        (Says.html(404), OutcomeUnknown),
    ],
)
def test_a_clear_no_is_proof_in_words(provider: Scripted, access: Access, says: Says, error: type[NetworkError]) -> None:
    provider.says(says)
    with pytest.raises(error) as caught:
        carry(access)
    if error is Rejected:
        assert "address" in str(caught.value.reason) or "not valid" in str(caught.value.reason)
    if isinstance(caught.value, TryLater):
        assert caught.value.seconds == 90
    assert len(provider.asked) == 1


def test_an_address_that_the_provider_has_locked_is_refused(provider: Scripted) -> None:
    words = "You tried to send to a recipient that has been marked as inactive.\nFound inactive addresses: sara@people.example.\n"
    words += "Inactive recipients are ones that have generated a hard bounce."
    provider.says(Says.json({"ErrorCode": 406, "Message": words}, 422))
    with pytest.raises(Rejected) as caught:
        carry(POSTMARK)
    assert "marked as inactive" in str(caught.value.reason)


@BOTH
def test_nobody_listening_is_try_later_and_a_private_place_is_never_asked(settings: Any, monkeypatch: Any, access: Access) -> None:
    settings.POSTMARK_API_BASE = settings.MAILGUN_API_BASE = closed_address()
    with pytest.raises(TryLater):
        carry(access)
    settings.POSTMARK_API_BASE = settings.MAILGUN_API_BASE = ""
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_named: [(2, 1, 6, "", ("169.254.169.254", 443))])
    with pytest.raises(TryLater):
        carry(access)


@BOTH
def test_the_key_is_tried_when_the_mailbox_is_connected(server: MailServer, provider: Scripted, access: Access) -> None:
    provider.says(Says.json({"ID": 1}))
    assert NETWORK.identify(access).external_id == ADDRESS
    assert provider.asked[0].path in ("/server", "/v3/domains/anar.example")
    provider.says(Says.json({"Message": "no"}, 401))
    with pytest.raises(Unauthorized):
        NETWORK.identify(access)


def test_a_provider_without_a_key_is_refused_at_its_field() -> None:
    with pytest.raises(Rejected) as caught:
        box_of(Access(ADDRESS, {**SECRETS, "api_key": "", "sends_with": "postmark"}))
    assert caught.value.field == "api_key"


# --- what is told later -----------------------------------------------------------------------------------------------
@cache
def name_of() -> tuple[str, dict[str, str]]:
    name = our_message_id(outgoing(thread_key="t" + "0" * 24), "anar.example")
    return name, {"rabta": name[1:-1].rpartition("@")[0], "rabta_key": "7-1"}


def postmark(document: dict[str, Any], auth: str = BASIC) -> Hook:
    given = {"content-type": "application/json", "authorization": "Basic " + base64.b64encode(auth.encode()).decode()}
    return Hook(given, json.dumps({"Metadata": name_of()[1], **document}).encode())


def mailgun(event: dict[str, Any], key: str = SIGNING) -> Hook:
    token, stamp = "a" * 50, "1793620800"
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    signed = {"token": token, "timestamp": stamp, "signature": signature}
    data = {"timestamp": 1793620800.5, "recipient": SARA, "user-variables": name_of()[1], **event}
    return Hook({"content-type": "application/json"}, json.dumps({"signature": signed, "event-data": data}).encode())


DELIVERED = [
    (POSTMARK, postmark({"RecordType": "Delivery", "Recipient": SARA, "DeliveredAt": "2026-11-02T12:00:00Z"})),
    (MAILGUN, mailgun({"event": "delivered"})),
]
LOST = [
    (POSTMARK, postmark({"RecordType": "Bounce", "Type": "HardBounce", "Email": SARA, "Details": "smtp;550 5.1.1 unknown user"})),
    (MAILGUN, mailgun({"event": "failed", "severity": "permanent", "delivery-status": {"message": "5.1.1 no such user"}})),
]
UNWANTED = [
    (POSTMARK, postmark({"RecordType": "SpamComplaint", "Type": "SpamComplaint", "Email": SARA})),
    (MAILGUN, mailgun({"event": "complained"})),
]


@pytest.mark.parametrize(("access", "hook"), DELIVERED)
def test_delivered_is_said_of_our_mail(access: Access, hook: Hook) -> None:
    [fate] = NETWORK.unpack(access, hook).fates
    assert (fate.external_id, fate.key, fate.reached, str(fate.reason)) == (name_of()[0], "7-1", "delivered", "")


@pytest.mark.parametrize(("access", "hook"), LOST)
def test_what_came_back_is_said_in_our_words(access: Access, hook: Hook) -> None:
    [fate] = NETWORK.unpack(access, hook).fates
    assert (fate.external_id, fate.code) == (name_of()[0], "bounced_hard")
    assert str(fate.reason) == "It came back: There is no mailbox of this name. (5.1.1)"


def test_what_is_only_late_is_not_lost() -> None:
    assert NETWORK.unpack(POSTMARK, postmark({"RecordType": "Bounce", "Type": "Transient", "Email": SARA})).fates == ()
    assert NETWORK.unpack(MAILGUN, mailgun({"event": "failed", "severity": "temporary"})).fates == ()


@pytest.mark.parametrize(("access", "hook"), UNWANTED)
def test_a_complaint_stands_in_the_persons_conversation(access: Access, hook: Hook) -> None:
    [envelope] = NETWORK.unpack(access, hook).items
    item = NETWORK.read(json.loads(json.dumps(envelope.payload)), account_id=ADDRESS)
    assert item.author is not None
    assert (item.external_id, item.author.external_id, item.thread_key) == (envelope.external_id, SARA, "t" + "0" * 24)
    assert (item.program, item.asks) == ("notice", False)
    assert "unwanted" in item.text


def test_only_the_provider_is_believed() -> None:
    smtp = Access(ADDRESS, {**SECRETS, "webhook_secret": BASIC})
    bare = Access(ADDRESS, {name: value for name, value in POSTMARK.secrets.items() if name != "webhook_secret"})
    hook = DELIVERED[0][1]
    for access, call in (
        (POSTMARK, postmark({"RecordType": "Delivery"}, auth="hooks:another")),
        (POSTMARK, Hook({"content-type": "application/json"}, hook.body)),
        (MAILGUN, mailgun({"event": "delivered"}, key="another")),
        (MAILGUN, Hook({"content-type": "application/json"}, b"{}")),
        (MAILGUN, Hook({"content-type": "text/plain"}, b"\xff")),
        (MAILGUN, Hook({"content-type": "application/json"}, b'{"signature": 5}')),
        (smtp, hook),
        (bare, hook),
    ):
        with pytest.raises(Forged):
            NETWORK.unpack(access, call)


def test_mail_that_is_not_ours_and_calls_of_no_known_form_change_nothing() -> None:
    for given in ({}, {"rabta": "rabta.1.2.3"}, {"rabta": name_of()[1]["rabta"][:-1] + "x"}, {"rabta": ["x"]}):
        page = NETWORK.unpack(POSTMARK, postmark({"RecordType": "Delivery", "Metadata": given}))
        assert (page.fates, page.items) == ((), ())
    for body in (b"[]", b"{", b'"x"', b'{"RecordType": 5, "Metadata": 7}', b'{"RecordType": "Delivery", "DeliveredAt": 7}'):
        hook = Hook(dict(DELIVERED[0][1].headers), body)
        try:
            assert NETWORK.unpack(POSTMARK, hook).fates == ()
        except Malformed:
            continue


@pytest.mark.parametrize("payload", [{"complaint": "x"}, {"complaint": 5, "recipient": SARA}, {"complaint": None, "received": "x"}])
def test_a_complaint_about_nothing_of_ours_is_set_aside(payload: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        NETWORK.read(payload, account_id=ADDRESS)
