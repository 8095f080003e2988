"""X keeps the contract of networks."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from social.networks._x_read import first_id_at
from social.networks.base import Network
from social.networks.values import Access, Deed, DeedKind, Hook, Outgoing, Page
from social.networks.x import X
from tests.social.networks.acting import ActingContract
from tests.social.networks.calling import CallsForMany
from tests.social.networks.contract import PATIENCE_SECONDS, NetworkContract
from tests.social.networks.publishing import Publishes
from tests.social.networks.servers import Asked, Says, Script
from tests.social.networks.uploads import UploadsFirst

ACCOUNT = "2244994945"
#: Long ago, so that an overlap never reaches back to the made-up items.
BASE = first_id_at(datetime(2026, 1, 1, tzinfo=UTC))
EMPTY = Says.json({"meta": {"result_count": 0}})


def post(number: int, **fields: Any) -> dict[str, Any]:
    """A mention as X gives it."""
    return {
        "id": str(BASE + number),
        "text": f"@brand complaint {number}",
        "author_id": "500",
        "conversation_id": str(BASE + number),
        "created_at": "2026-01-01T00:00:01.000Z",
        "edit_history_tweet_ids": [str(BASE + number)],
        "lang": "en",
        **fields,
    }


def listing(rows: list[Any], *, following: str = "", users: list[Any] | None = None) -> Says:
    meta: dict[str, Any] = {"result_count": len(rows)}
    if following:
        meta["next_token"] = following
    body: dict[str, Any] = {"meta": meta}
    if rows:
        body |= {"data": rows, "includes": {"users": users or [{"id": "500", "username": "ali", "name": "Ali"}]}}
    return Says.json(body, x_rate_limit_limit="300", x_rate_limit_remaining="299")


class TestX(UploadsFirst, NetworkContract, ActingContract, Publishes, CallsForMany):
    slug = "x"
    folder = Path(__file__).parent
    network: ClassVar[Network] = X(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 2)

    def deed_id(self, place: str) -> str:
        return str(BASE + 1)

    def done(self, deed: Deed) -> Says:
        said = {
            DeedKind.LIKE: {"liked": True}, DeedKind.UNLIKE: {"liked": False}, DeedKind.HIDE: {"hidden": True},
            DeedKind.UNHIDE: {"hidden": False}, DeedKind.DELETE: {"deleted": True},
        }  # fmt: skip
        return Says.json({"data": said[deed.kind]})

    def gone(self, deed: Deed) -> Says:
        error = {"resource_id": deed.external_id, "type": "https://api.twitter.com/2/problems/resource-not-found"}
        return Says.json({"errors": [error], "title": "Not Found Error", "type": "about:blank", "status": 404}, 404)

    def while_doing(self, deed: Deed, says: Says) -> Script:
        me = Says.json({"data": {"id": ACCOUNT, "username": "brand", "name": "Brand"}})
        return lambda asked: me if asked.path == "/2/users/me" else says

    def call(self, *, body: bytes | None = None, account: str = "", genuine: bool = True) -> Hook:
        # docs.x.com/x-api/activity/event-payloads, read 2026-11.
        told = {"event_uuid": "2080761390344937796", "event_type": "post.mention.create", "filter": {"user_id": account or ACCOUNT}}
        told |= {"payload": post(7), "includes": {"users": [{"id": "500", "username": "ali", "name": "Ali"}]}}
        content = json.dumps({"data": told}).encode() if body is None else body
        made = hmac.new(b"secret-of-the-app" if genuine else b"another", content, hashlib.sha256).digest()
        return Hook({"x-twitter-webhooks-signature": f"sha256={b64encode(made).decode()}"}, content)

    def heard(self, hook: Hook) -> Page:
        access = self.access()
        secrets = {**access.secrets, "consumer_secret": "secret-of-the-app"}
        return self.network.unpack(Access(access.external_id, secrets, access.handle), hook)

    def lead_to(self, url: str, settings: Any) -> None:
        settings.X_API_BASE = url

    def access(self) -> Access:
        return Access(external_id=ACCOUNT, secrets={"access_token": "secret-access-token"}, handle="brand")

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        left = list(answers)

        def answer(asked: Asked) -> Says:
            if not asked.path.endswith("/mentions"):
                return EMPTY
            step = left.pop(0) if len(left) > 1 else left[0]
            return step(asked) if callable(step) else step

        return answer

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        return listing([*(post(number) for number in numbers), *(broken or [])], following=following)

    def id_of(self, number: int) -> str:
        return str(BASE + number)

    def limited(self, *, reset: datetime | None) -> Says:
        headers = {} if reset is None else {"x_rate_limit_reset": str(int(reset.timestamp()))}
        body = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
        return Says.json(body, 429, **headers)

    def problem(self, status: int) -> Says:
        if status == 400:
            return Says.json(
                {
                    "errors": [{"parameters": {"id": ["x"]}, "message": "The `id` query parameter value is not valid"}],
                    "title": "Invalid Request",
                    "detail": "One or more parameters to your request was invalid.",
                    "type": "https://api.twitter.com/2/problems/invalid-request",
                },
                400,
            )
        title = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found Error"}[status]
        return Says.json({"title": title, "detail": title, "type": "about:blank", "status": status}, status)

    def outgoing(self) -> Outgoing:
        return Outgoing("reply", "We are sorry & will help: see https://example.com/help", in_reply_to=str(BASE + 1))

    def accepted(self) -> tuple[Says, str]:
        return Says.json({"data": {"id": str(BASE + 70), "text": "…"}}, 201), str(BASE + 70)

    def uploaded(self) -> tuple[Says, str]:
        # docs.x.com/x-api/media/upload-media, read 2026-11.
        data = {"id": str(BASE + 80), "media_key": f"3_{BASE + 80}", "expires_after_secs": 86400, "size": 300}
        return Says.json({"data": data}, 200), str(BASE + 80)

    def refused(self) -> Says:
        detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
        return Says.json({"title": "Forbidden", "detail": detail, "type": "about:blank", "status": 403}, 403)

    def own_items(self, rows: list[tuple[int, str, datetime]]) -> Says:
        posts = [
            post(
                number,
                text="@ali " + text.replace("&", "&amp;").replace("https://example.com/help", "https://t.co/abcdefghij"),
                author_id=ACCOUNT,
                created_at=moment.isoformat().replace("+00:00", "Z"),
                referenced_tweets=[{"type": "replied_to", "id": str(BASE + 1)}],
                entities={"urls": [{"url": "https://t.co/abcdefghij", "expanded_url": "https://example.com/help"}]},
            )
            for number, text, moment in rows
        ]
        return listing(posts)

    def own_posts(self, rows: list[tuple[int, str, datetime]]) -> Says:
        return listing(
            [
                post(number, text=text, author_id=ACCOUNT, created_at=moment.isoformat().replace("+00:00", "Z"))
                for number, text, moment in rows
            ]
        )

    def own_id(self, number: int) -> str:
        return str(BASE + number)

    def test_the_account_is_named_by_the_network(self, scripted: Any, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(Says.json({"data": {"id": ACCOUNT, "username": "brand", "name": "برانڈ"}}))
        profile = self.network.identify(self.access())
        assert (profile.external_id, profile.handle, profile.name) == (ACCOUNT, "brand", "برانڈ")
        assert scripted.asked[0].headers["authorization"] == "Bearer secret-access-token"
        assert json.dumps(scripted.asked[0].query)
