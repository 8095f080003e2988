"""Mastodon keeps the contract of networks."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from social.networks.base import Network
from social.networks.mastodon import Mastodon
from social.networks.values import Access, Deed, Outgoing
from tests.social.networks.acting import ActingContract
from tests.social.networks.contract import PATIENCE_SECONDS, NetworkContract
from tests.social.networks.mastodon.shapes import INSTANCE, account, listing, notification, own, status
from tests.social.networks.publishing import Publishes
from tests.social.networks.servers import Asked, Says, Script
from tests.social.networks.streaming import StreamingContract
from tests.social.networks.uploads import UploadsFirst


class TestMastodon(UploadsFirst, StreamingContract, NetworkContract, ActingContract, Publishes):
    slug = "mastodon"
    folder = Path(__file__).parent
    # Several calls share the time of one.
    network: ClassVar[Network] = Mastodon(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)

    # docs.joinmastodon.org/methods/streaming, read 2026-11.
    rings: ClassVar[tuple[bytes, ...]] = (
        b'event: notification\ndata: {"id": "1"}\n\n',
        b"event: what.nobody.knows\r\ndata: [\r\n\r\n",
    )
    lives: ClassVar[tuple[bytes, ...]] = (b":thump\n", b":)\n\n", b"data: event: none\n\n", b"")

    def streaming(self, says: Says) -> Script:
        named = {"configuration": {"urls": {"streaming": "wss://streaming.mastodon.example"}}}
        return lambda asked: says if asked.path.startswith("/api/v1/streaming/") else Says.json(named)

    def deed_id(self, place: str) -> str:
        return "1001"

    def done(self, deed: Deed) -> Says:
        return Says.json(status(1001))

    def gone(self, deed: Deed) -> Says:
        return Says.json({"error": "Record not found"}, 404)

    def while_doing(self, deed: Deed, says: Says) -> Script:
        return lambda asked: says if asked.method != "GET" else Says.json(status(1001))

    def lead_to(self, url: str, settings: Any) -> None:
        settings.MASTODON_API_BASE = url

    def access(self) -> Access:
        secrets = {"instance": INSTANCE, "access_token": "secret-access-token"}
        return Access(external_id=f"brand@{INSTANCE}", secrets=secrets, handle=f"brand@{INSTANCE}")

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        left = list(answers)

        def answer(asked: Asked) -> Says:
            assert asked.path == "/api/v1/notifications"
            step = left.pop(0) if len(left) > 1 else left[0]
            return step(asked) if callable(step) else step

        return answer

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        return listing([*(notification(number) for number in numbers), *(broken or [])], older=bool(following))

    def id_of(self, number: int) -> str:
        return str(1000 + number)

    def limited(self, *, reset: datetime | None) -> Says:
        headers = {} if reset is None else {"x_ratelimit_reset": reset.isoformat().replace("+00:00", "Z")}
        return Says.json({"error": "Too many requests"}, 429, **headers)

    def problem(self, status: int) -> Says:
        words = {401: "The access token is invalid", 403: "This action is not allowed", 404: "Record not found"}
        return Says.json({"error": words.get(status, "Invalid request")}, status)

    def outgoing(self) -> Outgoing:
        return Outgoing("reply", "We are sorry & will help: see https://example.com/help", in_reply_to="1001")

    def while_sending(self, says: Says) -> Script:
        return lambda asked: says if asked.method == "POST" else Says.json(status(1001))

    def sent(self, asked: list[Asked]) -> list[Asked]:
        return [request for request in asked if request.method == "POST"]

    def accepted(self) -> tuple[Says, str]:
        return Says.json(status(1070)), "1070"

    def uploaded(self) -> tuple[Says, str]:
        # docs.joinmastodon.org/entities/MediaAttachment, read 2026-11.
        made = {"id": "22345792", "type": "image", "url": "https://files.example/a.png", "preview_url": None, "description": None}
        return Says.json(made), "22345792"

    def refused(self) -> Says:
        return Says.json({"error": "Validation failed: Text character limit of 500 exceeded"}, 422)

    def own_items(self, rows: list[tuple[int, str, datetime]]) -> Script:
        posts = [own(number, text, moment, in_reply_to_id="1001") for number, text, moment in rows]
        me = Says.json(account("brand", 1))
        return lambda asked: me if asked.path.endswith("/verify_credentials") else listing(posts)

    def own_posts(self, rows: list[tuple[int, str, datetime]]) -> Script:
        posts = [own(number, text, moment) for number, text, moment in rows]
        me = Says.json(account("brand", 1))
        return lambda asked: me if asked.path.endswith("/verify_credentials") else listing(posts)

    def own_id(self, number: int) -> str:
        return str(number)

    def test_the_account_is_named_by_the_network(self, scripted: Any, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(Says.json(account("brand", 1, display_name="برانڈ")))
        profile = self.network.identify(self.access())
        assert (profile.external_id, profile.handle, profile.name) == (f"brand@{INSTANCE}", f"brand@{INSTANCE}", "برانڈ")
        assert scripted.asked[0].headers["authorization"] == "Bearer secret-access-token"
