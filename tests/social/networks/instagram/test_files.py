"""Files through Instagram's messages: handed over to the Page by Instagram's name; one a message, without words."""

from dataclasses import replace
from typing import Any, ClassVar

from social.networks.base import Network
from social.networks.instagram import Instagram
from social.networks.values import Access, Outgoing
from tests.social.networks.contract import PATIENCE_SECONDS
from tests.social.networks.facebook.files import ThroughMessages
from tests.social.networks.instagram.test_contract import TestInstagram as Contract
from tests.social.networks.servers import Says, Scripted
from tests.social.networks.uploads import attachment

NETWORK = Instagram(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)
DIRECT = Outgoing("direct", "", to="7001", thread_key="direct-7001")


class TestFiles(ThroughMessages):
    network: ClassVar[Network] = NETWORK

    def access(self) -> Access:
        return Contract().access()

    def outgoing(self) -> Outgoing:
        return DIRECT

    def test_limits_say_what_it_takes(self) -> None:
        """Messages take one file, comments none."""
        assert (NETWORK.media_count(private=True), NETWORK.media_count(private=False)) == (1, 0)
        assert NETWORK.limits.media_bytes > 0


def test_the_page_is_told_that_it_is_for_instagram(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    scripted.says(Says.json({"attachment_id": "18"}))
    handle = NETWORK.upload(Contract().access(), DIRECT, attachment())
    assert scripted.asked[-1].path.endswith("/me/message_attachments")
    assert b"instagram" in scripted.asked[-1].body
    scripted.says(Says.json({"recipient_id": "7001", "message_id": "aWd70"}))
    assert NETWORK.send(Contract().access(), replace(DIRECT, media=(attachment(handle=handle),))).external_id == "aWd70"


def test_what_does_not_fit_is_refused_before() -> None:
    for odd in (attachment(size=9 * 1024 * 1024), attachment(mime="image/webp"), attachment(kind="file", mime="text/plain")):
        assert NETWORK.media_refusal(replace(DIRECT, media=(odd,)))
    assert NETWORK.media_refusal(replace(DIRECT, text="Here.", media=(attachment(),)))
    assert NETWORK.media_refusal(Outgoing("reply", "", in_reply_to="1001", media=(attachment(),)))
