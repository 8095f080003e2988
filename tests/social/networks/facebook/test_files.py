"""Files through Messenger: handed over by a call of their own; one a message, without words, and never below a post."""

from dataclasses import replace
from typing import Any, ClassVar

from social.networks.base import Network
from social.networks.facebook import Facebook
from social.networks.values import Access, Outgoing
from tests.social.networks.contract import PATIENCE_SECONDS
from tests.social.networks.facebook.shapes import ALI, problem
from tests.social.networks.facebook.test_contract import TestFacebook as Contract
from tests.social.networks.servers import Says, Scripted
from tests.social.networks.uploads import UploadsFirst, attachment

NETWORK = Facebook(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)
DIRECT = Outgoing("direct", "", to=ALI, thread_key=f"direct-{ALI}")


class TestMessenger(UploadsFirst):
    network: ClassVar[Network] = NETWORK

    def lead_to(self, url: str, settings: Any) -> None:
        settings.GRAPH_API_BASE = url

    def access(self) -> Access:
        return Contract().access()

    def outgoing(self) -> Outgoing:
        return DIRECT

    def problem(self, status: int) -> Says:
        return problem(status)

    def uploaded(self) -> tuple[Says, str]:
        # developers.facebook.com/docs/messenger-platform/send-messages/saving-assets, read 2026-11.
        return Says.json({"attachment_id": "1857777774821032"}), "1857777774821032"

    def test_limits_say_what_it_takes(self) -> None:
        """Messages take one file, comments none."""
        assert (NETWORK.media_count(private=True), NETWORK.media_count(private=False)) == (1, 0)
        assert NETWORK.limits.media_bytes > 0


def test_words_and_files_go_apart_and_posts_take_none() -> None:
    file = attachment(content=b"")
    assert NETWORK.media_refusal(replace(DIRECT, media=(file,))) is None
    assert NETWORK.media_refusal(replace(DIRECT, text="Here.", media=(file,)))
    assert NETWORK.media_refusal(Outgoing("reply", "", in_reply_to="900_1001", media=(file,)))


def test_the_file_is_named_in_the_message(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    scripted.says(Says.json({"recipient_id": ALI, "message_id": "m_70"}))
    file = attachment(handle="1857777774821032")
    assert NETWORK.send(Contract().access(), replace(DIRECT, media=(file,))).external_id == "m_70"
    assert b"1857777774821032" in scripted.asked[0].body
