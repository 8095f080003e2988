"""Google reviews keep the contract of networks."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from social.networks.base import Network
from social.networks.google import Google
from social.networks.values import Access, Deed, Hook, Outgoing, Page
from tests.social.networks.acting import ActingContract
from tests.social.networks.calling import CallsForMany
from tests.social.networks.contract import PATIENCE_SECONDS, NetworkContract
from tests.social.networks.google.pushes import PUSHER, TOPIC, envelope, key_set, push
from tests.social.networks.google.shapes import (
    LOCATION,
    PLACE,
    REVIEWS,
    answer_id,
    limited,
    listing,
    owners,
    place,
    problem,
    reply,
    review,
    review_id,
)
from tests.social.networks.servers import Asked, Says, Script

#: When the answer that `accepted` gives was taken, to the millisecond as Google writes it; not long ago however long the tests run.
TAKEN = datetime(2099, 1, 1, 10, 0, 0, 123_000, tzinfo=UTC)


class TestGoogle(NetworkContract, ActingContract, CallsForMany):
    slug = "google"
    folder = Path(__file__).parent
    network: ClassVar[Network] = Google(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)

    def call(self, *, body: bytes | None = None, account: str = "", genuine: bool = True) -> Hook:
        return push(envelope(account or LOCATION) if body is None else body, key="tests-1" if genuine else "stranger")

    def said_of_its_keys(self) -> Script:
        return key_set()

    def heard(self, hook: Hook) -> Page:
        # A topic of the account's own, which most of these tests do without.
        access = self.access()
        return self.network.unpack(Access(access.external_id, {**access.secrets, "topic": TOPIC, "push_account": PUSHER}), hook)

    def deed_id(self, place: str) -> str:
        return answer_id(1001, TAKEN)

    def done(self, deed: Deed) -> Says:
        return Says.json({})

    def gone(self, deed: Deed) -> Says:
        return problem(404)

    def while_doing(self, deed: Deed, says: Says) -> Script:
        stands = Says.json(review(1001, answer=("We are sorry", TAKEN)))
        return lambda asked: says if asked.method == "DELETE" else stands

    def lead_to(self, url: str, settings: Any) -> None:
        settings.GOOGLE_API_BASE = url

    def access(self) -> Access:
        secrets = {"access_token": "secret-access-token", "refresh_token": "secret-refresh-token", "location": PLACE}
        return Access(external_id=LOCATION, secrets=secrets)

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        left = list(answers)

        def answer(asked: Asked) -> Says:
            assert asked.path == REVIEWS
            step = left.pop(0) if len(left) > 1 else left[0]
            return step(asked) if callable(step) else step

        return answer

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        return listing(*(review(number) for number in numbers), *(broken or []), after=following)

    def id_of(self, number: int) -> str:
        return review_id(number)

    def limited(self, *, reset: datetime | None) -> Says:
        return limited(reset)

    def problem(self, status: int) -> Says:
        return problem(status)

    def outgoing(self) -> Outgoing:
        text = "We are sorry & will help: see https://example.com/help"
        return Outgoing("reply", text, in_reply_to=review_id(1001), thread_key=review_id(1001))

    def accepted(self) -> tuple[Says, str]:
        return Says.json(reply("We are sorry", TAKEN)), answer_id(1001, TAKEN)

    def refused(self) -> Says:
        return problem(404)

    def own_items(self, rows: list[tuple[int, str, datetime]]) -> Script:
        """A review has one answer: the one that says what was sent, if there is one."""
        said = [text for _number, text, _moment in rows if text == self.outgoing().text]
        return Says.json(review(1001, answer=(said[0], TAKEN) if said else None))

    def own_id(self, number: int) -> str:
        return answer_id(1001, TAKEN)

    def test_the_location_is_named_by_the_network(self, scripted: Any, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(owners(place(title="برانڈ")))
        profile = self.network.identify(Access("", {"access_token": "secret-access-token"}))
        assert (profile.external_id, profile.name, profile.handle) == (LOCATION, "برانڈ, Lahore", "")
        assert profile.tokens is not None
        assert dict(profile.tokens.secrets) == {"access_token": "secret-access-token", "location": PLACE}
        assert scripted.asked[0].headers["authorization"] == "Bearer secret-access-token"
