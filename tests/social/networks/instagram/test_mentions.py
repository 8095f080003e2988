"""What Instagram's webhooks only name is asked for by the next poll, and nothing named is lost or holds up the rest."""

from typing import Any

import pytest

from social.networks.errors import Rejected, TryLater, Unauthorized
from social.networks.values import Outgoing
from tests.social.networks.facebook.shapes import fault, limited, problem
from tests.social.networks.instagram.test_account import ACCESS, NETWORK
from tests.social.networks.instagram.test_contract import ME
from tests.social.networks.servers import Asked, Says, Scripted

COMMENT = {"id": "7", "text": "brand, see this", "timestamp": "2026-11-26T09:30:01+0000", "username": "sara_m"}
NAMES = ["comment:900:7", "media:901"]


def test_both_kinds_are_asked_for_by_number(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url

    def answer(asked: Asked) -> Says:
        assert asked.path == f"/v23.0/{ME}"
        if asked.query["fields"].startswith("mentioned_comment.comment_id(7){"):
            place = {"media": {"id": "900", "permalink": "https://www.instagram.com/p/B/"}}
            return Says.json({"mentioned_comment": COMMENT | place, "id": ME})
        assert asked.query["fields"].startswith("mentioned_media.media_id(901){")
        caption = {"id": "901", "caption": "with brand", "timestamp": "2026-11-26T09:30:01+0000", "username": "omid"}
        return Says.json({"mentioned_media": caption, "id": ME})

    scripted.says(answer)
    page = NETWORK.look_up(ACCESS, NAMES)
    assert page.wanted == ()
    first, second = (NETWORK.read(item.payload, account_id=ME) for item in page.items)
    assert (first.external_id, first.thread_key, first.url) == ("7", "mention-900", "https://www.instagram.com/p/B/")
    assert (second.external_id, second.text) == ("901", "with brand")


def test_fields_that_are_not_there_are_done_without(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    bare = {name: value for name, value in COMMENT.items() if name != "username"}
    unknown = fault(100, "(#100) Tried accessing nonexisting field (username)")
    scripted.says(lambda asked: unknown if "username" in asked.query["fields"] else Says.json({"mentioned_comment": bare}))
    (item,) = NETWORK.look_up(ACCESS, NAMES[:1]).items
    assert NETWORK.read(item.payload, account_id=ME).author is None


def test_what_is_gone_is_dropped_and_what_fails_is_asked_once_more(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    scripted.says(lambda asked: problem(404) if "(7)" in asked.query["fields"] else problem(403))
    assert (NETWORK.look_up(ACCESS, NAMES).items, NETWORK.look_up(ACCESS, NAMES).wanted) == ((), ())
    good = Says.json({"mentioned_comment": COMMENT})
    scripted.says(lambda asked: good if "(7)" in asked.query["fields"] else Says.json({"error": {"code": 2}}, 500))
    page = NETWORK.look_up(ACCESS, [*reversed(NAMES), "nonsense", "comment:1:x"])
    assert ([item.external_id for item in page.items], page.wanted) == (["7"], ("media:901",))
    scripted.says(limited(None))
    with pytest.raises(TryLater):
        NETWORK.look_up(ACCESS, NAMES)
    assert len(scripted.asked) < 12
    scripted.says(problem(401))
    with pytest.raises(Unauthorized):
        NETWORK.look_up(ACCESS, NAMES)


def test_elsewhere_nobody_is_answered_in_private() -> None:
    below = Outgoing("private_reply", "Hello", in_reply_to="7", thread_key="mention-900", to="@sara_m")
    assert NETWORK.refusal(below)
    assert not NETWORK.answers_privately("mention-900")
    assert NETWORK.answers_privately("900")


def test_a_refused_answer_elsewhere_is_told(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    scripted.says(problem(403))
    with pytest.raises(Rejected):
        NETWORK.send(ACCESS, Outgoing("reply", "Hello", in_reply_to="7", thread_key="mention-900"))
    assert b"comment_id=7" in scripted.asked[-1].body
    assert b"media_id=900" in scripted.asked[-1].body
