"""WhatsApp keeps the contract of networks; what others read from lists, its webhooks hand over."""

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from core.clock import now
from social.networks.base import Network
from social.networks.values import Access, Cursor, Deed, Hook, Outgoing, Page
from social.networks.whatsapp import WhatsApp
from tests.social.networks.acting import ActingContract
from tests.social.networks.calling import CallsForMany
from tests.social.networks.contract import PATIENCE_SECONDS, NetworkContract
from tests.social.networks.facebook.shapes import limited, problem
from tests.social.networks.servers import Asked, Says, Script, Scripted
from tests.social.networks.uploads import UploadsFirst
from tests.social.networks.whatsapp import shapes
from tests.social.networks.whatsapp.shapes import ALI, NUMBER, SECRET, body, message, signed


class TestWhatsApp(UploadsFirst, NetworkContract, ActingContract, CallsForMany):
    slug = "whatsapp"
    folder = Path(__file__).parent
    network: ClassVar[Network] = WhatsApp(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)

    def uploaded(self) -> tuple[Says, str]:
        # developers.facebook.com/docs/whatsapp/cloud-api/reference/media#upload-media, read 2026-11.
        return Says.json({"id": "1037543291543636"}), "1037543291543636"

    def deed_id(self, place: str) -> str:
        return "wamid.1001"

    def thread(self) -> str:
        return f"direct-{ALI}"

    def done(self, deed: Deed) -> Says:
        return Says.json({"messaging_product": "whatsapp", "messages": [{"id": "wamid.71"}]})

    def gone(self, deed: Deed) -> Says:
        return problem(404)

    def call(self, *, body: bytes | None = None, account: str = "", genuine: bool = True) -> Hook:
        content = shapes.body(messages=[message(1)], number=account or NUMBER) if body is None else body
        return signed(content, SECRET if genuine else "another")

    def lead_to(self, url: str, settings: Any) -> None:
        settings.GRAPH_API_BASE = url

    def access(self) -> Access:
        secrets = {
            "phone_number_id": NUMBER,
            "access_token": "secret-system-token",
            "app_secret": SECRET,
            "verify_token": "secret-words",
        }
        return Access(external_id=NUMBER, secrets=secrets, handle="+15550783881")

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        self._left = list(answers)
        return lambda asked: Says.json({"id": NUMBER})

    def reading(self, cursor: Cursor) -> Page:
        says = self._left.pop(0) if len(self._left) > 1 else self._left[0]
        assert isinstance(says, Says)
        page = self.network.unpack(self.access(), signed(says.body))
        return dataclasses.replace(page, more="x-following" in says.headers)

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        odd = [{"id": entry} if isinstance(entry, dict) else entry for entry in broken or []]
        content = body(messages=[*(message(number) for number in numbers), *odd])
        return Says(200, content, {"content-type": "application/json", **({"x-following": following} if following else {})})

    def id_of(self, number: int) -> str:
        return f"wamid.{number}"

    def limited(self, *, reset: datetime | None) -> Says:
        return limited(reset)

    def problem(self, status: int) -> Says:
        return problem(status)

    def asking(self, network: Network) -> list[Callable[[], Any]]:
        """Reading back asks nobody: there is nothing to ask."""
        return [lambda: network.fetch(self.access(), {})]

    def outgoing(self) -> Outgoing:
        return Outgoing("direct", "We are sorry & will help: see https://example.com/help", to=ALI, thread_key=f"direct-{ALI}")

    def accepted(self) -> tuple[Says, str]:
        return Says.json(
            {"messaging_product": "whatsapp", "contacts": [{"wa_id": ALI}], "messages": [{"id": "wamid.70"}]}
        ), "wamid.70"

    def refused(self) -> Says:
        return problem(400)

    def own_items(self, rows: list[tuple[int, str, datetime]]) -> Script:
        return Says.json({"id": NUMBER})

    def own_id(self, number: int) -> str:
        return f"wamid.{number}"

    def test_what_was_sent_is_found_again(self, scripted: Scripted, settings: Any) -> None:
        """By nobody: the network keeps no list. A webhook tells (`test_hooks.py`), or a person decides."""
        self.lead_to(scripted.url, settings)
        scripted.says(self.own_items([]))
        found = self.network.find_sent(self.access(), self.outgoing(), since=now() - timedelta(minutes=5))
        assert (found.receipts, found.complete, scripted.asked) == ((), False, [])

    def test_absent_is_only_what_a_whole_list_does_not_show(self, scripted: Scripted, settings: Any) -> None:
        """There is no list, so nothing is ever known to be absent and nothing is sent a second time."""
        self.test_what_was_sent_is_found_again(scripted, settings)

    def test_the_number_says_whose_it_is(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(Says.json({"id": NUMBER, "display_phone_number": "+1 555-078-3881", "verified_name": "برانڈ"}))
        profile = self.network.identify(self.access())
        assert (profile.external_id, profile.handle, profile.name) == (NUMBER, "+1 555-078-3881", "برانڈ")

    def test_the_rating_of_the_number_is_told(self, scripted: Any, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        rated = {"id": NUMBER, "quality_rating": "YELLOW", "whatsapp_business_manager_messaging_limit": "TIER_2K"}
        scripted.says(Says.json(rated))
        remarks = [str(remark) for remark in self.network.remarks(self.network.fetch(self.access(), {}).cursor)]
        assert len(remarks) == 2
        assert "medium" in remarks[0]
        assert remarks[1].endswith("2000")
        # A token that is not told, and a business without a limit.
        asked = lambda asked: problem(400) if "quality" in asked.query["fields"] else Says.json({"id": NUMBER})  # noqa: E731
        scripted.says(asked)
        assert self.network.remarks(self.network.fetch(self.access(), {}).cursor) == ()
        assert self.network.remarks({"quality": "UNKNOWN", "limit": "TIER_UNLIMITED"}) == ()
