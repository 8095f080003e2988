"""Bluesky keeps the contract of networks."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from social.networks._bluesky_text import key_of
from social.networks.base import Network
from social.networks.bluesky import Bluesky
from social.networks.values import Access, Deed, DeedKind, Outgoing
from tests.social.networks.acting import ActingContract
from tests.social.networks.bluesky.shapes import (
    ALI,
    BRAND,
    SECRETS,
    cid,
    feed,
    listing,
    notification,
    own,
    post,
    record,
    ref,
    refusal,
    says,
    uri,
)
from tests.social.networks.contract import PATIENCE_SECONDS, NetworkContract
from tests.social.networks.publishing import Publishes
from tests.social.networks.servers import Asked, Says, Script
from tests.social.networks.uploads import UploadsFirst

OURS = Outgoing("reply", "We are sorry & will help: see https://example.com/help", in_reply_to=uri(1001))


class TestBluesky(UploadsFirst, NetworkContract, ActingContract, Publishes):
    slug = "bluesky"
    folder = Path(__file__).parent
    # Several calls share the time of one.
    network: ClassVar[Network] = Bluesky(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)

    def deed_id(self, place: str) -> str:
        return uri(1001, BRAND if place.startswith("our") else ALI)

    def done(self, deed: Deed) -> Says:
        return says({} if deed.kind != DeedKind.LIKE else {"uri": f"at://{BRAND}/app.bsky.feed.like/3k", "cid": cid(1)})

    def gone(self, deed: Deed) -> Says:
        """A post that is gone is missing from those that are asked for; a record that is not there is deleted without a word."""
        return says({}) if deed.kind in (DeedKind.UNLIKE, DeedKind.DELETE) else says({"posts": []})

    def while_doing(self, deed: Deed, answer: Says) -> Script:
        if deed.kind in (DeedKind.HIDE, DeedKind.UNHIDE) and answer.body != says({"posts": []}).body:
            ours = {"uri": uri(900, BRAND), "cid": cid(900)}
            below = post(1001, record=record("complaint", reply={"root": ours, "parent": ours}))
            value = {"$type": "app.bsky.feed.threadgate", "post": ours["uri"], "createdAt": "2026-01-01T00:00:00Z"}
            hidden = [uri(1001)] if deed.kind == DeedKind.UNHIDE else []
            gate = says({"uri": ours["uri"], "cid": cid(7), "value": {**value, "hiddenReplies": hidden}})
            seen = says({"posts": [below]})
            return lambda asked: answer if asked.method == "POST" else gate if asked.path.endswith("getRecord") else seen
        shown = answer if answer.body == says({"posts": []}).body else says({"posts": [post(1001)]})
        return lambda asked: answer if asked.method == "POST" else shown

    def uploaded(self) -> tuple[Says, str]:
        # Lexicon com.atproto.repo.uploadBlob, read 2026-11.
        ref = {"$link": "bafkreib66ejw2aalgmwxtztd4lqlpmnhhz3rhqyuvvzbqlyyc5lp"}
        blob = {"$type": "blob", "mimeType": "image/png", "ref": ref, "size": 760898}
        return says({"blob": blob}), json.dumps(blob, sort_keys=True)

    def lead_to(self, url: str, settings: Any) -> None:
        settings.BLUESKY_API_BASE = url

    def access(self) -> Access:
        return Access(external_id=BRAND, secrets=SECRETS, handle="brand.bsky.social")

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        left = list(answers)

        def answer(asked: Asked) -> Says:
            if asked.path.endswith("getPosts"):
                return says({"posts": []})
            if asked.path.endswith("getProfiles"):
                return says({"profiles": []})
            if asked.path.endswith("listConvos"):
                return says({"convos": []})
            assert asked.path == "/xrpc/app.bsky.notification.listNotifications"
            step = left.pop(0) if len(left) > 1 else left[0]
            return step(asked) if callable(step) else step

        return answer

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        return listing([*(notification(number) for number in numbers), *(broken or [])], following=following)

    def id_of(self, number: int) -> str:
        return uri(number)

    def limited(self, *, reset: datetime | None) -> Says:
        headers = {} if reset is None else {"ratelimit_reset": str(int(reset.timestamp()) + 1)}
        return Says.json({"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, 429, **headers)

    def problem(self, status: int) -> Says:
        names = {401: "AuthenticationRequired", 403: "Forbidden", 404: "NotFound"}
        return refusal(names.get(status, "InvalidRequest"), "Something the server says about it", status)

    def outgoing(self) -> Outgoing:
        return OURS

    def while_sending(self, says: Says) -> Script:
        return lambda asked: says if asked.method == "POST" else parent()

    def sent(self, asked: list[Asked]) -> list[Asked]:
        return [request for request in asked if request.method == "POST"]

    def accepted(self) -> tuple[Says, str]:
        made = f"at://{BRAND}/app.bsky.feed.post/{key_of(BRAND, OURS)}"
        return says({"uri": made, "cid": cid(7), "validationStatus": "valid"}), made

    def refused(self) -> Says:
        return refusal("InvalidRequest", "Invalid app.bsky.feed.post record: Record/text must not be longer than 300 graphemes")

    def own_items(self, rows: list[tuple[int, str, datetime]]) -> Script:
        posts = [own(number, text, moment, root=ref(1001), parent=ref(1001)) for number, text, moment in rows]
        missing = refusal("RecordNotFound", "Could not locate record")
        return lambda asked: missing if asked.path.endswith("getRecord") else feed(posts)

    def accepted_post(self) -> tuple[Says, str]:
        made = f"at://{BRAND}/app.bsky.feed.post/{key_of(BRAND, self.new_post())}"
        return says({"uri": made, "cid": cid(7), "validationStatus": "valid"}), made

    def own_posts(self, rows: list[tuple[int, str, datetime]]) -> Script:
        posts = [own(number, text, moment) for number, text, moment in rows]
        missing = refusal("RecordNotFound", "Could not locate record")
        return lambda asked: missing if asked.path.endswith("getRecord") else feed(posts)

    def own_id(self, number: int) -> str:
        return uri(number, BRAND)


def parent() -> Says:
    return says({"posts": [post(1001)]})
