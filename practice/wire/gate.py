"""The door every wire request passes: counting, troubles, token, limit, work, and then more troubles.

The work itself is one synchronous call, so it is atomic; all waiting happens before or after it.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from .. import people, shapes, tokens
from ..clock import now_ms
from ..media import MAX_BYTES
from ..problems import BadField
from ..traffic import Seen
from ..trouble import Switch
from . import errors

if TYPE_CHECKING:
    from ..world import World

# How long a caller may keep us waiting in `hang` and `late` before we let go ourselves.
LONGEST_WAIT_SECONDS = 300.0
POST_DIALECT = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
    "referenced_tweets": "referenced_posts",
    "tweets": "posts",
}


@dataclass
class Call:
    """One request as an endpoint sees it."""

    world: World
    request_id: str
    query: dict[str, str]
    path: dict[str, str]
    headers: Mapping[str, str]
    json: Any
    form: dict[str, Any]
    #: Every value of each name of the query and the form: Mastodon repeats `id[]`, `types[]` and `media_ids[]`.
    repeated: dict[str, list[str]] = field(default_factory=dict)
    address: str = ""
    #: The body to the byte, where it is no form.
    raw: bytes = b""
    user: sqlite3.Row | None = None
    token: sqlite3.Row | None = None
    troubles: dict[str, Switch] = field(default_factory=dict)

    @property
    def me(self) -> sqlite3.Row:
        """The account the token belongs to."""
        assert self.user is not None
        return self.user

    @property
    def trouble_names(self) -> str:
        return ",".join(self.troubles)

    def field(self, name: str, *, required: bool = True) -> Any:
        """A field of the JSON body. Raises the 400 X sends when it is missing."""
        if not isinstance(self.json, dict):
            raise errors.invalid({"$": [""]}, "Request body must be a JSON object")
        value = self.json.get(name)
        if value is None and required:
            raise errors.invalid({f"$.{name}": [""]}, f"$.{name}: is missing but it is required")
        return value


@dataclass
class Answer:
    """What an endpoint has to say; `body` None is an empty answer."""

    body: dict[str, Any] | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """One wire endpoint. `limit` is X's documented number of calls per account in 15 minutes.

    `lists` marks pages of items, `open` endpoints that need no token (the token endpoints themselves).
    """

    name: str
    method: str
    path: str
    work: Callable[[Call], Answer]
    groups: tuple[str, ...]
    limit: int
    scopes: tuple[str, ...] = ()
    writes: bool = False
    lists: bool = False
    open: bool = False


class Gate:
    """An ASGI application for one endpoint of one network: X's, unless a subclass says otherwise."""

    network = "x"

    def __init__(self, world: World, endpoint: Endpoint) -> None:
        self.world = world
        self.endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        seen = Seen(secrets.token_hex(8), self.endpoint.name, scope["method"], scope["path"], started_ms=now_ms())
        self.world.traffic.enter(seen)
        status = 0
        try:
            status = await self.serve(request, Sender(scope, receive, send), seen)
        except ClientDisconnect:
            status = 0  # the caller left while still sending: nothing was accepted
        finally:
            self.world.traffic.leave(seen, status=status, ended_ms=now_ms())

    async def serve(self, request: Request, sender: Sender, seen: Seen) -> int:
        """Answer the request; returns the status sent, 0 when the connection was closed without one."""
        call = await self.read(request, seen)
        endpoint, world = self.endpoint, self.world
        token, user = self.identify(call)
        call.token, call.user = token, user
        seen.user_id = str(user["id"]) if user is not None else None
        fired = world.trouble.draw(
            groups=endpoint.groups,
            writes=endpoint.writes,
            lists=endpoint.lists,
            documents=not endpoint.writes and not endpoint.open,
            user_id=user["id"] if user is not None else None,
        )
        call.troubles = fired
        seen.trouble = call.trouble_names
        if "hang" in fired:
            await sender.wait_until_gone()
            return await sender.cut()
        refused = self.refuse(fired)
        if refused is not None:
            return await sender.answer(*refused)
        if "late" in fired:
            await sender.wait_until_gone()
            await asyncio.sleep(fired["late"].options["ms"] / 1000)
        answer = self.work(call)
        if "late" in fired or "swallow" in fired:
            return await sender.cut()
        if answer.status < 300 and "after500" in fired:
            return await sender.answer(500, shapes.dump(self.excuse(500)), {})
        if answer.status < 300 and "after429" in fired:
            return await sender.answer(429, shapes.dump(self.excuse(429)), {**answer.headers})
        return await self.finish(answer, fired, sender)

    def refuse(self, fired: dict[str, Switch]) -> tuple[int, bytes, dict[str, str]] | None:
        """The refusal that a trouble demands before any work is done."""
        return refuse(fired)

    def excuse(self, status: int) -> Any:
        """The body with which the network claims a failure after it accepted."""
        return errors.too_many().body if status == 429 else errors.plain(500, "Internal Server Error").body

    def shaped(self, answer: Answer, fired: dict[str, Switch]) -> bytes:
        """The body as it goes out, bent by the troubles that change what it says."""
        body = answer.body
        if body is not None and self.world.rules["post_dialect"]:
            body = rename(body)
        if body is not None and answer.status == 200:
            for name, shape in shapes.SHAPES.items():
                if name in fired:
                    body = shape(body, fired[name])
        return b"" if body is None else shapes.dump(body)

    async def finish(self, answer: Answer, fired: dict[str, Switch], sender: Sender) -> int:
        """Send the answer, bent by whatever troubles are left."""
        data = self.shaped(answer, fired)
        if "slow" in fired and not fired["slow"].options["drip"]:
            await asyncio.sleep(fired["slow"].options["ms"] / 1000)
        if "garble" in fired and data:
            spoiled, cut = shapes.garble(data, fired["garble"])
            if cut:
                return await sender.cut_body(answer.status, spoiled, len(data), answer.headers)
            data = spoiled
        if "slow" in fired and fired["slow"].options["drip"]:
            return await sender.drip(answer.status, data, answer.headers, seconds=fired["slow"].options["ms"] / 1000)
        return await sender.answer(answer.status, data, answer.headers)

    def identify(self, call: Call) -> tuple[sqlite3.Row | None, sqlite3.Row | None]:
        """The token and account of a request, or nothing when the token is missing or worthless."""
        if self.endpoint.open:
            return None, None
        scheme, _, access = call.headers.get("authorization", "").partition(" ")
        token = tokens.find_valid(self.world, access.strip()) if scheme.lower() == "bearer" else None
        user = people.on(self.world, token["user_id"], self.network) if token is not None else None
        return (token, user) if user is not None else (None, None)

    def work(self, call: Call) -> Answer:
        """Check token, scopes and limit, then do the endpoint's own work. Every refusal becomes an answer."""
        headers: dict[str, str] = {}
        try:
            if not self.endpoint.open:
                if call.token is None or call.user is None:
                    raise errors.unauthorized()
                verdict = self.world.limits.take(
                    user_id=call.me["id"], endpoint=self.endpoint.name, limit=self.endpoint.limit,
                    factor=self.world.rules["limit_factor"],
                )  # fmt: skip
                headers = verdict.headers()
                if not verdict.allowed:
                    raise errors.too_many()
                if call.me["suspended"]:
                    raise errors.forbidden("Your account is suspended and is not permitted to access this feature.")
                if not set(self.endpoint.scopes) <= set(call.token["scopes"].split()):
                    raise errors.forbidden(
                        "Your client app is not configured with the appropriate oauth2 app permissions for this endpoint."
                    )
            answer = self.endpoint.work(call)
        except errors.Refusal as refusal:
            return Answer(refusal.body, refusal.status, {**headers, **refusal.headers})
        except BadField as problem:
            refusal = errors.invalid({f"$.{problem.field}": [""]}, f"$.{problem.field}: {problem.reason}")
            return Answer(refusal.body, refusal.status, headers)
        answer.headers = {**headers, **answer.headers}
        return answer

    async def read(self, request: Request, seen: Seen) -> Call:
        """Take the body in full; what is not JSON or a form is simply absent, and the endpoint says so."""
        document: Any = None
        form: dict[str, Any] = {}
        raw = b""
        repeated = {name: request.query_params.getlist(name) for name in request.query_params}
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
            async with request.form(max_part_size=MAX_BYTES) as parts:
                for name, value in parts.multi_items():
                    form[name] = await value.read() if isinstance(value, UploadFile) else value
                    if isinstance(value, str):
                        repeated.setdefault(name, []).append(value)
        else:
            raw = await request.body()
            try:
                document = shapes.load(raw) if raw else None
            except (ValueError, RecursionError):
                document = None
        return Call(
            world=self.world, request_id=seen.request_id, query=dict(request.query_params),
            path=dict(request.path_params), headers=request.headers, json=document, form=form,
            address=request.url.path,
            repeated=repeated, raw=raw,
        )  # fmt: skip


