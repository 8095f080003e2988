"""Where an answer goes, in which window, and what reading back and looking again prove."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from core.clock import now
from social.networks.errors import OutcomeUnknown, Rejected, Unauthorized
from social.networks.facebook import Facebook
from social.networks.values import Access, Outgoing
from tests.social.networks.facebook.shapes import ALI, PAGE, POST, comment, fault, graph_time, listing, message, problem
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = Facebook(read_seconds=3.0, total_seconds=12.0)
ACCESS = Access(PAGE, {"page_id": PAGE, "access_token": "secret-page-token", "app_secret": "secret-of-the-app"})
REPLY = Outgoing("reply", "We are sorry.", in_reply_to="900_1001~30", thread_key=POST)
DIRECT = Outgoing("direct", "Your number, please.", in_reply_to="m_1", to="999", thread_key=f"direct-{ALI}")
SINCE = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url


def form(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(asked.body.decode()))


def test_a_comment_is_answered_below_itself(scripted: Scripted) -> None:
    scripted.says(Says.json({"id": "900_1070"}))
    assert NETWORK.send(ACCESS, REPLY).external_id == "900_1070"
    (asked,) = scripted.asked
    assert (asked.method, asked.path) == ("POST", "/v23.0/900_1001/comments")
    sent = form(asked)
    assert sent["message"] == "We are sorry."
    assert (sent["access_token"], len(sent["appsecret_proof"]), asked.query) == ("secret-page-token", 64, {})


@pytest.mark.parametrize(
    ("hours", "kind"),
    [
        (0, {"messaging_type": "RESPONSE"}),
        (23, {"messaging_type": "RESPONSE"}),
        (25, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
    ],
)
def test_a_message_goes_to_the_person_of_its_thread_in_the_right_window(
    scripted: Scripted, hours: int, kind: dict[str, str]
) -> None:
    scripted.says(Says.json({"recipient_id": ALI, "message_id": "m_70"}))
    outgoing = replace(DIRECT, heard_at=(now() - timedelta(hours=hours)).isoformat())
    assert NETWORK.send(ACCESS, outgoing).external_id == "m_70"
    (asked,) = scripted.asked
    sent = form(asked)
    assert asked.path == f"/v23.0/{PAGE}/messages"
    assert (json.loads(sent["recipient"]), json.loads(sent["message"])) == ({"id": ALI}, {"text": "Your number, please."})
    assert {name: sent.get(name) for name in kind} == kind
    assert ("tag" in sent) == ("tag" in kind)


def test_a_message_after_a_week_is_refused_before_it_leaves(scripted: Scripted) -> None:
    late = replace(DIRECT, heard_at=(now() - timedelta(days=7, minutes=1)).isoformat())
    assert "time is over" in str(NETWORK.refusal(late))
    assert NETWORK.refusal(replace(late, heard_at=(now() - timedelta(days=6)).isoformat())) is None
    assert NETWORK.refusal(DIRECT) is None
    with pytest.raises(Rejected) as caught:
        NETWORK.send(ACCESS, late)
    assert (caught.value.code, scripted.asked) == ("window_closed", [])


def test_lengths_and_addressees_are_known_before() -> None:
    assert NETWORK.refusal(replace(DIRECT, text="x" * 2000)) is None
    assert NETWORK.refusal(replace(DIRECT, text="x" * 2001))
    assert NETWORK.refusal(replace(DIRECT, to="", thread_key=""))
    assert NETWORK.refusal(Outgoing("post", "news"))


REFUSALS = (
    (fault(10, subcode=2018278), Rejected, "window_closed"),
    (fault(551, subcode=1545041), Rejected, "unreachable"),
    (fault(100, subcode=2018001), Rejected, "invalid_request"),
    (fault(368), Rejected, "blocked"),
    (fault(10), Rejected, "forbidden"),
    (fault(100, subcode=33), Rejected, "parent_gone"),
    (fault(190, subcode=460), Unauthorized, "unauthorized"),
    (fault(2, status=500), OutcomeUnknown, "http_500"),
    (fault(1), OutcomeUnknown, "http_400"),
    (fault(613), OutcomeUnknown, "rate_limited"),
    (fault(9999), OutcomeUnknown, "code_9999"),
    (Says.json({"ok": True}), OutcomeUnknown, "http_200"),
    (Says.json({"id": "900_1070", "error": {"code": 1}}), OutcomeUnknown, "http_200"),
)


@pytest.mark.parametrize(("says", "kind", "code"), REFUSALS, ids=[f"{n}-{code}" for n, (_s, _k, code) in enumerate(REFUSALS)])
@pytest.mark.parametrize("outgoing", [REPLY, DIRECT], ids=["reply", "direct"])
def test_refusals_mean_what_the_documents_say(
    scripted: Scripted, outgoing: Outgoing, says: Says, kind: type[Exception], code: str
) -> None:
    scripted.says(says)
    with pytest.raises(kind) as caught:
        NETWORK.send(ACCESS, outgoing)
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert len(scripted.asked) == 1


def own(number: int, **fields: Any) -> dict[str, Any]:
    ours: dict[str, Any] = {"from": {"id": PAGE, "name": "Brand"}, "message": REPLY.text, "created_time": graph_time(now())}
    return comment(number, **(ours | fields))


def test_an_answer_to_an_answer_stands_beside_it(scripted: Scripted) -> None:
    nested = comment(1001, parent={"id": "900_1000"}, created_time=graph_time(now()))
    scripted.says(listing([own(5, parent={"id": "900_1000"}), own(4, parent={"id": "900_77"}), own(3), nested]))
    found = NETWORK.find_sent(ACCESS, REPLY, since=now() - SINCE)
    assert [receipt.external_id for receipt in found.receipts] == ["900_5"]
    assert found.complete
    assert scripted.asked[0].path == f"/v23.0/{POST}/comments"


def test_the_same_words_of_somebody_unnamed_are_doubt(scripted: Scripted) -> None:
    row = own(5, parent={"id": "900_1001"})
    row.pop("from")
    scripted.says(listing([row]))
    found = NETWORK.find_sent(ACCESS, REPLY, since=now() - SINCE)
    assert (found.receipts, found.complete) == ((), False)
    scripted.says(listing([own(5, parent={"id": "900_1001"}, **{"from": {"id": ALI}})]))
    assert NETWORK.find_sent(ACCESS, REPLY, since=now() - SINCE).complete


def test_what_cannot_be_read_is_doubt_and_what_is_older_ends_the_look(scripted: Scripted) -> None:
    scripted.says(listing([own(5, created_time="noon")]))
    assert not NETWORK.find_sent(ACCESS, REPLY, since=now() - SINCE).complete
    scripted.says(listing([own(5, created_time="2026-01-01T00:00:00+0000")], after="more"))
    found = NETWORK.find_sent(ACCESS, REPLY, since=now() - SINCE)
    assert (found.receipts, found.complete, len(scripted.asked)) == ((), True, 1)
    scripted.says(listing([own(5, message="else")], after="more"))
    assert not NETWORK.find_sent(ACCESS, REPLY, since=now() - SINCE).complete


def test_a_message_is_found_in_its_conversation(scripted: Scripted) -> None:
    moment = graph_time(now())
    rows = [message(n, message=DIRECT.text, created_time=moment, **{"from": {"id": who}}) for n, who in ((3, PAGE), (2, ALI))]

    def answer(asked: Asked) -> Says:
        if asked.path.endswith("/conversations"):
            assert (asked.query["user_id"], asked.query["platform"]) == (ALI, "MESSENGER")
            return listing([{"id": "t_100"}])
        assert asked.path == "/v23.0/t_100/messages"
        return listing(rows)

    scripted.says(answer)
    found = NETWORK.find_sent(ACCESS, DIRECT, since=now() - SINCE)
    assert ([receipt.external_id for receipt in found.receipts], found.complete) == (["m_3"], True)
    scripted.says(listing([]))
    assert NETWORK.find_sent(ACCESS, DIRECT, since=now() - SINCE).complete


def test_a_refused_look_is_no_proof_of_deletion(scripted: Scripted) -> None:
    """100/33 means gone, or no permission. Gone is what a whole list lacks besides."""
    lists = {
        f"{PAGE}_900": listing([{"id": "900_1"}]),
        f"{PAGE}_901": problem(404),
        f"{PAGE}_902": listing([{"id": "902_9"}], after="on"),
    }

    def answer(asked: Asked) -> Says:
        parts = asked.path.split("/")
        if parts[-1] == "comments":
            return lists[parts[-2]]
        return {
            "900_2": problem(404),
            "902_1": problem(404),
            "900_3": problem(403),
            "900_4": Says.json({"id": "900_4"}),
            "900_5": Says(500, b"{}"),
        }[parts[-1]]

    scripted.says(answer)
    asked = ["900_1", "900_1~60", "900_2~30", "900_3", "900_4", "900_5", "901_1", "902_1", f"{PAGE}_900", "m_1", "m_1~hook"]
    seen = NETWORK.recheck(ACCESS, asked)
    assert seen.present == {"900_1", "900_1~60"}
    assert seen.gone == {"900_2", "900_2~30"}
