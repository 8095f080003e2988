"""Who sees an answer, what stands in front of it, and what reading back proves."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from core.clock import now
from social.networks._mastodon_send import idempotency_key
from social.networks._mastodon_text import addressed, length, same_words
from social.networks.errors import Rejected, TryLater
from social.networks.mastodon import Mastodon
from social.networks.values import Access, Outgoing
from tests.social.networks.mastodon.shapes import INSTANCE, account, listing, own, status
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = Mastodon(read_seconds=0.6, total_seconds=3.0)
ACCESS = Access(f"brand@{INSTANCE}", {"instance": INSTANCE, "access_token": "secret-access-token"})
REPLY = Outgoing("reply", "We are sorry.", in_reply_to="1001", key="7-42")
DIRECT = Outgoing("direct", "Your number, please.", in_reply_to="1001", to="sara@chaos.example", thread_key="direct-900")


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.MASTODON_API_BASE = scripted.url


def posted(scripted: Scripted, outgoing: Outgoing, **parent: Any) -> tuple[dict[str, str], Asked]:
    """What was sent when the post answered looks like `parent`."""
    scripted.says(lambda asked: Says.json(status(1070 if asked.method == "POST" else 1001, **parent)))
    NETWORK.send(ACCESS, outgoing)
    request = next(asked for asked in scripted.asked if asked.method == "POST")
    return dict(parse_qsl(request.body.decode())), request


@pytest.mark.parametrize(
    ("seen_by", "answered"),
    [
        ("public", "public"),
        ("unlisted", "unlisted"),
        ("private", "direct"),
        ("direct", "direct"),
        ("local", "direct"),
        (None, "direct"),
    ],
)
def test_an_answer_is_never_more_public_than_what_it_answers(scripted: Scripted, seen_by: Any, answered: str) -> None:
    form, _request = posted(scripted, REPLY, visibility=seen_by)
    assert form["visibility"] == answered
    assert form["in_reply_to_id"] == "1001"


def test_the_author_is_named_once(scripted: Scripted) -> None:
    form, _request = posted(scripted, REPLY, account=account("ali@far.example"))
    assert form["status"] == "@ali@far.example We are sorry."
    assert addressed("Dear @Ali, sorry", "ali") == "Dear @Ali, sorry"
    assert addressed("Dear @alison, sorry", "ali") == "@ali Dear @alison, sorry"
    assert addressed("Dear @ali.b, sorry", "ali") == "@ali Dear @ali.b, sorry"


def test_a_direct_message_is_direct_whatever_stands_above_it(scripted: Scripted) -> None:
    form, _request = posted(scripted, DIRECT, visibility="public")
    assert (form["visibility"], form["in_reply_to_id"]) == ("direct", "1001")
    assert form["status"] == "@sara@chaos.example Your number, please."
    assert len(scripted.asked) == 1
    form, _request = posted(scripted, replace(DIRECT, in_reply_to="", to=f"ali@{INSTANCE}"))
    assert (form["status"], form["in_reply_to_id"]) == ("@ali Your number, please.", "900")


def test_each_try_of_one_sending_carries_the_same_key(scripted: Scripted) -> None:
    _form, first = posted(scripted, REPLY)
    _form, second = posted(scripted, REPLY)
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == idempotency_key(REPLY)
    assert idempotency_key(replace(REPLY, key="7-43")) != idempotency_key(REPLY)
    assert "key" not in REPLY.as_json()


def test_asking_about_the_post_answered_is_not_sending(scripted: Scripted) -> None:
    for trouble in (Says(500, b"{}"), Says(drop=True), Says.html(200), Says.json({"error": "x"}, 429)):
        scripted.says(trouble)
        with pytest.raises(TryLater):
            NETWORK.send(ACCESS, REPLY)
        assert [asked.method for asked in scripted.asked] == ["GET"]
    scripted.says(Says.json({"error": "Record not found"}, 404))
    with pytest.raises(Rejected) as caught:
        NETWORK.send(ACCESS, REPLY)
    assert caught.value.code == "parent_gone"


def test_a_match_that_forgot_what_it_answered_is_doubt(scripted: Scripted) -> None:
    rows = [own(5, REPLY.text, now())]
    scripted.says(lambda asked: Says.json(account("brand", 1)) if "verify" in asked.path else listing(rows))
    found = NETWORK.find_sent(ACCESS, REPLY, since=now() - timedelta(minutes=5))
    assert (found.receipts, found.complete) == ((), False)


def test_a_public_post_is_no_proof_of_a_direct_one(scripted: Scripted) -> None:
    rows = [
        own(6, DIRECT.text, now(), in_reply_to_id="1001"),
        own(5, DIRECT.text, now(), in_reply_to_id="1001", visibility="direct"),
    ]
    scripted.says(lambda asked: Says.json(account("brand", 1)) if "verify" in asked.path else listing(rows))
    found = NETWORK.find_sent(ACCESS, DIRECT, since=now() - timedelta(minutes=5))
    assert [receipt.external_id for receipt in found.receipts] == ["5"]


def test_our_words_are_known_again() -> None:
    link = '<a href="https://e.example/a">https://e.example/a</a>'
    shown = f'<p><a class="mention" href="#">@<span>sara</span></a> see {link}<br>ok &lt;3</p>'
    assert same_words(ours="@sara@chaos.example see https://e.example/a\nok <3", theirs=shown)
    assert not same_words(ours="see https://e.example/b\nok <3", theirs=shown)


def test_a_link_counts_twenty_three() -> None:
    assert length("see https://example.com/" + "a" * 100) == 4 + 23
    assert NETWORK.refusal(Outgoing("direct", "hello"))


def test_only_what_is_said_to_be_missing_is_gone(scripted: Scripted) -> None:
    def answer(asked: Asked) -> Says:
        if asked.path == "/api/v1/statuses":
            return Says.json([status(1)])
        number = asked.path.rsplit("/", 1)[1]
        return {
            "2": Says.json({"error": "Record not found"}, 404),
            "3": Says.json(status(3)),
            "4": Says(500, b"{}"),
            "5": Says.html(404),
        }[number]

    scripted.says(answer)
    seen = NETWORK.recheck(ACCESS, ["1", "1~60", "2", "2~30", "3", "4", "5"])
    assert seen.present == {"1", "1~60", "3"}
    assert seen.gone == {"2", "2~30"}


def test_an_old_instance_is_asked_one_by_one(scripted: Scripted) -> None:
    missing = Says.json({"error": "Record not found"}, 404)
    scripted.says(lambda asked: Says.json(status(1)) if asked.path.endswith("/1") else missing)
    seen = NETWORK.recheck(ACCESS, ["1", "2"])
    assert (seen.present, seen.gone) == ({"1"}, {"2"})