def refuse(fired: dict[str, Switch]) -> tuple[int, bytes, dict[str, str]] | None:
    """The refusal that a trouble demands before any work is done."""
    if "401" in fired:
        return 401, shapes.dump(errors.unauthorized().body), {}
    if "429" in fired:
        options = fired["429"].options
        refusal = errors.usage_capped() if options["capped"] else errors.too_many()
        reset = str(now_ms() // 1000 + options["seconds"])
        headers = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        return 429, shapes.dump(refusal.body), headers if options["reset"] else {}
    if "500" in fired:
        return 500, shapes.dump(errors.plain(500, "Internal Server Error").body), {}
    if "html" in fired:
        return fired["html"].options["status"], errors.OVER_CAPACITY_HTML, {"content-type": "text/html; charset=utf-8"}
    return None


def rename(value: Any) -> Any:
    """The same document in the words of the newest X documents (networks.md, "Two dialects")."""
    if isinstance(value, dict):
        return {POST_DIALECT.get(name, name): rename(inner) for name, inner in value.items()}
    return [rename(inner) for inner in value] if isinstance(value, list) else value


class Sender:
    """Sends an answer, or fails to, on purpose."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.close = scope["practice.close"]
        self.receive = receive
        self.send = send

    async def start(self, status: int, headers: dict[str, str], length: int) -> None:
        names = {"content-type": "application/json; charset=utf-8", **headers, "content-length": str(length)}
        raw = [(name.lower().encode(), value.encode()) for name, value in names.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})

    async def answer(self, status: int, data: bytes, headers: dict[str, str]) -> int:
        """A whole answer, as it should be."""
        await self.start(status, headers, len(data))
        await self.send({"type": "http.response.body", "body": data})
        return status

    async def drip(self, status: int, data: bytes, headers: dict[str, str], *, seconds: float) -> int:
        """The whole answer in many small pieces, so that no read timeout between them ever fires."""
        await self.start(status, headers, len(data))
        pieces = min(len(data), max(2, int(seconds * 10))) or 1
        size = -(-len(data) // pieces) or 1
        for start in range(0, len(data), size):
            await self.send({"type": "http.response.body", "body": data[start : start + size], "more_body": True})
            await asyncio.sleep(seconds / pieces)
        await self.send({"type": "http.response.body", "body": b""})
        return status

    async def cut_body(self, status: int, data: bytes, promised: int, headers: dict[str, str]) -> int:
        """Promise more bytes than will come, then hang up."""
        await self.start(status, headers, promised)
        await self.send({"type": "http.response.body", "body": data, "more_body": True})
        await self.cut()
        return status

    async def cut(self) -> int:
        """Hang up without (the rest of) an answer."""
        self.close()
        await self.wait_until_gone()
        return 0

    async def wait_until_gone(self) -> None:
        """Wait until the caller has hung up, or for as long as we are willing to."""
        try:
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                while (await self.receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            self.close()
