"""Twilio's calls: proven over the address and every field, read like the list, and a word on what became of ours."""

from typing import Any
from urllib.parse import urlencode

import pytest

from core.clock import now
from social.networks.errors import Forged
from social.networks.sms import Sms
from social.networks.values import Hook
from tests.social.networks.sms.shapes import ALI, HOOK, NUMBER, access, form, message, sid, signature, signed

NETWORK = Sms()


def test_the_documents_own_example_is_proven() -> None:
    """The example of twilio.com/docs/usage/webhooks/webhooks-security, which the client libraries test themselves with."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    assert signature("https://mycompany.com/myapp.php?foo=1&bar=2", fields, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_message_is_handed_over_as_the_list_has_it() -> None:
    page = NETWORK.unpack(access(), signed(form(7, Body="میرا آرڈر & <angry> 😀")))
    (envelope,) = page.items
    listed = NETWORK.read({"kind": "message", "item": message(7), "seen_at": now().isoformat()}, account_id=NUMBER)
    item = NETWORK.read(envelope.payload, account_id=NUMBER)
    assert (item.external_id, item.thread_key, item.author and item.author.external_id) == (listed.external_id, ALI, ALI)
    assert item.text == "میرا آرڈر & <angry> 😀"
    assert page.answer is not None
    assert page.answer.kind.startswith("text/xml")
    assert "<Response/>" in page.answer.text


def test_pictures_come_along() -> None:
    fields = form(7, NumMedia="1", MediaUrl0="https://api.twilio.com/a/Media/ME1", MediaContentType0="audio/amr")
    (envelope,) = NETWORK.unpack(access(), signed(fields)).items
    assert [(m.kind, m.url) for m in NETWORK.read(envelope.payload, account_id=NUMBER).media] == [
        ("audio", "https://api.twilio.com/a/Media/ME1")
    ]


def broken(**changes: Any) -> Hook:
    good = signed(form(7))
    return Hook(changes.get("headers", good.headers), changes.get("body", good.body), changes.get("url", good.url))


@pytest.mark.parametrize(
    "hook",
    [
        broken(headers={}),
        broken(headers={"x-twilio-signature": ""}),
        broken(headers={"x-twilio-signature": "ü"}),
        broken(url=HOOK.replace("A/", "B/")),
        broken(url=f"{HOOK}?key=5-1"),
        broken(body=urlencode(form(7, Body="changed")).encode()),
        broken(body=urlencode(form(7, Extra="1")).encode()),
        broken(body=b"\xff\xfe"),
        broken(body=b""),
        broken(body=b"&".join(b"a%d=1" % n for n in range(5000))),
        signed(form(7), token="another-accounts-token"),
    ],
)
def test_what_is_not_twilios_own_is_refused(hook: Hook) -> None:
    with pytest.raises(Forged):
        NETWORK.unpack(access(), hook)


def test_without_a_token_nothing_is_believed() -> None:
    with pytest.raises(Forged):
        NETWORK.unpack(access(auth_token=""), signed(form(7), token=""))


def test_a_port_in_the_address_may_be_signed_or_not() -> None:
    for seen in ("https://crm.example:443/hooks/A/", "https://crm.example/hooks/A/"):
        for signs in ("https://crm.example:443/hooks/A/", "https://crm.example/hooks/A/"):
            made = signature(signs, form(7))
            assert NETWORK.unpack(access(), Hook({"x-twilio-signature": made}, urlencode(form(7)).encode(), seen)).items


def test_another_numbers_message_is_nothing_to_us() -> None:
    page = NETWORK.unpack(access(), signed(form(7, To="+15550009999")))
    assert (page.items, page.broken, page.fates) == ((), (), ())
    service = f"MG{5:032x}"
    assert NETWORK.unpack(access(service), signed(form(7, To="+15550009999", MessagingServiceSid=service))).items


def test_a_message_without_an_id_is_set_aside() -> None:
    page = NETWORK.unpack(access(), signed(form(7, MessageSid="x")))
    assert (page.items, len(page.broken)) == ((), 1)


# --- what became of ours --------------------------------------------------------------------------------------------
def status(word: str, **fields: str) -> Hook:
    own = {"MessageSid": sid("SM", 70), "From": NUMBER, "To": ALI, "MessageStatus": word, "SmsStatus": word}
    return signed({**own, **fields}, url=f"{HOOK}?key=5-77")


@pytest.mark.parametrize("word", ["queued", "sending", "sent", "delivered"])
def test_a_message_on_its_way_is_proof(word: str) -> None:
    page = NETWORK.unpack(access(), status(word))
    (fate,) = page.fates
    assert (page.items, fate.external_id, fate.key, fate.reason) == ((), sid("SM", 70), "5-77", "")


@pytest.mark.parametrize(
    ("word", "error", "code"),
    [("undelivered", "30003", "unreachable"), ("undelivered", "30007", "filtered"), ("failed", "30005", "unknown_number"),
     ("failed", "", "code_0"), ("undelivered", "99999", "code_99999"), ("failed", "x" * 50, "code_0")],
)  # fmt: skip
def test_a_lost_message_is_told_in_words(word: str, error: str, code: str) -> None:
    (fate,) = NETWORK.unpack(access(), status(word, ErrorCode=error)).fates
    assert (fate.code, len(str(fate.reason)) > 20) == (code, True)


def test_an_unknown_state_says_nothing() -> None:
    assert NETWORK.unpack(access(), status("pondering")).fates == ()


STOPS = [("STOP", True), (" stop ", True), ("unsubscribe", True), ("start", False), ("Unstop", False)]


@pytest.mark.parametrize(("text", "closed"), STOPS)
def test_who_forbids_us_to_write_is_known(text: str, closed: bool) -> None:
    (envelope,) = NETWORK.unpack(access(), signed(form(7, Body=text))).items
    author = NETWORK.read(envelope.payload, account_id=NUMBER).author
    assert author is not None
    assert author.profile["opted_out"] is closed


def test_a_word_of_the_service_counts_as_well() -> None:
    (envelope,) = NETWORK.unpack(access(), signed(form(7, Body="بس", OptOutType="STOP"))).items
    author = NETWORK.read(envelope.payload, account_id=NUMBER).author
    assert author is not None
    assert author.profile == {"opted_out": True, "location": "LAHORE, PK"}
    (envelope,) = NETWORK.unpack(access(), signed(form(7, Body="please stop calling"))).items
    author = NETWORK.read(envelope.payload, account_id=NUMBER).author
    assert author is not None
    assert "opted_out" not in author.profile
