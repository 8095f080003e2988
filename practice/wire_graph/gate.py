"""The door of the Graph: X's door with Meta's tokens, errors, usage headers and shapes of trouble."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from typing import Any

from .. import people, shapes, tokens
from ..limits import Verdict
from ..problems import BadField
from ..trouble import Switch
from ..wire import errors
from ..wire.gate import Answer, Call, Gate

NETWORKS = ("facebook", "instagram", "whatsapp")
#: A token of every account for whoever plays, and the secret of the app that goes with it: everybody may know them.
KNOWN_TOKEN, APP_SECRET = "practice-meta-", "practice-app-secret"
#: What a person may ask; the rest is asked in a Page's name.
FOR_PEOPLE = frozenset({"g_rights", "g_managed", "g_me", "g_businesses", "g_phones"})
NESTED = ("comments", "messages", "replies")


class Refusal(Exception):
    """The answer is an error with this code."""

    def __init__(self, code: int, words: str, *, subcode: int = 0, status: int = 400) -> None:
        super().__init__(words)
        self.status = status
        self.body = fault(code, words, subcode=subcode)


def fault(code: int, words: str, *, subcode: int = 0) -> dict[str, Any]:
    """An error as the Graph words it."""
    error: dict[str, Any] = {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "AbCdEf1234567"}
    return {"error": error | ({"error_subcode": subcode} if subcode else {})}


def missing(identifier: str) -> Refusal:
    """What the Graph says of a thing that is gone, and of one that the token may not see."""
    words = (
        f"Unsupported get request. Object with ID '{identifier}' does not exist, cannot be loaded due to missing permissions, "
        "or does not support this operation"
    )
    return Refusal(100, words, subcode=33)


def usage_headers(account: str, percent: int, minutes: float = 0) -> dict[str, str]:
    """The business-use-case header: shares in percent, the way back in minutes."""
    row = {"type": "pages", "call_count": percent, "total_cputime": 0, "total_time": 0, "estimated_time_to_regain_access": minutes}
    return {"x-business-use-case-usage": json.dumps({account: [row]}), "facebook-api-version": "v23.0"}


def _rows(body: Any) -> list[list[Any]]:
    """The lists of a page: the rows themselves, and what is nested in them."""
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return []
    nested = [row[name]["data"] for row in rows if isinstance(row, dict) for name in NESTED if name in row]
    return [found for found in (*nested, rows) if found]


def malformed(body: Any, switch: Switch) -> Any:
    """Break one thing of the page, another way each time."""
    lists = _rows(body)
    if not lists:
        return body
    chosen = lists[0]
    index = switch.random.randrange(len(chosen))
    broken: Any = dict(chosen[index])
    way = (switch.fired - 1) % 5
    if way == 0:
        broken.pop("id")
    elif way == 1:
        broken = f"item {broken['id']}"
    elif way == 2:
        broken["created_time" if "created_time" in broken else "timestamp"] = "yesterday, around noon"
    elif way == 3:
        broken["message" if "message" in broken else "text"] = {"text": None}
    else:
        broken["message" if "message" in broken else "text"] = "a NUL \x00, a bidi trap \u202e<script>alert(1)</script>"
    chosen[index] = broken
    return body


def without_author(body: Any, switch: Switch) -> Any:
    """Whoever has no permission sees no `from`: half of the authors are missing."""
    for row in (row for found in _rows(body)[:-1] for row in found):
        if isinstance(row, dict) and switch.random.random() < 0.5:
            row.pop("from", None)
    return body


def nulls(body: Any, switch: Switch) -> Any:
    """Nulls in half of the fields of each thing; real ones leave such fields out."""
    for row in (row for found in _rows(body)[:-1] for row in found):
        for name in list(row) if isinstance(row, dict) else []:
            if name != "id" and switch.random.random() < 0.5:
                row[name] = None
    return body


class GraphGate(Gate):
    """An ASGI application for one endpoint of the Graph. Its tokens are those of accounts that live on Meta's networks."""

    def identify(self, call: Call) -> tuple[sqlite3.Row | None, sqlite3.Row | None]:
        """The account of a token in the query, the form, or the header. A proof must fit when there is one."""
        scheme, _, borne = call.headers.get("authorization", "").partition(" ")
        given = call.query.get("access_token") or call.form.get("access_token") or (borne if scheme == "Bearer" else "")
        proof = call.query.get("appsecret_proof") or call.form.get("appsecret_proof")
        names = (self.world.settings.client_secret, APP_SECRET)
        made = [hmac.new(name.encode(), str(given).encode(), hashlib.sha256).hexdigest() for name in names]
        if proof not in (None, *made):
            return None, None
        if str(given).startswith(KNOWN_TOKEN):
            known = people.find(self.world, str(given).removeprefix(KNOWN_TOKEN))
            # Nothing else of a token is looked at behind this door.
            return (known, known) if known is not None and known["network"] in NETWORKS else (None, None)
        token = tokens.find_valid(self.world, str(given))
        user = people.find(self.world, token["user_id"]) if token is not None else None
        return (token, user) if user is not None and user["network"] in NETWORKS else (None, None)

    @staticmethod
    def _is_a_persons(call: Call) -> bool:
        """Whether the token is of a person who signed in, and not of a Page."""
        return call.token is not None and tokens.OF_A_PERSON in dict(call.token).get("scopes", "").split()

    def refuse(self, fired: dict[str, Switch]) -> tuple[int, bytes, dict[str, str]] | None:
        """The refusal that a trouble demands before any work is done."""
        if "401" in fired:
            return 400, shapes.dump(fault(190, "Error validating access token: Session has expired.", subcode=463)), {}
        if "429" in fired:
            options = fired["429"].options
            headers = usage_headers("0", 100, options["seconds"] / 60) if options["reset"] else {}
            return 400, shapes.dump(self.excuse(429)), headers
        if "500" in fired:
            return 500, shapes.dump(self.excuse(500)), {}
        if "html" in fired:
            return fired["html"].options["status"], errors.OVER_CAPACITY_HTML, {"content-type": "text/html; charset=utf-8"}
        return None

    def excuse(self, status: int) -> Any:
        """The body of a failure."""
        if status == 429:
            return fault(32, "(#32) Page request limit reached")
        return fault(2, "An unexpected error has occurred. Please retry your request later.")

    def work(self, call: Call) -> Answer:
        """Check token and limit, then do the endpoint's own work. Every refusal becomes an answer."""
        headers: dict[str, str] = {}
        try:
            if self.endpoint.open:
                return self.endpoint.work(call)
            if call.token is None or call.user is None:
                raise Refusal(190, "Invalid OAuth access token - Cannot parse access token")
            verdict: Verdict = self.world.limits.take(
                user_id=call.me["id"],
                endpoint=self.endpoint.name,
                limit=self.endpoint.limit,
                factor=self.world.rules["limit_factor"],
            )
            percent = 100 - 100 * verdict.remaining // verdict.limit
            headers = usage_headers(str(call.me["id"]), percent, 0 if verdict.allowed else 15)
            if not verdict.allowed:
                raise Refusal(32, "(#32) Page request limit reached")
            if self._is_a_persons(call) and self.endpoint.name not in FOR_PEOPLE and call.me["network"] != "whatsapp":
                raise Refusal(210, "(#210) A page access token is required to request this resource.")
            if call.me["suspended"]:
                raise Refusal(368, "The action attempted has been deemed abusive or is otherwise disallowed")
            answer = self.endpoint.work(call)
        except Refusal as refusal:
            return Answer(refusal.body, refusal.status, headers)
        except BadField as problem:
            return Answer(fault(100, f"(#100) {problem.field} {problem.reason}"), 400, headers)
        answer.headers = {**headers, **answer.headers}
        return answer

    def shaped(self, answer: Answer, fired: dict[str, Switch]) -> bytes:
        """The body as it goes out: ASCII only, as Meta escapes everything else."""
        body: Any = answer.body
        if answer.status == 200 and isinstance(body, dict) and "data" in body:
            for name in ("twice", "reorder", "unknown_fields"):
                if name in fired:
                    body = shapes.SHAPES[name](body, fired[name])
            for name, shape in (("missing_author", without_author), ("malformed_item", malformed)):
                if name in fired:
                    body = shape(body, fired[name])
        if answer.status == 200 and "null" in fired:
            body = None if fired["null"].options["where"] == "envelope" else nulls(body, fired["null"])
        return json.dumps(body, separators=(",", ":")).encode()
