"""Where an answer goes, what it means that another stands there, and where reading goes on."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks._google_read import original_of, review_of
from social.networks.errors import OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.google import MAX_BYTES, Google
from social.networks.values import Access, Cursor, Outgoing
from tests.social.networks.google.shapes import (
    LOCATION,
    PLACE,
    REVIEWS,
    answer_id,
    fault,
    listing,
    owners,
    place,
    problem,
    reply,
    review,
    review_id,
    stamp,
)
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = Google(read_seconds=3.0, total_seconds=12.0)
ACCESS = Access(LOCATION, {"access_token": "secret-access-token", "location": PLACE})
REPLY = Outgoing("reply", "We are sorry 😀", in_reply_to=f"{review_id(1001)}~300", thread_key=review_id(1001))
SINCE = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.GOOGLE_API_BASE = scripted.url


@pytest.mark.parametrize("below", [f"{review_id(1001)}~300", review_id(1001), f"{review_id(1001)}.reply-1795176000500~1"])
def test_an_answer_is_put_below_its_review(scripted: Scripted, below: str) -> None:
    moment = now()
    scripted.says(Says.json(reply(REPLY.text, moment)))
    receipt = NETWORK.send(ACCESS, replace(REPLY, in_reply_to=below))
    assert receipt.external_id == answer_id(1001, moment.replace(microsecond=moment.microsecond // 1000 * 1000))
    (asked,) = scripted.asked
    assert (asked.method, asked.path) == ("PUT", f"{REVIEWS}/{review_id(1001)}/reply")
    assert asked.json() == {"comment": "We are sorry 😀"}


REFUSALS = (
    (problem(400), Rejected, "invalid_request"),
    (fault(400, "FAILED_PRECONDITION"), Rejected, "not_verified"),
    (problem(403), Rejected, "forbidden"),
    (problem(404), Rejected, "parent_gone"),
    (problem(401), Unauthorized, "unauthorized"),
    (fault(403, "PERMISSION_DENIED", details=[{"reason": "SERVICE_DISABLED"}]), Rejected, "not_set_up"),
    (fault(403, "PERMISSION_DENIED", details=[{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]), Rejected, "forbidden"),
    (fault(429, "RESOURCE_EXHAUSTED"), OutcomeUnknown, "rate_limited"),
    (fault(400, "SOMETHING_NEW"), OutcomeUnknown, "http_400"),
    (fault(500, "INVALID_ARGUMENT"), OutcomeUnknown, "http_500"),
    (Says.json({"comment": "no time"}), OutcomeUnknown, "http_200"),
)


@pytest.mark.parametrize(("says", "kind", "code"), REFUSALS, ids=[f"{n}-{code}" for n, (_s, _k, code) in enumerate(REFUSALS)])
def test_refusals_mean_what_the_documents_say(scripted: Scripted, says: Says, kind: type[Exception], code: str) -> None:
    scripted.says(says)
    with pytest.raises(kind) as caught:
        NETWORK.send(ACCESS, REPLY)
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert len(scripted.asked) == 1


def test_bytes_are_counted() -> None:
    assert NETWORK.refusal(replace(REPLY, text="س" * (MAX_BYTES // 2))) is None
    assert NETWORK.refusal(replace(REPLY, text="س" * (MAX_BYTES // 2) + "x"))
    assert NETWORK.refusal(replace(REPLY, text="😀" * (MAX_BYTES // 4 + 1)))
    assert NETWORK.refusal(replace(REPLY, kind="direct", to="x"))
    assert NETWORK.refusal(Outgoing("post", "news"))


def test_what_stands_there_decides(scripted: Scripted) -> None:
    """Ours, none, an older one, and a younger one of somebody else's, which must not be overwritten by itself."""
    old, young = now() - timedelta(hours=1), now()
    for stands, receipts, complete in (
        (None, 0, True),
        (("Other words", old), 0, True),
        ((REPLY.text, old), 0, True),
        ((REPLY.text, young), 1, True),
        (("Other words", young), 0, False),
    ):
        scripted.says(Says.json(review(1001, answer=stands)))
        found = NETWORK.find_sent(ACCESS, REPLY, since=now() - SINCE)
        assert (len(found.receipts), found.complete) == (receipts, complete), stands
    scripted.says(problem(404))
    assert NETWORK.find_sent(ACCESS, REPLY, since=now() - SINCE).complete
    scripted.says(Says.json(review(1001) | {"reviewReply": {"comment": REPLY.text}}))
    assert not NETWORK.find_sent(ACCESS, REPLY, since=now() - SINCE).complete


