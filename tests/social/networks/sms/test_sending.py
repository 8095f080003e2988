"""What leaves as SMS: where it goes, what a refusal means, what became of it, and how long it is."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from core.clock import now
from social.networks._sms_send import REASONS
from social.networks._sms_text import GSM, GSM_ESCAPED, parts, same, units
from social.networks.errors import OutcomeUnknown, Rejected, Unauthorized
from social.networks.sms import Sms
from social.networks.values import Outgoing
from tests.social.networks.servers import Asked, Says, Scripted
from tests.social.networks.sms.shapes import ALI, HOOK, LISTS, NUMBER, access, listed, ours, refusal, sid

NETWORK = Sms(read_seconds=1.0, total_seconds=4.0)
DIRECT = Outgoing("direct", "We look.", to=ALI, thread_key=ALI, key="5-77")
SERVICE = f"MG{5:032x}"


@pytest.fixture(autouse=True)
def led(scripted: Scripted, settings: Any) -> None:
    settings.TWILIO_API_BASE = scripted.url


def fields(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}


def test_a_text_goes_from_the_number_and_says_where_to_tell_of_it(scripted: Scripted) -> None:
    scripted.says(Says.json(ours(70, "We look.", status="queued", date_sent=None), 201))
    receipt = NETWORK.send(access(hook_url=HOOK), DIRECT)
    (asked,) = scripted.asked
    assert (asked.method, asked.path) == ("POST", f"{LISTS}/Messages.json")
    assert fields(asked) == {"To": ALI, "From": NUMBER, "Body": "We look.", "StatusCallback": f"{HOOK}?key=5-77"}
    assert receipt.external_id == sid("SM", 70)
    assert receipt.occurred_at is not None


def test_without_an_address_to_call_none_is_given(scripted: Scripted) -> None:
    scripted.says(Says.json(ours(70, "We look."), 201))
    NETWORK.send(access(), DIRECT)
    assert "StatusCallback" not in fields(scripted.asked[0])


def test_a_service_chooses_the_number(scripted: Scripted) -> None:
    scripted.says(Says.json(ours(70, "We look."), 201))
    NETWORK.send(access(SERVICE), DIRECT)
    assert fields(scripted.asked[0]) == {"To": ALI, "MessagingServiceSid": SERVICE, "Body": "We look."}


@pytest.mark.parametrize("code", sorted(REASONS))
def test_a_refusal_is_told_in_words(scripted: Scripted, code: int) -> None:
    scripted.says(refusal(400, code, "Twilio's own words"))
    with pytest.raises(Rejected) as caught:
        NETWORK.send(access(), DIRECT)
    assert caught.value.code == REASONS[code][0]
    assert "Twilio's own words" not in str(caught.value.reason)


def test_an_unknown_refusal_is_told_as_it_came(scripted: Scripted) -> None:
    scripted.says(refusal(400, 29999, "Something of a later version"))
    with pytest.raises(Rejected) as caught:
        NETWORK.send(access(), DIRECT)
    assert "Something of a later version" in str(caught.value.reason)


def test_refused_keys_sent_nothing(scripted: Scripted) -> None:
    scripted.says(refusal(401, 20003, "Authenticate"))
    with pytest.raises(Unauthorized):
        NETWORK.send(access(), DIRECT)


@pytest.mark.parametrize("status", [409, 413, 418, 502])
def test_other_refusals_are_doubt(scripted: Scripted, status: int) -> None:
    scripted.says(refusal(status, 20001, "Something"))
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(access(), DIRECT)


def test_a_taken_message_without_an_id_is_doubt(scripted: Scripted) -> None:
    scripted.says(Says.json({**ours(70, "We look."), "sid": "x"}, 201))
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(access(), DIRECT)


@pytest.mark.parametrize("to", ["", "somebody@example.com", "+1", "anonymous", "+266696687", "client:anna"])
def test_nobody_without_a_number_is_written_to(scripted: Scripted, to: str) -> None:
    outgoing = Outgoing("direct", "Hello", to=to, thread_key=to)
    assert NETWORK.refusal(outgoing)
    with pytest.raises(Rejected):
        NETWORK.send(access(), outgoing)
    assert scripted.asked == []


# --- found again ----------------------------------------------------------------------------------------------------
def find(scripted: Scripted, *pages: Says) -> tuple[list[str], bool]:
    scripted.says(*pages)
    found = NETWORK.find_sent(access(), DIRECT, since=now() - timedelta(minutes=5))
    return [receipt.external_id for receipt in found.receipts], found.complete


def test_what_still_waits_at_twilio_is_found(scripted: Scripted) -> None:
    assert find(scripted, listed("messages", [ours(7, "We look.", status="queued", date_sent=None)])) == ([sid("SM", 7)], True)
    assert scripted.asked[0].query == {"To": ALI, "From": NUMBER, "PageSize": "50"}


def test_a_list_without_end_proves_nothing(scripted: Scripted) -> None:
    page = listed("messages", [ours(9, "else")], following="PAx")
    assert find(scripted, page) == ([], False)
    assert len(scripted.asked) == 3


def test_older_ones_end_the_search(scripted: Scripted) -> None:
    old = ours(3, "We look.", moment=now() - timedelta(hours=1))
    assert find(scripted, listed("messages", [ours(9, "We look."), old], following="PAx"))[1] is False
    assert find(scripted, listed("messages", [old], following="PAx")) == ([], True)


def test_a_row_that_cannot_be_read_leaves_doubt(scripted: Scripted) -> None:
    assert find(scripted, listed("messages", [None]))[1] is False


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("“Yes” – it’s here…", '"Yes" - it\'s here...'),
        ("two  words\n", "two words"),
        ("Hello", "Sent from your Twilio trial account - Hello"),
    ],
)
def test_what_the_way_changed_is_known_again(sent: str, shown: str) -> None:
    assert same(sent, shown)
    assert not same(sent + "!", shown)


# --- length ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ک" * 70, 1),
        ("ک" * 71, 2),
        ("ک" * 134, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("x" * 159 + "’", 3),
    ],
)
def test_texts_travel_in_parts(text: str, number: int) -> None:
    assert parts(text) == number


def test_the_plain_alphabet_has_its_letters() -> None:
    assert (len(GSM), len(set(GSM)), len(GSM_ESCAPED)) == (127, 127, 10)


@pytest.mark.parametrize(("text", "length"), [("abc", 3), ("کہاں", 4), ("😀", 2), ("", 0)])
def test_length_is_counted_in_utf_16(text: str, length: int) -> None:
    assert units(text) == length == NETWORK.length(text)
