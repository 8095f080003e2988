"""Telegram keeps the contract of networks of which nothing can be read back."""

import dataclasses
import itertools
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

from core.clock import now
from social.networks._telegram_pages import HOOK_HEADER, hook_secret
from social.networks.base import Network
from social.networks.telegram import Telegram
from social.networks.values import Access, Deed, DeedKind, Hook, Outgoing
from tests.social.networks.acting import ActingContract
from tests.social.networks.calling import CallingContract
from tests.social.networks.contract import PATIENCE_SECONDS
from tests.social.networks.servers import Asked, Says, Scripted
from tests.social.networks.telegram.shapes import BOT, SQUARE, TOKEN, access, refusal, result, sent, update
from tests.social.networks.unread import UnreadContract
from tests.social.networks.uploads import TakesFiles

#: Updates are numbered in the order in which they are told, whatever their messages' numbers.
COUNTS = itertools.count(501)


def offset_of(asked: Asked) -> int:
    return int(parse_qs(asked.body.decode()).get("offset", ["0"])[0])


class TestTelegram(TakesFiles, UnreadContract, ActingContract, CallingContract):
    slug = "telegram"
    folder = Path(__file__).parent
    # Several calls share the time of one.
    network: ClassVar[Network] = Telegram(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)

    def deed_id(self, place: str) -> str:
        return f"{SQUARE['id']}_1"

    def done(self, deed: Deed) -> Says:
        return sent(1) if deed.kind == DeedKind.EDIT else result(True)

    def gone(self, deed: Deed) -> Says:
        verb = {DeedKind.EDIT: "edit", DeedKind.DELETE: "delete"}.get(deed.kind, "react")
        return refusal(400, f"Bad Request: message to {verb} not found")

    def call(self, *, body: bytes | None = None, account: str = "", genuine: bool = True) -> Hook:
        content = json.dumps(update(next(COUNTS), 7)).encode() if body is None else body
        return Hook({HOOK_HEADER: hook_secret(TOKEN if genuine else TOKEN.replace("AA", "BB"))}, content)

    def lead_to(self, url: str, settings: Any) -> None:
        settings.TELEGRAM_API_BASE = url

    def access(self) -> Access:
        return access()

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        left = list(answers)

        def answer(asked: Asked) -> Says:
            assert asked.path == f"/bot{TOKEN}/getUpdates"
            step = left.pop(0) if len(left) > 1 else left[0]
            says = step(asked) if callable(step) else step
            return self._unconfirmed(says, offset_of(asked))

        return answer

    def _unconfirmed(self, says: Says, offset: int) -> Says:
        """What Telegram would still show: everything below the offset it has forgotten."""
        document = json.loads(says.body)
        kept = [row for row in document["result"] if not isinstance(row, dict) or row.get("update_id", offset) >= offset]
        return dataclasses.replace(says, body=json.dumps({"ok": True, "result": kept}).encode())

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        return result([*(update(next(COUNTS), number) for number in numbers), *(broken or [])])

    def id_of(self, number: int) -> str:
        return f"{SQUARE['id']}_{number}"

    def limited(self, *, reset: datetime | None) -> Says:
        parameters = {} if reset is None else {"retry_after": round((reset - now()).total_seconds())}
        return refusal(429, "Too Many Requests: retry later", **parameters)

    def problem(self, status: int) -> Says:
        words = {401: "Unauthorized", 403: "Forbidden: not allowed", 404: "Not Found"}
        return refusal(status, words.get(status, "Bad Request: something"))

    def outgoing(self) -> Outgoing:
        return Outgoing("reply", "We are sorry & will help.", in_reply_to=self.id_of(1), thread_key=str(SQUARE["id"]))

    def accepted(self) -> tuple[Says, str]:
        return sent(70), self.id_of(70)

    def refused(self) -> Says:
        return refusal(403, "Forbidden: bot was kicked from the supergroup chat")

    def test_the_bot_is_named_by_the_network(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(result(BOT))
        profile = self.network.identify(self.access())
        assert (profile.external_id, profile.handle, profile.name) == ("7000000001", "anar_bot", "Anar Market")
        assert scripted.asked[0].path == f"/bot{TOKEN}/getMe"
