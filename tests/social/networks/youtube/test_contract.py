"""YouTube keeps the contract of networks."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from social.networks.base import Network
from social.networks.values import Access, Deed, DeedKind, Outgoing
from social.networks.youtube import YouTube
from tests.social.networks.acting import ActingContract
from tests.social.networks.contract import PATIENCE_SECONDS, NetworkContract
from tests.social.networks.servers import Asked, Says, Script
from tests.social.networks.youtube.shapes import (
    CHANNEL,
    by_path,
    comment,
    comment_id,
    comments,
    fault,
    limited,
    listing,
    own,
    problem,
    reply_id,
    thread,
    threads,
)


class TestYouTube(NetworkContract, ActingContract):
    slug = "youtube"
    folder = Path(__file__).parent
    network: ClassVar[Network] = YouTube(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)

    def deed_id(self, place: str) -> str:
        return comment_id(1001)

    def done(self, deed: Deed) -> Says:
        return Says.json(comment(1001)) if deed.kind == DeedKind.EDIT else Says(204)

    def gone(self, deed: Deed) -> Says:
        return fault(404, "commentNotFound")

    def lead_to(self, url: str, settings: Any) -> None:
        settings.GOOGLE_API_BASE = url

    def access(self) -> Access:
        secrets = {"access_token": "secret-access-token", "refresh_token": "secret-refresh-token"}
        return Access(external_id=CHANNEL, secrets=secrets, handle="brand")

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        left = list(answers)

        def answer(asked: Asked) -> Says:
            step = left.pop(0) if len(left) > 1 else left[0]
            return step(asked) if callable(step) else step

        return by_path(answer)

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        return threads(*(thread(number) for number in numbers), *(broken or []), after=following)

    def id_of(self, number: int) -> str:
        return comment_id(number)

    def limited(self, *, reset: datetime | None) -> Says:
        return limited(reset)

    def problem(self, status: int) -> Says:
        return problem(status)

    def outgoing(self) -> Outgoing:
        text = "We are sorry & will help: see https://example.com/help"
        return Outgoing("reply", text, in_reply_to=comment_id(1001), thread_key=comment_id(1001))

    def accepted(self) -> tuple[Says, str]:
        return Says.json(own(1070, "We are sorry", datetime.now().astimezone())), reply_id(1070, on=1001)

    def refused(self) -> Says:
        return fault(404, "parentCommentNotFound")

    def own_items(self, rows: list[tuple[int, str, datetime]]) -> Script:
        return comments(*(own(number, text, moment) for number, text, moment in rows))

    def own_id(self, number: int) -> str:
        return reply_id(number, on=1001)

    def test_the_account_is_named_by_the_network(self, scripted: Any, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(listing("channel", [{"id": CHANNEL, "snippet": {"title": "برانڈ", "customUrl": "@brand"}}]))
        profile = self.network.identify(self.access())
        assert (profile.external_id, profile.handle, profile.name) == (CHANNEL, "brand", "برانڈ")
        assert scripted.asked[0].headers["authorization"] == "Bearer secret-access-token"
        assert (scripted.asked[0].path, scripted.asked[0].query["mine"]) == ("/youtube/v3/channels", "true")
