"""Files through Messenger: handed over by a call of their own; one a message, without words. Pictures also below posts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from core.clock import now
from social.networks.base import Network
from social.networks.facebook import Facebook
from social.networks.values import Access, Outgoing
from tests.social.networks.contract import PATIENCE_SECONDS
from tests.social.networks.facebook.files import ThroughMessages
from tests.social.networks.facebook.shapes import ALI, PAGE, POST, graph_time, listing
from tests.social.networks.facebook.shapes import comment as comment_row
from tests.social.networks.facebook.test_contract import TestFacebook as Contract
from tests.social.networks.servers import Says, Scripted
from tests.social.networks.uploads import attachment

NETWORK = Facebook(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)
DIRECT = Outgoing("direct", "", to=ALI, thread_key=f"direct-{ALI}")


class TestMessenger(ThroughMessages):
    network: ClassVar[Network] = NETWORK

    def access(self) -> Access:
        return Contract().access()

    def outgoing(self) -> Outgoing:
        return DIRECT

    def test_limits_say_what_it_takes(self) -> None:
        """Messages take one file, comments one picture."""
        assert (NETWORK.media_count(private=True), NETWORK.media_count(private=False)) == (1, 1)
        assert NETWORK.limits.media_bytes > 0


class TestComments(TestMessenger):
    """Below posts: pictures, with words or without."""

    def outgoing(self) -> Outgoing:
        return Outgoing("reply", "Here it is.", in_reply_to="900_1001", thread_key=POST)

    def uploaded(self) -> tuple[Says, str]:
        # developers.facebook.com/docs/graph-api/reference/page/photos, read 2026-11.
        return Says.json({"id": "10150000000000001"}), "10150000000000001"


def test_pictures_below_posts_are_shown_nowhere_else(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    scripted.says(Says.json({"id": "77"}))
    comment = Outgoing("reply", "Here it is.", in_reply_to="900_1001", thread_key=POST)
    handle = NETWORK.upload(Contract().access(), comment, attachment())
    assert scripted.asked[-1].path.endswith(f"/{PAGE}/photos")
    assert b'name="published"' in scripted.asked[-1].body
    assert b"false" in scripted.asked[-1].body
    scripted.says(Says.json({"id": "900_1070"}))
    NETWORK.send(Contract().access(), replace(comment, media=(attachment(handle=handle),)))
    assert dict(parse_qsl(scripted.asked[-1].body.decode()))["attachment_id"] == "77"
    picture = comment_row(70, message="Here it is.", attachment={"type": "photo"}, **{"from": {"id": PAGE}})
    bare = comment_row(71, message="Here it is.", **{"from": {"id": PAGE}})
    scripted.says(listing([bare | {"created_time": graph_time(now())}, picture | {"created_time": graph_time(now())}]))
    answer = replace(comment, in_reply_to=POST, media=(attachment(handle=handle),))
    found = NETWORK.find_sent(Contract().access(), answer, since=now() - timedelta(minutes=5))
    assert [receipt.external_id for receipt in found.receipts] == ["900_70"]
    film = attachment(kind="video", mime="video/mp4")
    large = attachment(size=11 * 1024 * 1024)
    for file in (film, large):
        assert NETWORK.media_refusal(replace(comment, media=(file,)))


def test_words_and_files_go_apart_in_messages() -> None:
    file = attachment(content=b"")
    assert NETWORK.media_refusal(replace(DIRECT, media=(file,))) is None
    assert NETWORK.media_refusal(replace(DIRECT, text="Here.", media=(file,)))
    assert NETWORK.media_refusal(Outgoing("private_reply", "", in_reply_to="900_1001", media=(file,)))


def test_the_file_is_named_in_the_message(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    scripted.says(Says.json({"recipient_id": ALI, "message_id": "m_70"}))
    file = attachment(handle="1857777774821032")
    assert NETWORK.send(Contract().access(), replace(DIRECT, media=(file,))).external_id == "m_70"
    assert b"1857777774821032" in scripted.asked[0].body
