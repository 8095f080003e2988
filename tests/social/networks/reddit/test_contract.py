"""Reddit keeps the contract of networks."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from core.clock import now
from social.networks.base import Network
from social.networks.reddit import Reddit
from social.networks.values import Access, Deed, DeedKind, Outgoing
from tests.social.networks.acting import ActingContract
from tests.social.networks.contract import PATIENCE_SECONDS, NetworkContract
from tests.social.networks.reddit.shapes import BRAND, SECRETS, comment, errors, in_inbox, listing, made, own
from tests.social.networks.servers import Asked, Says, Script, Scripted


class TestReddit(NetworkContract, ActingContract):
    slug = "reddit"
    folder = Path(__file__).parent
    # Several calls share the time of one.
    network: ClassVar[Network] = Reddit(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)

    def deed_id(self, place: str) -> str:
        return self.id_of(1)

    def done(self, deed: Deed) -> Says:
        return made(comment(1)) if deed.kind == DeedKind.EDIT else Says.json({})

    def gone(self, deed: Deed) -> Says:
        return errors(["DELETED_COMMENT", "gone", "thing_id"]) if deed.kind == DeedKind.EDIT else self.problem(404)

    def lead_to(self, url: str, settings: Any) -> None:
        settings.REDDIT_API_BASE = url

    def access(self) -> Access:
        return Access(external_id=BRAND, secrets=SECRETS, handle="Meridian_Help")

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        left = list(answers)

        def answer(asked: Asked) -> Says:
            if asked.path.rstrip("/") != "/message/inbox":
                return listing([])
            step = left.pop(0) if len(left) > 1 else left[0]
            return step(asked) if callable(step) else step

        return answer

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        rows = [*(in_inbox(number) for number in numbers), *(broken or [])]
        return listing(rows, after=f"t1_{following}" if following else None)

    def id_of(self, number: int) -> str:
        return str(comment(number)["data"]["name"])

    def limited(self, *, reset: datetime | None) -> Says:
        headers = {} if reset is None else {"x_ratelimit_reset": str((reset - now()).total_seconds())}
        return Says.json({"message": "Too Many Requests", "error": 429}, 429, x_ratelimit_remaining="0.0", **headers)

    def problem(self, status: int) -> Says:
        words = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
        return Says.json({"message": words[status], "error": status}, status)

    def outgoing(self) -> Outgoing:
        return Outgoing("reply", "We are sorry & will help: see https://example.com/help", in_reply_to="t1_abc123")

    def accepted(self) -> tuple[Says, str]:
        return made(comment(70)), self.id_of(70)

    def refused(self) -> Says:
        return errors(["THREAD_LOCKED", "Comments are locked.", "parent"])

    def own_items(self, rows: list[tuple[int, str, datetime]]) -> Script:
        return listing([own(number, text, moment, parent_id="t1_abc123") for number, text, moment in rows])

    def own_id(self, number: int) -> str:
        return self.id_of(number)

    def test_the_account_is_named_by_the_network(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(Says.json({"name": "Meridian_Help", "id": "abc9", "is_suspended": False}))
        profile = self.network.identify(self.access())
        assert (profile.external_id, profile.handle, profile.name) == (BRAND, "Meridian_Help", "u/Meridian_Help")
        (asked,) = scripted.asked
        assert asked.headers["authorization"] == "bearer secret-access-token"
        assert asked.headers["user-agent"].startswith("web:rabta:0.1 (by /u/Meridian_Help) PRAW/")
