"""Where an answer goes, what it costs, and what reading back and looking again prove."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks import _youtube_units as units
from social.networks._google_wire import next_day
from social.networks.errors import OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.values import Access, Deed, DeedKind, Outgoing
from social.networks.youtube import YouTube
from tests.social.networks.servers import Asked, Says, Scripted
from tests.social.networks.youtube.shapes import (
    CHANNEL,
    comment,
    comment_id,
    comments,
    fault,
    own,
    problem,
    reply,
    reply_id,
    thread,
    threads,
)

NETWORK = YouTube(read_seconds=3.0, total_seconds=12.0)
ACCESS = Access(CHANNEL, {"access_token": "secret-access-token"}, "brand")
REPLY = Outgoing("reply", "We are sorry 😀", in_reply_to=f"{reply_id(7, on=1001)}~300", thread_key=comment_id(1001))
SINCE = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.GOOGLE_API_BASE = scripted.url


def test_an_answer_to_an_answer_stands_below_the_first_comment(scripted: Scripted) -> None:
    scripted.says(Says.json(own(70, REPLY.text, now())))
    receipt = NETWORK.send(ACCESS, REPLY)
    assert (receipt.external_id, receipt.url.endswith(f"&lc={reply_id(70, on=1001)}")) == (reply_id(70, on=1001), True)
    (asked,) = scripted.asked
    assert (asked.method, asked.path, asked.query) == ("POST", "/youtube/v3/comments", {"part": "snippet"})
    assert asked.json() == {"snippet": {"parentId": comment_id(1001), "textOriginal": "We are sorry 😀"}}


REFUSALS = (
    (fault(400, "commentTextTooLong"), Rejected, "too_long"),
    (fault(400, "operationNotSupported"), Rejected, "not_allowed"),
    (fault(400, "parentCommentIsPrivate"), Rejected, "not_allowed"),
    (fault(404, "parentCommentNotFound"), Rejected, "parent_gone"),
    (fault(403, "commentsDisabled"), Rejected, "comments_disabled"),
    (fault(403, "forbidden"), Rejected, "forbidden"),
    (fault(403, "ineligibleAccount"), Rejected, "forbidden"),
    (fault(403, "insufficientPermissions"), Rejected, "forbidden"),
    (fault(403, "quotaExceeded"), TryLater, "quota_exceeded"),
    (fault(403, "rateLimitExceeded"), OutcomeUnknown, "rate_limited"),
    (problem(401), Unauthorized, "unauthorized"),
    # The documents themselves call it a passing error that usually means bad input.
    (fault(400, "processingFailure"), OutcomeUnknown, "http_400"),
    (fault(400, "somethingNew"), OutcomeUnknown, "http_400"),
    (fault(500, "commentTextTooLong"), OutcomeUnknown, "http_500"),
    (Says.json({"kind": "youtube#comment"}), OutcomeUnknown, "http_200"),
)


@pytest.mark.parametrize(("says", "kind", "code"), REFUSALS, ids=[f"{n}-{code}" for n, (_s, _k, code) in enumerate(REFUSALS)])
def test_refusals_mean_what_the_documents_say(scripted: Scripted, says: Says, kind: type[Exception], code: str) -> None:
    scripted.says(says)
    with pytest.raises(kind) as caught:
        NETWORK.send(ACCESS, REPLY)
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert len(scripted.asked) == 1


def test_units_are_counted_and_answers_cost_fifty(scripted: Scripted) -> None:
    scripted.says(threads(thread(1)))
    page = NETWORK.fetch(ACCESS, {})
    meter = page.quota[units.UNITS]
    assert (meter.limit, meter.remaining, meter.resets_at) == (10_000, 10_000 - len(scripted.asked), next_day(now()))
    before = units.left()
    scripted.says(Says.json(own(70, REPLY.text, now())))
    NETWORK.send(ACCESS, REPLY)
    assert before - units.left() == 50


def test_without_units_nothing_leaves_and_readers_leave_some_to_senders(scripted: Scripted) -> None:
    scripted.says(fault(403, "quotaExceeded"))
    with pytest.raises(TryLater) as caught:
        NETWORK.fetch(ACCESS, {})
    assert abs(caught.value.seconds - (next_day(now()) - now()).total_seconds()) < 5
    assert units.left() == 0
    scripted.says(Says.json(own(70, REPLY.text, now())))
    with pytest.raises(TryLater) as caught:
        NETWORK.send(ACCESS, REPLY)
    assert (caught.value.code, scripted.asked) == ("quota_exceeded", [])
    seen = NETWORK.recheck(ACCESS, [comment_id(1)])
    assert (seen.gone, seen.present, scripted.asked) == (frozenset(), frozenset(), [])
    assert frozenset({units.UNITS}) == NETWORK.shared_quotas


@pytest.mark.parametrize(
    ("moment", "midnight"),
    [
        (datetime(2026, 11, 27, 12, tzinfo=UTC), datetime(2026, 11, 28, 8, tzinfo=UTC)),
        (datetime(2026, 7, 1, 6, 59, tzinfo=UTC), datetime(2026, 7, 1, 7, tzinfo=UTC)),
        # The day the clocks go back lasts 25 hours there.
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC)),
    ],
)
def test_the_day_ends_at_midnight_pacific_time(moment: datetime, midnight: datetime) -> None:
    assert next_day(moment) == midnight


def test_only_our_own_words_below_that_thread_since_then_are_ours(scripted: Scripted) -> None:
    old = own(1, REPLY.text, now() - timedelta(hours=1))
    theirs = reply(2, on=1001, textDisplay=REPLY.text, publishedAt=now().isoformat())
    pages = {"": comments(own(3, REPLY.text, now()), old, after="two"), "two": comments(theirs, own(4, "other words", now()))}
    scripted.says(lambda asked: pages[asked.query.get("pageToken", "")])
    found = NETWORK.find_sent(ACCESS, REPLY, since=now() - SINCE)
    assert ([receipt.external_id for receipt in found.receipts], found.complete) == ([reply_id(3, on=1001)], True)
    assert scripted.asked[0].query["parentId"] == comment_id(1001)


UNSIGNED = {"authorChannelId": None, "textDisplay": REPLY.text, "publishedAt": "now"}


@pytest.mark.parametrize("odd", [{"publishedAt": "soon"}, UNSIGNED])
def test_a_list_with_something_doubtful_proves_nothing(scripted: Scripted, odd: dict[str, Any]) -> None:
    odd = {name: now().isoformat() if value == "now" else value for name, value in odd.items()}
    scripted.says(comments(reply(3, on=1001, **odd)))
    found = NETWORK.find_sent(ACCESS, REPLY, since=now() - SINCE)
    assert (found.receipts, found.complete) == ((), False)


def test_endless_lists_prove_nothing(scripted: Scripted) -> None:
    scripted.says(lambda asked: comments(after=asked.query.get("pageToken", "") + "x"))
    assert not NETWORK.find_sent(ACCESS, REPLY, since=now() - SINCE).complete
    scripted.says(comments(after="same"))
    assert not NETWORK.find_sent(ACCESS, REPLY, since=now() - SINCE).complete


def test_gone_is_what_is_missing_twice(scripted: Scripted) -> None:
    """Left out of a list is not enough; asked for alone it must be missing as well."""
    alone = {comment_id(2): comments(), comment_id(3): fault(404, "commentNotFound")}
    alone[comment_id(4)] = comments({"id": comment_id(4)})

    def answer(asked: Asked) -> Says:
        if asked.path.endswith("/commentThreads"):
            assert asked.query["moderationStatus"] == "heldForReview"
            return threads(thread(5, reply(6, on=5)))
        ids = asked.query["id"].split(",")
        return alone[ids[0]] if len(ids) == 1 else comments({"id": comment_id(1)})

    scripted.says(answer)
    alone |= {comment_id(5): comments(), reply_id(6, on=5): comments()}  # both wait for review
    versions = [f"{comment_id(1)}~300", *(comment_id(number) for number in (1, 2, 3, 4, 5)), reply_id(6, on=5), "no id"]
    seen = NETWORK.recheck(ACCESS, versions)
    assert seen.gone == {comment_id(2), comment_id(3)}
    assert seen.present == {f"{comment_id(1)}~300", comment_id(1), comment_id(4)}


def test_a_hundred_are_asked_for_in_fifties(scripted: Scripted) -> None:
    scripted.says(lambda asked: comments(*({"id": name} for name in asked.query["id"].split(","))))
    ids = [comment_id(number) for number in range(100)]
    assert NETWORK.recheck(ACCESS, ids).present == frozenset(ids)
    assert [len(asked.query["id"].split(",")) for asked in scripted.asked] == [50, 50]


def test_what_cannot_be_sent_is_known_before() -> None:
    assert NETWORK.refusal(REPLY) is None
    assert NETWORK.refusal(replace(REPLY, kind="direct", to=CHANNEL))
    assert NETWORK.refusal(Outgoing("post", "news"))
    assert NETWORK.length("😀👨‍👩‍👧") == len("😀👨‍👩‍👧")


def test_moderating_without_units_asks_nobody(scripted: Scripted) -> None:
    units.use_up()
    with pytest.raises(TryLater) as caught:
        NETWORK.act(ACCESS, Deed(DeedKind.HIDE, comment_id(1), "public", ours=False))
    assert (caught.value.code, scripted.asked) == ("quota_exceeded", [])


@pytest.mark.parametrize(
    ("kind", "ours", "method", "path", "query"),
    [
        (DeedKind.HIDE, False, "POST", "comments/setModerationStatus", {"id": comment_id(7), "moderationStatus": "heldForReview"}),
        (DeedKind.UNHIDE, False, "POST", "comments/setModerationStatus", {"id": comment_id(7), "moderationStatus": "published"}),
        (DeedKind.DELETE, False, "POST", "comments/setModerationStatus", {"id": comment_id(7), "moderationStatus": "rejected"}),
        (DeedKind.DELETE, True, "DELETE", "comments", {"id": comment_id(7)}),
    ],
)
def test_what_moderating_asks(
    scripted: Scripted, kind: DeedKind, ours: bool, method: str, path: str, query: dict[str, str]
) -> None:
    scripted.says(Says(204))
    before = units.left()
    NETWORK.act(ACCESS, Deed(kind, f"{comment_id(7)}~300", "public", ours=ours))
    (asked,) = scripted.asked
    assert (asked.method, asked.path, asked.query) == (method, f"/youtube/v3/{path}", query)
    assert before - units.left() == 50


def test_an_edit_sends_the_words_alone(scripted: Scripted) -> None:
    scripted.says(comment_answer(7))
    NETWORK.act(ACCESS, Deed(DeedKind.EDIT, comment_id(7), "public", ours=True, text="Better 😀"))
    (asked,) = scripted.asked
    assert (asked.method, asked.path, asked.query) == ("PUT", "/youtube/v3/comments", {"part": "snippet"})
    assert asked.json() == {"id": comment_id(7), "snippet": {"textOriginal": "Better 😀"}}


def comment_answer(number: int) -> Says:
    return Says.json(comment(number))
