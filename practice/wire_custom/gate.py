"""The door of a system of one's own: X's door with a signature instead of a token, and errors as the product describes them."""

from __future__ import annotations

import sqlite3
from typing import Any
from urllib.parse import urlencode

from .. import people, shapes
from ..problems import BadField
from ..trouble import Switch
from ..wire import errors
from ..wire.gate import Answer, Call, Gate
from .desks import NETWORK, proven

LISTS = ("items", "replies")


class Refusal(Exception):
    """The answer is an error with these words."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.body = refusal(code, words)


def refusal(code: str, words: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": words}}


LIMITED = refusal("slow_down", "The desk asks for a pause.")


class DeskGate(Gate):
    """An ASGI application for one address of a desk."""

    network = NETWORK

    def identify(self, call: Call) -> tuple[sqlite3.Row | None, sqlite3.Row | None]:
        desk = people.on(self.world, call.path["desk"], self.network)
        if desk is None or not desk["is_brand"]:
            return None, None
        signed = call.raw if self.endpoint.method == "POST" else urlencode(call.query).encode()
        return (desk, desk) if proven(self.world, desk, signed, call.headers.get("rabta-signature", "")) else (None, None)

    def refuse(self, fired: dict[str, Switch]) -> tuple[int, bytes, dict[str, str]] | None:
        """The refusal that a trouble demands before any work is done."""
        if "401" in fired:
            return 401, shapes.dump(refusal("unauthorized", "The signature does not fit.")), {}
        if "429" in fired:
            options = fired["429"].options
            return 429, shapes.dump(LIMITED), {"retry-after": str(options["seconds"])} if options["reset"] else {}
        if "500" in fired:
            return 500, shapes.dump(self.excuse(500)), {}
        if "html" in fired:
            return fired["html"].options["status"], errors.OVER_CAPACITY_HTML, {"content-type": "text/html; charset=utf-8"}
        return None

    def excuse(self, status: int) -> Any:
        """The body of a failure."""
        return LIMITED if status == 429 else refusal("broken", "The desk stumbled.")

    def work(self, call: Call) -> Answer:
        """Check the signature, then do the work. Every refusal becomes an answer."""
        try:
            if call.user is None:
                raise Refusal(401, "unauthorized", "The signature does not fit.")
            return self.endpoint.work(call)
        except Refusal as refused:
            return Answer(refused.body, refused.status)
        except BadField as problem:
            return Answer(refusal("refused", f"{problem.field} {problem.reason}"), 422)

    def shaped(self, answer: Answer, fired: dict[str, Switch]) -> bytes:
        """The body as it goes out. X's shapes bend a list as its `data`."""
        body: Any = answer.body
        name = next((name for name in LISTS if answer.status == 200 and name in body), "")
        if name:
            rows = list(body[name])
            if "malformed_item" in fired and rows:
                rows[0] = {**rows[0], "id": "a b", "sent_at": "yesterday, around noon"}
            for kind in ("twice", "reorder", "unknown_fields"):
                if kind in fired:
                    rows = shapes.SHAPES[kind]({"data": rows}, fired[kind])["data"]
            if "null" in fired:
                rows = None
            body = {**body, name: rows}
        elif "null" in fired and answer.status == 200:
            body = None
        return shapes.dump(body)
