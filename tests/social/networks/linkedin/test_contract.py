"""LinkedIn keeps the contract of networks."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from core.clock import now
from social.networks.base import Network
from social.networks.linkedin import LinkedIn
from social.networks.values import Access, Deed, DeedKind, Hook, Outgoing
from tests.social.networks.acting import ActingContract
from tests.social.networks.calling import CallsForMany
from tests.social.networks.contract import PATIENCE_SECONDS, NetworkContract
from tests.social.networks.linkedin.shapes import BRAND, SECRETS, comment, elements, own, problem, results, told, urn
from tests.social.networks.servers import Asked, Says, Script, Scripted


class TestLinkedIn(NetworkContract, ActingContract, CallsForMany):
    slug = "linkedin"
    folder = Path(__file__).parent
    # Several calls share the time of one.
    network: ClassVar[Network] = LinkedIn(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)

    def deed_id(self, place: str) -> str:
        return urn(1)

    def done(self, deed: Deed) -> Says:
        if deed.kind == DeedKind.LIKE:
            return Says.json({"root": urn(1), "reactionType": "LIKE"}, 201)
        return Says.json(comment(1)) if deed.kind == DeedKind.EDIT else Says(204)

    def gone(self, deed: Deed) -> Says:
        return problem(404, "Could not find entity", "RESOURCE_NOT_FOUND")

    def call(self, *, body: bytes | None = None, account: str = "", genuine: bool = True) -> Hook:
        row = told(1, organizationalEntity="urn:li:organization:7") if account else told(1)
        content = json.dumps({"notifications": [row]}).encode() if body is None else body
        secret = b"secret-of-the-app" if genuine else b"another"
        return Hook({"x-li-signature": hmac.new(secret, b"hmacsha256=" + content, hashlib.sha256).hexdigest()}, content)

    def lead_to(self, url: str, settings: Any) -> None:
        settings.LINKEDIN_API_BASE, settings.LINKEDIN_CLIENT_SECRET = url, "secret-of-the-app"

    def access(self) -> Access:
        return Access(external_id=BRAND, secrets=SECRETS, handle="meridian")

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        left = list(answers)

        def answer(asked: Asked) -> Says:
            if not asked.path.endswith("/organizationalEntityNotifications"):
                return results({}) if "ids" in asked.query else elements([])
            step = left.pop(0) if len(left) > 1 else left[0]
            return step(asked) if callable(step) else step

        return answer

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        return elements([*(told(number) for number in numbers), *(broken or [])], more=bool(following))

    def id_of(self, number: int) -> str:
        return urn(number)

    def limited(self, *, reset: datetime | None) -> Says:
        headers = {} if reset is None else {"retry_after": str(int((reset - now()).total_seconds()) + 1)}
        return problem(429, "Resource level throttle limit for calls to this resource is reached.", "TOO_MANY_REQUESTS", **headers)

    def problem(self, status: int) -> Says:
        names = {400: "ILLEGAL_ARGUMENT", 401: "EXPIRED_ACCESS_TOKEN", 403: "ACCESS_DENIED", 404: "RESOURCE_NOT_FOUND"}
        return problem(status, "Not enough permissions, or another reason", names[status])

    def outgoing(self) -> Outgoing:
        return Outgoing("reply", "We are sorry & will help: see https://example.com/help", in_reply_to=urn(1))

    def while_sending(self, says: Says) -> Script:
        return lambda asked: says if asked.method == "POST" else Says.json(comment(1))

    def sent(self, asked: list[Asked]) -> list[Asked]:
        return [request for request in asked if request.method == "POST"]

    def accepted(self) -> tuple[Says, str]:
        return Says.json(comment(70), 201, x_restli_id="7200000000000000070"), urn(70)

    def refused(self) -> Says:
        return problem(403, "Commenting is disabled on this post", "ACCESS_DENIED")

    def own_items(self, rows: list[tuple[int, str, datetime]]) -> Script:
        comments = elements([own(number, text, moment) for number, text, moment in rows])
        return lambda asked: comments if asked.path.endswith("/comments") else Says.json(comment(1))

    def own_id(self, number: int) -> str:
        return urn(number)

    def test_the_page_is_named_by_the_network(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        roles = elements([{"role": "ADMINISTRATOR", "state": "APPROVED", "organization": BRAND, "roleAssignee": "urn:li:person:a"}])
        page = Says.json({"id": 2414183, "localizedName": "Meridian Outdoor", "vanityName": "meridian"})
        scripted.says(lambda asked: roles if asked.path.endswith("Acls") else page)
        profile = self.network.identify(self.access())
        assert (profile.external_id, profile.handle, profile.name) == (BRAND, "meridian", "Meridian Outdoor")
        for asked in scripted.asked:
            assert asked.headers["authorization"] == "Bearer secret-access-token"
            assert (asked.headers["linkedin-version"], asked.headers["x-restli-protocol-version"]) == ("202609", "2.0.0")
