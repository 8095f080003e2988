"""Our address at Twilio: entered by itself, once, and never in the place of somebody else's."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks import _placing
from social.networks.sms import Sms
from social.networks.values import Access, Cursor
from tests.social.networks.servers import Asked, Practice, Says, Scripted

NETWORK = Sms(read_seconds=1.5, total_seconds=6.0)
NUMBER, ACCOUNT, SID = "+15550001111", "AC" + "1" * 32, "PN" + "2" * 32
OURS = "https://rabta.example/hooks/abcdefghijklmnopqrstuv/"


def access(**more: str) -> Access:
    secrets = {"number": NUMBER, "account_sid": ACCOUNT, "auth_token": "0" * 32, **more}
    return Access(NUMBER, secrets, NUMBER, hook_url=OURS)


def twilio(**standing: str) -> Any:
    """Twilio with a number that calls these addresses."""
    row = {"sid": SID, "phone_number": NUMBER, "sms_url": "", "voice_url": "", "status_callback": "", **standing}

    def says(asked: Asked) -> Says:
        if asked.method == "POST":
            return Says.json(row)
        if asked.path.endswith("IncomingPhoneNumbers.json"):
            return Says.json({"incoming_phone_numbers": [row]})
        return Says.json({"messages": [], "calls": []})

    return says


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.TWILIO_API_BASE = scripted.url


def said(cursor: Cursor) -> str:
    return " ".join(str(words) for words in NETWORK.remarks(cursor))


@pytest.mark.parametrize(
    "standing", [{}, {"sms_url": "https://demo.twilio.com/welcome/sms/reply"}, {"sms_url": "https://rabta.example/hooks/an-older-key/"}]
)
def test_the_address_is_entered_once_for_texts_and_calls(scripted: Scripted, standing: dict[str, str]) -> None:
    scripted.says(twilio(**standing))
    page = NETWORK.fetch(access(), {"kept": 1})
    (change,) = [asked for asked in scripted.asked if asked.method == "POST"]
    assert change.path.endswith(f"/IncomingPhoneNumbers/{SID}.json")
    body = change.body.decode()
    assert body.count("rabta.example%2Fhooks%2Fabcdefghijklmnopqrstuv") == 3
    assert (page.items, page.more, page.cursor["kept"]) == ((), True, 1)
    assert "by itself" in said(page.cursor)
    scripted.says(twilio())
    later = NETWORK.fetch(access(), page.cursor)
    assert not [asked for asked in scripted.asked if "IncomingPhoneNumbers" in asked.path]
    assert "by itself" in said(later.cursor)
    # Another address of ours, and a channel connected anew, are entered again.
    scripted.says(twilio())
    NETWORK.fetch(Access(NUMBER, access().secrets, NUMBER, hook_url=OURS.replace("abc", "xyz")), later.cursor)
    NETWORK.fetch(access(), NETWORK.reconnected(later.cursor))
    assert len([asked for asked in scripted.asked if asked.method == "POST"]) == 2


def test_calls_that_another_system_takes_are_left_alone(scripted: Scripted) -> None:
    scripted.says(twilio(voice_url="https://pbx.example/"))
    NETWORK.fetch(access(answers="elsewhere"), {})
    (change,) = [asked for asked in scripted.asked if asked.method == "POST"]
    assert b"VoiceUrl" not in change.body
    assert b"SmsUrl" in change.body


@pytest.mark.parametrize("name", ["sms_url", "voice_url", "status_callback"])
def test_somebody_elses_address_is_never_replaced(scripted: Scripted, name: str) -> None:
    scripted.says(twilio(**{name: "https://other.example/in"}))
    page = NETWORK.fetch(access(), {})
    assert not [asked for asked in scripted.asked if asked.method == "POST"]
    assert "another address" in said(page.cursor)


@pytest.mark.parametrize("says", [Says.html(503), Says.json({"code": 20003, "message": "No", "status": 401}, 401), Says(drop=True)])
def test_what_does_not_work_is_said_and_tried_again_in_an_hour(scripted: Scripted, says: Says, monkeypatch: Any) -> None:
    scripted.says(says)
    page = NETWORK.fetch(access(), {})
    assert page.more
    assert "could not be entered" in said(page.cursor)
    scripted.says(twilio())
    assert _placing.placed(page.cursor, OURS, lambda _mine: pytest.fail("too early")) is None
    moment = now() + timedelta(minutes=61)
    monkeypatch.setattr(_placing, "now", lambda: moment)
    assert "by itself" in said(NETWORK.fetch(access(), page.cursor).cursor)


def test_without_an_address_or_a_number_nothing_is_entered(scripted: Scripted) -> None:
    scripted.says(twilio())
    NETWORK.fetch(Access(NUMBER, access().secrets, NUMBER), {})
    assert not [asked for asked in scripted.asked if "IncomingPhoneNumbers" in asked.path]


def test_on_practice_a_new_number_rings_at_once(practice: Practice) -> None:
    brand = practice.person("anar_line", name="Anar Market", is_brand=True, network="sms")
    number = f"+1555{int(brand['id']) % 10_000_000:07d}"
    token = practice.tokens("anar_line")["access_token"]
    secrets = {"number": number, "account_sid": f"AC{int(brand['id']):032x}", "auth_token": token}
    url = "http://localhost:1/hooks/abcdefghijklmnopqrstuv/"
    page = NETWORK.fetch(Access(number, secrets, number, hook_url=url), {})
    assert "by itself" in said(page.cursor)
    practice.person("ali", network="sms")
    practice.call("POST", "/dms", {"from": "ali", "to": "anar_line", "text": "hello"})
    told = practice.call("GET", "/phone/anar_line/calls")
    assert told["waiting"] or told["made"][0]["url"] == url