def test_only_404_is_gone(scripted: Scripted) -> None:
    moment = now()

    def answer(asked: Asked) -> Says:
        if asked.path == REVIEWS:
            return listing(review(1, answer=("Yes", moment)))
        return {review_id(2): problem(404), review_id(3): Says.json(review(3))}[asked.path.rsplit("/", 1)[1]]

    scripted.says(answer)
    replaced, stands = f"{review_id(1)}.reply-1", answer_id(1, moment.replace(microsecond=moment.microsecond // 1000 * 1000))
    names = [f"{review_id(1)}~9", replaced, stands, review_id(2), f"{review_id(2)}.reply-5", review_id(3), "no id"]
    seen = NETWORK.recheck(ACCESS, names)
    assert seen.gone == {replaced, review_id(2), f"{review_id(2)}.reply-5"}
    assert seen.present == {f"{review_id(1)}~9", stands, review_id(3)}
    scripted.says(lambda asked: listing() if asked.path == REVIEWS else Says(500))
    with pytest.raises(TryLater):
        NETWORK.recheck(ACCESS, [review_id(2)])


def test_the_questions_are_those_of_the_documents(scripted: Scripted) -> None:
    scripted.says(listing(review(1)))
    NETWORK.fetch(ACCESS, {})
    assert scripted.asked[0].path == REVIEWS
    assert scripted.asked[0].query == {"pageSize": "50", "orderBy": "updateTime desc"}


def test_a_place_without_reviews_is_no_garbled_answer(scripted: Scripted) -> None:
    for empty in ({}, {"totalReviewCount": 0}, {"reviews": []}):
        scripted.says(Says.json(empty))
        assert NETWORK.fetch(ACCESS, {}).items == ()
    scripted.says(Says.json({"hello": "from a proxy"}))
    with pytest.raises(TryLater):
        NETWORK.fetch(ACCESS, {})


def test_a_poll_goes_down_to_what_is_known_and_looks_at_one_page_more(scripted: Scripted) -> None:
    newest = review(9, updateTime=stamp(now()))
    pages = {"": listing(newest, after="b"), "b": listing(review(2), after="c"), "c": listing(review(1))}
    scripted.says(lambda asked: pages[asked.query.get("pageToken", "")])
    cursor: Cursor = {"newest": (now() - timedelta(minutes=1)).isoformat()}
    asked: list[list[str]] = []
    for _poll in range(3):
        scripted.asked.clear()
        more = True
        while more:
            page = NETWORK.fetch(ACCESS, cursor)
            cursor, more = json.loads(json.dumps(page.cursor)), page.more
        asked.append([request.query.get("pageToken", "") for request in scripted.asked])
    assert asked == [["", "b", "b"], ["", "b", "c"], ["", "b", "b"]]


def test_the_right_location_is_asked_or_none(scripted: Scripted) -> None:
    for secrets in ({"access_token": "t"}, {"access_token": "t", "location": "accounts/1/locations/99"}):
        with pytest.raises(Unauthorized) as caught:
            NETWORK.fetch(Access(LOCATION, secrets), {})
        assert caught.value.code == "no_location"


def test_locations_of_several_accounts_come_once(scripted: Scripted) -> None:
    scripted.says(owners(place("7002"), place("7003", town=""), accounts=("accounts/1", "accounts/2", "odd name")))
    found = NETWORK.accounts(Access("", {"access_token": "t"}))
    assert [(profile.external_id, profile.name) for profile in found] == [("7002", "Anar Market, Lahore"), ("7003", "Anar Market")]
    assert all(profile.tokens and profile.tokens.secrets["location"].startswith("accounts/1/") for profile in found)
    scripted.says(owners())
    with pytest.raises(Rejected) as caught:
        NETWORK.accounts(Access("", {"access_token": "t"}))
    assert caught.value.code == "no_location"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("(Translated by Google) Good\n\n(Original)\nاچھا", "اچھا"),
        ("اچھا\n\n(Translated by Google)\nGood", "اچھا"),
        ("(Translated by Google) Good", "(Translated by Google) Good"),
        ("plain (Translated by Google) words", "plain (Translated by Google) words"),
        ("", ""),
    ],
)
def test_the_original_is_what_was_written(given: str, kept: str) -> None:
    assert original_of(given) == kept


@pytest.mark.parametrize("name", ["", "x", "~", ".reply-1", "a b c d e f", "AbFvOq1.reply-x"])
def test_what_is_no_review_is_none(name: str) -> None:
    assert review_of(name) == ""
