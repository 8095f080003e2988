"""Instagram keeps the contract of networks."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import pytest

from social.networks._graph_shapes import message_key
from social.networks.base import Network
from social.networks.errors import Rejected
from social.networks.instagram import Instagram
from social.networks.values import THEIR_PRIVATE, Access, Deed, DeedKind, Hook, Outgoing
from tests.social.networks.acting import ActingContract
from tests.social.networks.calling import CallsForMany, meta_call
from tests.social.networks.contract import PATIENCE_SECONDS, NetworkContract
from tests.social.networks.facebook.shapes import graph_time, limited, listing, problem
from tests.social.networks.servers import Asked, Says, Script

ME, POST = "17841405822304914", "900"


def comment(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "text": f"complaint {number}",
        "timestamp": "2026-01-01T00:00:01+0000",
        "from": {"id": "7001", "username": "ali"},
        "username": "ali",
        **fields,
    }


class TestInstagram(NetworkContract, ActingContract, CallsForMany):
    slug = "instagram"
    folder = Path(__file__).parent
    network: ClassVar[Network] = Instagram(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)

    def uploaded(self) -> tuple[Says, str]:
        # developers.facebook.com/documentation/business-messaging/instagram-messaging/features/attachment-upload, of 2026-06-30.
        return Says.json({"attachment_id": "1857777774821032"}), "1857777774821032"

    def deed_id(self, place: str) -> str:
        return "aWdf1001" if place == THEIR_PRIVATE else "1001~7"

    def thread(self) -> str:
        return "direct-7001"

    def done(self, deed: Deed) -> Says:
        return Says.json({"recipient_id": "7001"} if deed.visibility == "private" else {"success": True})

    def gone(self, deed: Deed) -> Says:
        return problem(404)

    def call(self, *, body: bytes | None = None, account: str = "", genuine: bool = True) -> Hook:
        return meta_call("instagram", account or ME, body, secret="secret-of-the-app" if genuine else "another")

    def lead_to(self, url: str, settings: Any) -> None:
        settings.GRAPH_API_BASE = url

    def access(self) -> Access:
        secrets = {"access_token": "secret-page-token", "app_secret": "secret-of-the-app", "verify_token": "secret-words"}
        return Access(external_id=ME, secrets=secrets, handle="brand")

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        """A post of the account's own, on which the first page of comments hangs; the others are asked for by themselves."""
        left = list(answers)

        def answer(asked: Asked) -> Says:
            edge = asked.path.rsplit("/", 1)[1]
            if edge not in ("media", "comments"):
                assert edge in ("tags", "conversations")
                return listing([])
            step = left.pop(0) if len(left) > 1 else left[0]
            says = step(asked) if callable(step) else step
            if edge == "comments" or says.status != 200:
                return says
            return listing([{"id": POST, "timestamp": "2026-01-01T00:00:00+0000", "comments": json.loads(says.body)}])

        return answer

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        return listing([*(comment(number) for number in numbers), *(broken or [])], after=following)

    def id_of(self, number: int) -> str:
        return str(number)

    def limited(self, *, reset: datetime | None) -> Says:
        return limited(reset)

    def problem(self, status: int) -> Says:
        return problem(status)

    def outgoing(self) -> Outgoing:
        return Outgoing("reply", "We are sorry & will help: see https://example.com/help", in_reply_to="1001", thread_key=POST)

    def accepted(self) -> tuple[Says, str]:
        return Says.json({"id": "1070"}), "1070"

    def refused(self) -> Says:
        return problem(404)

    def own_items(self, rows: list[tuple[int, str, datetime]]) -> Script:
        ours = {"from": {"id": ME, "username": "brand"}, "parent_id": "1001"}
        found = listing([comment(n, text=text, timestamp=graph_time(when), **ours) for n, text, when in rows])
        return lambda asked: found if asked.path.endswith("/replies") else Says.json({"id": "1001"})

    def own_id(self, number: int) -> str:
        return str(number)

    def test_long_names_of_messages_are_looked_up_in_the_conversation(self, scripted: Any, settings: Any) -> None:
        """Only a digest of them is kept."""
        self.lead_to(scripted.url, settings)
        name = "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE" * 5
        deed = Deed(DeedKind.LIKE, message_key(name), "private", ours=False, thread_key="direct-7001")
        talk = {"id": "aWdfZAG06", "messages": {"data": [{"id": "aWdfshort"}, {"id": name}]}}
        done = Says.json({"recipient_id": "7001"})
        scripted.says(lambda asked: listing([talk]) if asked.path.endswith("/conversations") else done)
        self.network.act(self.access(), deed)
        assert json.loads(dict(parse_qsl(scripted.asked[-1].body.decode()))["payload"]) == {"message_id": name, "reaction": "love"}
        scripted.says(lambda asked: listing([]))
        with pytest.raises(Rejected) as caught:
            self.network.act(self.access(), deed)
        assert caught.value.code == "gone"

    def test_the_account_is_the_one_that_is_linked_to_the_page(self, scripted: Any, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        account = {"id": ME, "username": "brand", "name": "برانڈ"}
        scripted.says(Says.json({"id": "1", "name": "Page", "instagram_business_account": account}))
        profile = self.network.identify(self.access())
        assert (profile.external_id, profile.handle, profile.name) == (ME, "brand", "برانڈ")
