"""What Reddit says in a 200 counts: a refusal is proof, a pause is a pause, the rest is doubt. Reading back finds what was sent."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from core.clock import now
from social.networks.errors import OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.reddit import Reddit
from social.networks.values import Access, Outgoing
from tests.social.networks.reddit.shapes import BRAND, SECRETS, comment, errors, listing, made, message, own, post
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = Reddit(read_seconds=10.0, total_seconds=30.0)
ACCESS = Access(BRAND, SECRETS, "Meridian_Help")
REPLY = Outgoing("reply", "On our way & soon: 5 < 6", in_reply_to="t1_abc123", thread_key="t3_1q0xyz")
DIRECT = Outgoing("direct", "Thank you", in_reply_to="t4_bbb2", to="ali_k", thread_key="t4_aaa1")


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.REDDIT_API_BASE = scripted.url


def asked_of(asked: Asked) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}


@pytest.mark.parametrize(
    ("outgoing", "target", "answer"),
    [
        (REPLY, "t1_abc123", comment(70)),
        (Outgoing("reply", "Hello", in_reply_to="t3_1q0xyz~60"), "t3_1q0xyz", comment(70)),
        (DIRECT, "t4_bbb2", message(70)),
        (Outgoing("direct", "Hello", to="ali_k", thread_key="t4_aaa1"), "t4_aaa1", message(70)),
    ],
)
def test_an_answer_stands_below_what_it_answers(
    scripted: Scripted, outgoing: Outgoing, target: str, answer: dict[str, Any]
) -> None:
    scripted.says(made(answer))
    receipt = NETWORK.send(ACCESS, outgoing)
    (asked,) = scripted.asked
    assert (asked.path.rstrip("/"), asked.query["raw_json"]) == ("/api/comment", "1")
    assert asked_of(asked) == {"api_type": "json", "thing_id": target, "text": outgoing.text}
    assert receipt.external_id == answer["data"]["name"]
    assert receipt.occurred_at is not None


REFUSED = (
    ("THREAD_LOCKED", "locked"),
    ("TOO_OLD", "archived"),
    ("DELETED_COMMENT", "no longer has"),
    ("DELETED_LINK", "no longer has"),
    ("NO_THING_ID", "no longer has"),
    ("USER_BLOCKED", "blocked"),
    ("NOT_WHITELISTED_BY_USER_MESSAGE", "chosen people"),
    ("BANNED_FROM_SUBREDDIT", "may not write"),
    ("SUBREDDIT_OUTBOUND_LINKING_DISALLOWED", "links"),
    ("TOO_LONG", "too long"),
    ("COMMENT_GUIDANCE_VALIDATION_FAILED", "their words"),
)


@pytest.mark.parametrize(("code", "words"), REFUSED)
def test_a_refusal_in_a_200_is_proof_in_clear_words(scripted: Scripted, code: str, words: str) -> None:
    scripted.says(errors([code, "their words", "parent"]))
    with pytest.raises(Rejected) as caught:
        NETWORK.send(ACCESS, REPLY)
    assert caught.value.code == code.lower()
    assert words in str(caught.value.reason)
    assert "{" not in str(caught.value.reason)
    assert len(scripted.asked) == 1


@pytest.mark.usefixtures("awake")
@pytest.mark.parametrize(
    ("says", "least", "most"),
    [
        (errors(["RATELIMIT", "you are doing that too much. try again in 9 minutes.", "ratelimit"]), 541, 600),
        (errors(["RATELIMIT", "Take a break for 53 seconds before trying again.", "ratelimit"]), 53, 60),
        (errors(["RATELIMIT", "try again in 202 milliseconds.", "ratelimit"]), 1, 1),
        (errors(["RATELIMIT", "try again in 9 minutes.", "ratelimit"], ratelimit=512.7), 512, 513),
        (errors(["RATELIMIT", "bitte warten", "ratelimit"]), 60, 60),
        (errors(["RATELIMIT", None, None]), 60, 60),
        (errors(["QUOTA_FILLED", "You've submitted too many links recently. Please try again in an hour.", None]), 60, 60),
    ],
)
def test_a_ratelimit_in_a_200_waits_as_long_as_it_says_and_nobody_sleeps(
    scripted: Scripted, says: Says, least: float, most: float
) -> None:
    """praw would sleep over short ones and post again: twice more."""
    scripted.says(says)
    with pytest.raises(TryLater) as caught:
        NETWORK.send(ACCESS, REPLY)
    assert least <= caught.value.seconds <= most
    assert len(scripted.asked) == 1


def test_a_refused_sign_in_is_named_so(scripted: Scripted) -> None:
    scripted.says(errors(["USER_REQUIRED", "Please log in to do that.", None]))
    with pytest.raises(Unauthorized):
        NETWORK.send(ACCESS, REPLY)
    scripted.says(Says.json({"message": "Forbidden", "error": 403}, 403, www_authenticate='Bearer error="insufficient_scope"'))
    with pytest.raises(Rejected) as caught:
        NETWORK.send(ACCESS, REPLY)
    assert caught.value.code == "scope"


def test_a_plain_403_is_a_locked_thread(scripted: Scripted) -> None:
    scripted.says(Says.json({"message": "Forbidden", "error": 403}, 403))
    with pytest.raises(Rejected) as caught:
        NETWORK.send(ACCESS, REPLY)
    assert caught.value.code == "forbidden"


@pytest.mark.parametrize(
    "says",
    [
        errors(["SOMETHING_NEW", "nobody has documented it", None]),
        errors(["SOMETHING_IS_BROKEN", "something is broken", None]),
        Says.json({"json": {"errors": "none"}}),
        Says.json({"json": {"errors": [None, [], [7], "x"]}}),
        Says.json({"json": {"errors": [], "data": {"things": []}}}),
        Says.json({"json": {"errors": None, "data": {"things": [{"kind": "t1", "data": {"name": "x y"}}]}}}),
        Says.json({"json": {"errors": []}}),
        Says.json({"success": True}),
        Says.json({"message": "Not Found", "error": 404}, 404),
        Says.json({"message": "Bad Request", "error": 400}, 400),
    ],
)
def test_everything_else_is_doubt(scripted: Scripted, says: Says) -> None:
    scripted.says(says)
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(ACCESS, REPLY)
    assert len(scripted.asked) == 1


def test_what_was_sent_is_found_by_its_place_and_words(scripted: Scripted) -> None:
    moment = now()
    rows = [
        own(5, REPLY.text, moment, parent_id="t1_another"),
        own(4, REPLY.text.replace(" & ", "  &\n"), moment, parent_id="t1_abc123"),
        own(3, "On our way", moment, parent_id="t1_abc123"),
        own(2, REPLY.text, moment - timedelta(hours=1), parent_id="t1_abc123"),
    ]
    scripted.says(listing(rows, after="t1_zz"))
    found = NETWORK.find_sent(ACCESS, REPLY, since=moment - timedelta(minutes=5))
    assert [receipt.external_id for receipt in found.receipts] == [rows[1]["data"]["name"]]
    assert found.complete
    assert scripted.asked[0].path.rstrip("/") == "/user/Meridian_Help/comments"


def test_reddits_whole_seconds_hide_nothing_that_was_written_right_after(scripted: Scripted) -> None:
    since = now().replace(microsecond=900_000)
    row = own(1, REPLY.text, since.replace(microsecond=950_000), parent_id="t1_abc123")
    assert row["data"]["created_utc"] < since.timestamp()
    scripted.says(listing([row]))
    assert len(NETWORK.find_sent(ACCESS, REPLY, since=since).receipts) == 1


def test_a_sent_message_is_found_in_its_talk(scripted: Scripted) -> None:
    moment = now()
    when = float(int(moment.timestamp()))
    ours: dict[str, Any] = {"author": "Meridian_Help", "dest": "Ali_K", "body": "Thank you", "created_utc": when}
    rows = [
        message(3, **ours, first_message_name="t4_other", parent_id="t4_other"),
        message(2, **ours, first_message_name="t4_aaa1", parent_id="t4_bbb2"),
    ]
    scripted.says(listing(rows))
    found = NETWORK.find_sent(ACCESS, DIRECT, since=moment - timedelta(minutes=5))
    assert [receipt.external_id for receipt in found.receipts] == [rows[1]["data"]["name"]]
    assert scripted.asked[0].path.rstrip("/") == "/message/sent"


def test_a_list_that_is_cut_short_or_odd_proves_no_absence(scripted: Scripted) -> None:
    moment = now()
    since = moment - timedelta(minutes=5)
    scripted.says(listing([own(1, "other", moment, created_utc="soon")]))
    assert not NETWORK.find_sent(ACCESS, REPLY, since=since).complete
    scripted.says(listing([own(1, "other", moment)], after="t1_same"))
    assert not NETWORK.find_sent(ACCESS, REPLY, since=since).complete
    assert len(scripted.asked) == 2


def test_only_the_empty_place_says_that_something_is_gone(scripted: Scripted) -> None:
    shown = [
        comment(1),
        comment(2, author="[deleted]", body="[deleted]"),
        comment(3, author="[deleted]", body="[removed]"),
        comment(4, author="[deleted]"),
        post(5, removed_by_category="moderator"),
        post(6, author="[deleted]", selftext="[deleted]"),
        post(7),
        {"kind": "t1", "data": None},
    ]
    names = [row["data"]["name"] for row in shown[:7]]
    scripted.says(listing(shown))
    seen = NETWORK.recheck(ACCESS, [*names, f"{names[1]}~60", "t1_notshown", "t4_private", "nonsense"])
    assert seen.gone == {names[1], f"{names[1]}~60", names[2], names[4], names[5]}
    assert seen.present == {names[0], names[3], names[6]}
    (asked,) = scripted.asked
    assert set(asked.query["id"].split(",")) == {*names, "t1_notshown"}
    assert NETWORK.recheck(ACCESS, ["t4_private"]).gone == frozenset()


@pytest.mark.parametrize(
    "outgoing",
    [
        Outgoing("post", "Hello"),
        Outgoing("reply", "Hello", in_reply_to="t4_private"),
        Outgoing("reply", "Hello", in_reply_to="1q0xyz"),
        Outgoing("direct", "Hello", to="ali_k", in_reply_to="t1_public"),
        Outgoing("direct", "Hello", to="ali_k"),
    ],
)
def test_what_reddit_cannot_take_is_refused_before_it_is_queued(outgoing: Outgoing) -> None:
    assert NETWORK.refusal(outgoing)
    assert json.dumps(outgoing.as_json())
