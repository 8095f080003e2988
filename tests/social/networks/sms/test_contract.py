"""Twilio's text messages keep the contract of networks."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from core.clock import now
from social.networks.base import Network
from social.networks.sms import Sms
from social.networks.values import Access, Outgoing
from tests.social.networks.contract import PATIENCE_SECONDS, NetworkContract
from tests.social.networks.servers import Asked, Says, Script, Scripted
from tests.social.networks.sms.shapes import ALI, LISTS, NUMBER, access, listed, message, ours, refusal, sid
from tests.social.networks.uploads import TakesFiles


class TestSms(TakesFiles, NetworkContract):
    slug = "sms"
    folder = Path(__file__).parent
    # Several calls share the time of one.
    network: ClassVar[Network] = Sms(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)

    def lead_to(self, url: str, settings: Any) -> None:
        settings.TWILIO_API_BASE = url

    def access(self) -> Access:
        return access()

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        left = list(answers)

        def answer(asked: Asked) -> Says:
            name = asked.path.removeprefix(f"{LISTS}/").removesuffix(".json").lower()
            if name != "messages" or asked.query.get("From") == NUMBER:
                return listed(name, [])
            step = left.pop(0) if len(left) > 1 else left[0]
            return step(asked) if callable(step) else step

        return answer

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        return listed("messages", [*(message(number) for number in numbers), *(broken or [])], following=following)

    def id_of(self, number: int) -> str:
        return sid("SM", number)

    def limited(self, *, reset: datetime | None) -> Says:
        headers = {} if reset is None else {"retry_after": str(round((reset - now()).total_seconds()))}
        return refusal(429, 20429, "Too Many Requests", **headers)

    def problem(self, status: int) -> Says:
        code = {401: 20003, 403: 20003, 404: 20404}.get(status, 20001)
        return refusal(status, code, "Something that Twilio documents")

    def outgoing(self) -> Outgoing:
        return Outgoing("direct", "We are sorry & will help: see https://example.com/help", to=ALI, thread_key=ALI)

    def accepted(self) -> tuple[Says, str]:
        return Says.json(ours(70, "We are sorry", status="queued", date_sent=None), 201), sid("SM", 70)

    def refused(self) -> Says:
        return refusal(400, 21610, "Attempt to send to unsubscribed recipient")

    def own_items(self, rows: list[tuple[int, str, datetime]]) -> Script:
        return listed("messages", [ours(number, text, moment=moment) for number, text, moment in rows])

    def own_id(self, number: int) -> str:
        return sid("SM", number)

    def test_the_number_says_whose_it_is(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(listed("incoming_phone_numbers", [{"phone_number": NUMBER, "friendly_name": "Anar Market"}]))
        profile = self.network.identify(self.access())
        assert (profile.external_id, profile.handle, profile.name) == (NUMBER, NUMBER, "Anar Market")
        assert scripted.asked[0].query == {"PhoneNumber": NUMBER}
