"""What a bot says: where it goes, and what each refusal means."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.telegram import Telegram
from social.networks.values import Outgoing
from tests.social.networks.contract import closed_address
from tests.social.networks.servers import Asked, Scripted
from tests.social.networks.telegram.shapes import SARA, SQUARE, WRITTEN, access, refusal, sent

NETWORK = Telegram(read_seconds=1.0, total_seconds=4.0)
GROUP = str(SQUARE["id"])
REPLY = Outgoing("reply", "We look.", in_reply_to=f"{GROUP}_41", thread_key=GROUP)
DIRECT = Outgoing("direct", "We look.", in_reply_to="5123456789_41", to="5123456789", thread_key="5123456789")


@pytest.fixture(autouse=True)
def led(scripted: Scripted, settings: Any) -> None:
    settings.TELEGRAM_API_BASE = scripted.url


def fields(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}


def test_a_public_answer_stands_under_what_it_answers(scripted: Scripted) -> None:
    scripted.says(sent(70))
    receipt = NETWORK.send(access(), REPLY)
    asked = fields(scripted.asked[0])
    assert (asked["chat_id"], asked["text"]) == (GROUP, "We look.")
    assert json.loads(asked["reply_parameters"]) == {"message_id": 41}
    assert not {"message_thread_id", "parse_mode"} & asked.keys()
    assert (receipt.external_id, receipt.url) == (f"{GROUP}_70", "https://t.me/anarcustomers/70")
    assert receipt.occurred_at is not None
    assert receipt.occurred_at.timestamp() == WRITTEN


def test_an_answer_in_a_topic_names_it(scripted: Scripted) -> None:
    scripted.says(sent(70))
    NETWORK.send(access(), Outgoing("reply", "We look.", in_reply_to=f"{GROUP}_41", thread_key=f"{GROUP}_t12"))
    assert fields(scripted.asked[0])["message_thread_id"] == "12"


def test_a_private_answer_goes_to_its_chat_alone(scripted: Scripted) -> None:
    scripted.says(sent(70, chat={"id": SARA["id"], "type": "private", "first_name": "Sara"}))
    receipt = NETWORK.send(access(), DIRECT)
    asked = fields(scripted.asked[0])
    assert asked["chat_id"] == "5123456789"
    assert "reply_parameters" not in asked
    assert (receipt.external_id, receipt.url) == ("5123456789_70", "")


def test_a_group_that_moved_is_followed_once(scripted: Scripted) -> None:
    moved = refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1009)
    scripted.says(moved, sent(3, chat={**SQUARE, "id": -1009}))
    receipt = NETWORK.send(access(), Outgoing("reply", "We look.", in_reply_to="-55_41", thread_key="-55"))
    assert receipt.external_id == "-1009_3"
    first, second = (fields(asked) for asked in scripted.asked)
    assert (first["chat_id"], second["chat_id"], second.get("reply_parameters")) == ("-55", "-1009", None)
    scripted.says(moved)
    with pytest.raises(Rejected):
        NETWORK.send(access(), REPLY)
    assert len(scripted.asked) == 2


@pytest.mark.parametrize(
    ("status", "words", "code"),
    [
        (403, "Forbidden: bot was blocked by the user", "blocked"),
        (403, "Forbidden: user is deactivated", "deactivated"),
        (403, "Forbidden: bot can't initiate conversation with a user", "no_conversation"),
        (403, "Forbidden: bot was kicked from the supergroup chat", "kicked"),
        (403, "Forbidden: bot is not a member of the channel chat", "kicked"),
        (400, "Bad Request: chat not found", "no_conversation"),
        (400, "Bad Request: message to be replied not found", "parent_gone"),
        (400, "Bad Request: message thread not found", "topic_gone"),
        (400, "Bad Request: TOPIC_CLOSED", "topic_closed"),
        (400, "Bad Request: message is too long", "too_long"),
        (400, "Bad Request: not enough rights to send text messages to the chat", "no_rights"),
        (400, "Bad Request: something of a later version", "refused"),
    ],
)
def test_a_refusal_is_told_in_words(scripted: Scripted, status: int, words: str, code: str) -> None:
    scripted.says(refusal(status, words))
    with pytest.raises(Rejected) as caught:
        NETWORK.send(access(), DIRECT)
    assert caught.value.code == code
    assert len(str(caught.value.reason)) > 20


def test_a_refused_token_sent_nothing(scripted: Scripted) -> None:
    scripted.says(refusal(401, "Unauthorized"))
    with pytest.raises(Unauthorized):
        NETWORK.send(access(), DIRECT)


@pytest.mark.parametrize("status", [404, 409, 413, 418, 502])
def test_other_refusals_are_doubt(scripted: Scripted, status: int) -> None:
    scripted.says(refusal(status, "Something"))
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(access(), DIRECT)


def test_nobody_listening_is_queued_again(settings: Any) -> None:
    settings.TELEGRAM_API_BASE = closed_address()
    with pytest.raises(TryLater):
        NETWORK.send(access(), DIRECT)


@pytest.mark.parametrize(
    "outgoing",
    [
        Outgoing("post", "News!"),
        Outgoing("direct", "Hello"),
        Outgoing("direct", "Hello", to="somebody", thread_key="somewhere"),
        Outgoing("reply", "Hello", in_reply_to="41", thread_key=GROUP),
    ],
)
def test_a_bot_writes_to_nobody_first(scripted: Scripted, outgoing: Outgoing) -> None:
    scripted.says(sent(1))
    assert NETWORK.refusal(outgoing)
    with pytest.raises(NetworkError):
        NETWORK.send(access(), outgoing)
    assert scripted.asked == []


def test_the_limit_counts_utf_16(scripted: Scripted) -> None:
    def refused(text: str) -> bool:
        return NETWORK.refusal(Outgoing("direct", text, to="1", thread_key="1")) is not None

    assert not refused("x" * 4096)
    assert refused("x" * 4097)
    assert not refused("😀" * 2048)
    assert refused("😀" * 2048 + "x")
