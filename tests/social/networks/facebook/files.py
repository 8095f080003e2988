"""What files through Meta's messages are alike in, for Facebook's suite and Instagram's."""

from typing import Any

from tests.social.networks.facebook.shapes import problem
from tests.social.networks.servers import Says
from tests.social.networks.uploads import UploadsFirst


class ThroughMessages(UploadsFirst):
    """Handed over to the Page by a call of their own; Meta's number for them goes into the message."""

    def lead_to(self, url: str, settings: Any) -> None:
        settings.GRAPH_API_BASE = url

    def problem(self, status: int) -> Says:
        return problem(status)

    def uploaded(self) -> tuple[Says, str]:
        # developers.facebook.com/docs/messenger-platform/send-messages/saving-assets, read 2026-11. Instagram's is alike:
        # …/documentation/business-messaging/instagram-messaging/features/attachment-upload, of 2026-06-30.
        return Says.json({"attachment_id": "1857777774821032"}), "1857777774821032"
