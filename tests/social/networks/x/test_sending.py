"""What X's answers to a post mean: proof, refusal, or doubt; and how doubt is cleared by reading back."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.errors import OutcomeUnknown, Rejected, TryLater
from social.networks.values import Access, Outgoing
from social.networks.x import X
from tests.social.networks.contract import PATIENCE_SECONDS
from tests.social.networks.servers import Asked, Says, Scripted
from tests.social.networks.x.test_contract import ACCOUNT, BASE, listing, post
from tests.social.networks.x.test_cursors import event, forbidden, wrong

NETWORK = X(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 2)
ACCESS = Access(external_id=ACCOUNT, secrets={"access_token": "secret-access-token"}, handle="brand")
REPLY = Outgoing("reply", "We are sorry.", in_reply_to=str(BASE + 1))
DIRECT = Outgoing("direct", "We are sorry.", to="500", thread_key=f"500-{ACCOUNT}")


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.X_API_BASE = scripted.url


@pytest.mark.parametrize(
    ("says", "code"),
    [
        (
            forbidden(
                "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged"
                " by the author of the post you are replying to."
            ),
            "not_mentioned",
        ),
        (forbidden("You attempted to reply to a Tweet that is deleted or not visible to you."), "parent_gone"),
        (forbidden("The original Tweet author restricted who can reply to this Tweet."), "replies_restricted"),
        (forbidden("Your account is suspended and is not permitted to access this feature."), "account_suspended"),
        (forbidden("To protect our users, your account is temporarily locked."), "account_locked"),
        (forbidden("You are not permitted to perform this action."), "not_permitted"),
        (forbidden("You do not have permission to DM one or more participants."), "messages_closed"),
        (wrong("$.text", "Your Tweet text is too long."), "invalid_request"),
    ],
)
def test_documented_refusals_are_told_in_words(scripted: Scripted, says: Says, code: str) -> None:
    scripted.says(says)
    with pytest.raises(Rejected) as caught:
        NETWORK.send(ACCESS, REPLY)
    assert caught.value.code == code
    assert str(caught.value.reason).endswith((".", "long."))


def test_a_duplicate_is_no_refusal_but_a_question(scripted: Scripted) -> None:
    """X says so also when it was the first attempt, whose answer we never saw, that it took."""
    scripted.says(forbidden("You are not allowed to create a Tweet with duplicate content."))
    with pytest.raises(OutcomeUnknown) as caught:
        NETWORK.send(ACCESS, REPLY)
    assert caught.value.code == "duplicate"


def test_a_person_who_is_gone_is_a_refusal(scripted: Scripted) -> None:
    error = {
        "value": "500",
        "detail": "Could not find user with participant_id: [500].",
        "title": "Not Found Error",
        "resource_type": "user",
        "parameter": "participant_id",
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }
    scripted.says(Says.json({"errors": [error], "title": "Not Found Error", "status": 404}, 404))
    with pytest.raises(Rejected) as caught:
        NETWORK.send(ACCESS, DIRECT)
    assert caught.value.code == "target_gone"
    scripted.says(Says.json({"title": "Not Found Error", "status": 404}, 404))
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(ACCESS, DIRECT)


def test_an_empty_purse_holds_the_channel(scripted: Scripted) -> None:
    scripted.says(Says.json({"title": "CreditsDepleted", "type": "https://api.x.com/2/problems/credits"}, 402))
    with pytest.raises(OutcomeUnknown) as caught:
        NETWORK.send(ACCESS, REPLY)
    assert caught.value.hold_seconds >= 600


@pytest.mark.parametrize("data", [{}, {"id": None}, {"id": ""}, {"id": "abc"}, {"text": "…"}, None, []])
def test_a_yes_without_an_id_is_no_proof(scripted: Scripted, data: Any) -> None:
    scripted.says(Says.json({"data": data}, 201))
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(ACCESS, REPLY)


def test_what_travels(scripted: Scripted) -> None:
    scripted.says(Says.json({"data": {"id": "77", "text": "…"}}, 201))
    receipt = NETWORK.send(ACCESS, REPLY)
    assert receipt.url == "https://x.com/brand/status/77"
    assert (scripted.asked[0].method, scripted.asked[0].path) == ("POST", "/2/tweets")
    assert scripted.asked[0].json() == {"text": REPLY.text, "reply": {"in_reply_to_tweet_id": REPLY.in_reply_to}}
    scripted.says(Says.json({"data": {"dm_event_id": "78", "dm_conversation_id": "500-1"}}, 201))
    assert NETWORK.send(ACCESS, DIRECT).external_id == "dm-78"
    assert scripted.asked[0].path == "/2/dm_conversations/with/500/messages"
    assert scripted.asked[0].json() == {"text": DIRECT.text}
    scripted.says(Says.json({"data": {"id": "79"}}, 201))
    NETWORK.send(ACCESS, Outgoing("post", "news"))
    assert scripted.asked[0].json() == {"text": "news"}


def test_a_token_no_header_can_hold_is_refused_at_home(scripted: Scripted) -> None:
    scripted.says(Says.json({}))
    from social.networks.errors import Unauthorized

    for token in ("ترکن", "a\r\nX-Evil: 1"):
        with pytest.raises(Unauthorized):
            NETWORK.send(Access(ACCOUNT, {"access_token": token}), REPLY)
    assert scripted.asked == []


# --- reading back -----------------------------------------------------------------------------------------------------
def mine(number: int, text: str = "@ali We are sorry.", **fields: Any) -> dict[str, Any]:
    parent = [{"type": "replied_to", "id": REPLY.in_reply_to}]
    moment = now().isoformat().replace("+00:00", "Z")
    return post(number, text=text, author_id=ACCOUNT, created_at=moment, referenced_tweets=parent) | fields


def find(outgoing: Outgoing = REPLY) -> Any:
    return NETWORK.find_sent(ACCESS, outgoing, since=now() - timedelta(minutes=5))


def test_only_answers_to_the_same_post_count(scripted: Scripted) -> None:
    other = [{"type": "replied_to", "id": "999"}]
    scripted.says(listing([mine(4, referenced_tweets=other), mine(3), mine(2, referenced_tweets=[])]))
    assert [receipt.external_id for receipt in find().receipts] == [str(BASE + 3)]
    assert scripted.asked[0].path == f"/2/users/{ACCOUNT}/tweets"
    assert scripted.asked[0].query["start_time"]


def test_it_turns_the_pages(scripted: Scripted) -> None:
    def answer(asked: Asked) -> Says:
        token = asked.query.get("pagination_token", "one")
        return {
            "one": listing([mine(9, "@ali x")], following="two"),
            "two": listing([mine(8)], following="three"),
            "three": listing([mine(7)]),
        }[token]

    scripted.says(answer)
    found = find()
    assert [receipt.external_id for receipt in found.receipts] == [str(BASE + 7), str(BASE + 8)]
    assert found.complete


def test_a_list_that_never_ends_is_not_whole(scripted: Scripted) -> None:
    number = iter(range(1000, 0, -1))
    scripted.says(lambda asked: listing([mine(next(number), "@ali x")], following=f"t{next(number)}"))
    found = find()
    assert not found.complete
    assert len(scripted.asked) == 5
    scripted.says(listing([mine(5, "@ali x")], following="same"))
    assert not find().complete


@pytest.mark.parametrize(
    "row", [None, "x", {}, {"id": "5"}, {"id": "x", "created_at": "2026-01-01T00:00:00Z"}, {"id": "5", "created_at": "?"}]
)
def test_something_unreadable_in_the_range_may_be_ours(scripted: Scripted, row: Any) -> None:
    scripted.says(listing([mine(4, "@ali x"), row]))
    assert not find().complete


def test_fewer_than_stated_is_not_whole(scripted: Scripted) -> None:
    scripted.says(Says.json({"data": [mine(4, "@ali x")], "meta": {"result_count": 2}}))
    assert not find().complete


@pytest.mark.parametrize("body", [{"data": None, "meta": None}, {"meta": {"result_count": 1}}, {"data": {}, "meta": {}}, {}])
def test_nothing_stated_is_not_nothing_there(scripted: Scripted, body: Any) -> None:
    scripted.says(Says.json(body))
    with pytest.raises(TryLater):
        find()


def test_an_account_x_hides_shows_nothing_and_proves_nothing(scripted: Scripted) -> None:
    error = {"title": "Forbidden", "detail": "User has been suspended: [1].", "resource_type": "user"}
    scripted.says(Says.json({"errors": [error]}))
    with pytest.raises(Rejected) as caught:
        find()
    assert "suspended" in str(caught.value.reason)


def test_direct_messages_are_found_among_those_with_the_person(scripted: Scripted) -> None:
    moment = now().isoformat()
    old = (now() - timedelta(hours=3)).isoformat()
    rows = [
        event(9, text="We are sorry.", sender_id=ACCOUNT, created_at=moment),
        event(8, text="We are sorry.", created_at=moment),
        event(7, text="We are sorry.", sender_id=ACCOUNT, created_at=old),
    ]
    scripted.says(listing(rows, following="older"))
    found = find(DIRECT)
    assert [receipt.external_id for receipt in found.receipts] == [f"dm-{BASE + 9}"]
    assert found.complete, "what is older than the range need not be read"
    assert scripted.asked[0].path == "/2/dm_conversations/with/500/dm_events"
    assert len(scripted.asked) == 1


# --- still there? -----------------------------------------------------------------------------------------------------
def test_gone_is_only_what_x_says_it_cannot_find(scripted: Scripted) -> None:
    def error(value: str, kind: str, thing: str = "tweet") -> dict[str, Any]:
        return {"value": value, "resource_id": value, "resource_type": thing, "type": f"https://x/2/problems/{kind}"}

    errors = [
        error("2", "resource-not-found"),
        error("3", "not-authorized-for-resource"),
        error("4", "resource-not-found", "user"),
        error("99", "resource-not-found"),
        error("1", "resource-not-found"),
    ]
    scripted.says(Says.json({"data": [{"id": "1"}], "errors": errors}))
    seen = NETWORK.recheck(ACCESS, ["1", "2", "3", "4", "5", "dm-6"])
    assert seen.present == {"1"}
    assert seen.gone == {"2"}
    assert scripted.asked[0].query["ids"] == "1,2,3,4,5"


def test_nothing_to_ask_about_asks_nothing(scripted: Scripted) -> None:
    scripted.says(Says.json({}))
    assert NETWORK.recheck(ACCESS, ["dm-6"]).gone == frozenset()
    assert scripted.asked == []
