"""Facebook keeps the contract of networks."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from social.networks.base import Network
from social.networks.facebook import Facebook
from social.networks.values import THEIR_PRIVATE, Access, Deed, Hook, Outgoing
from tests.social.networks.acting import ActingContract
from tests.social.networks.calling import CallsForMany, meta_call
from tests.social.networks.contract import PATIENCE_SECONDS, NetworkContract
from tests.social.networks.facebook.shapes import PAGE, POST, comment, graph_time, limited, listing, post, problem
from tests.social.networks.servers import Asked, Says, Script


class TestFacebook(NetworkContract, ActingContract, CallsForMany):
    slug = "facebook"
    folder = Path(__file__).parent
    network: ClassVar[Network] = Facebook(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)

    def deed_id(self, place: str) -> str:
        return "m_1001" if place == THEIR_PRIVATE else "900_1001~7"

    def thread(self) -> str:
        return "direct-7001"

    def done(self, deed: Deed) -> Says:
        return Says.json({"recipient_id": "7001"} if deed.visibility == "private" else {"success": True})

    def gone(self, deed: Deed) -> Says:
        return problem(404)

    def call(self, *, body: bytes | None = None, account: str = "", genuine: bool = True) -> Hook:
        return meta_call("page", account or PAGE, body, secret="secret-of-the-app" if genuine else "another")

    def lead_to(self, url: str, settings: Any) -> None:
        settings.GRAPH_API_BASE = url

    def access(self) -> Access:
        secrets = {
            "page_id": PAGE,
            "access_token": "secret-page-token",
            "app_secret": "secret-of-the-app",
            "verify_token": "secret-words",
        }
        return Access(external_id=PAGE, secrets=secrets, handle="brand")

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        left = list(answers)

        def answer(asked: Asked) -> Says:
            edge = asked.path.rsplit("/", 1)[1]
            if edge != "feed":
                assert edge in ("tagged", "ratings", "conversations")
                return listing([])
            step = left.pop(0) if len(left) > 1 else left[0]
            return step(asked) if callable(step) else step

        return answer

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        return listing([*(post(number) for number in numbers), *(broken or [])], after=following)

    def id_of(self, number: int) -> str:
        return f"{PAGE}_{number}"

    def limited(self, *, reset: datetime | None) -> Says:
        return limited(reset)

    def problem(self, status: int) -> Says:
        return problem(status)

    def outgoing(self) -> Outgoing:
        return Outgoing("reply", "We are sorry & will help: see https://example.com/help", in_reply_to="900_1001", thread_key=POST)

    def accepted(self) -> tuple[Says, str]:
        return Says.json({"id": "900_1070"}), "900_1070"

    def refused(self) -> Says:
        return problem(404)

    def own_items(self, rows: list[tuple[int, str, datetime]]) -> Script:
        ours = {"from": {"id": PAGE, "name": "Brand"}, "parent": {"id": "900_1001"}}
        return listing([comment(n, message=text, created_time=graph_time(when), **ours) for n, text, when in rows])

    def own_id(self, number: int) -> str:
        return f"900_{number}"

    def test_the_account_is_named_by_the_network(self, scripted: Any, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(Says.json({"id": PAGE, "name": "برانڈ", "username": "brand"}))
        profile = self.network.identify(self.access())
        assert (profile.external_id, profile.handle, profile.name) == (PAGE, "brand", "برانڈ")
        assert (scripted.asked[0].path, scripted.asked[0].query["access_token"]) == ("/v23.0/me", "secret-page-token")
