"""The control API: what tests, the demo and the page's panels use to move the network. See practice/README.md."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import importing, ledger, mail, media, messages, people, posts, shapes, shop, telling, tokens
from .control_trouble import TROUBLE_WORK
from .control_x import X_WORK
from .desk import DESK_WORK
from .meta import META_WORK
from .phone import PHONE_WORK
from .problems import BadField
from .wire_google.pushing import GOOGLE_WORK
from .wire_telegram import queue
from .world import RULES

if TYPE_CHECKING:
    from .world import World

Work = Callable[["Order"], Any]
PREFIX = "/_practice/api"


class Order:
    """One control request: path and query values, and the fields of its JSON body."""

    def __init__(self, world: World, request: Request, fields: dict[str, Any], *, origin: str = "control") -> None:
        self.world = world
        self.origin = origin
        self.path = request.path_params
        self.query = request.query_params
        self.fields = fields

    def take(self, *names: str, **defaults: Any) -> dict[str, Any]:
        """The named fields (required) and those with defaults. Raises `BadField` for missing or unknown ones."""
        unknown = set(self.fields) - set(names) - set(defaults)
        if unknown:
            raise BadField(sorted(unknown)[0], f"not known here; known: {', '.join([*names, *defaults])}")
        for name in names:
            if self.fields.get(name) is None:
                raise BadField(name, "is required")
        return {**defaults, **self.fields}

    def number(self, name: str, default: int) -> int:
        value = self.query.get(name, str(default))
        if not value.isascii() or not value.isdigit():
            raise BadField(name, "must be a whole number")
        return int(value)


async def read_fields(request: Request) -> dict[str, Any]:
    """The JSON object of a body; an empty body is an empty object."""
    raw = await request.body()
    if not raw:
        return {}
    try:
        document = shapes.load(raw)
    except (ValueError, RecursionError):
        raise BadField("body", "is not JSON") from None
    if not isinstance(document, dict):
        raise BadField("body", "must be a JSON object")
    return document


def refused(problem: BadField) -> JSONResponse:
    """The one error shape of the control API and the page."""
    return JSONResponse({"error": {"field": problem.field, "reason": problem.reason}}, problem.status)


def endpoint(world: World, work: Work) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a piece of work: key checked, body read, refusals shaped."""

    async def serve(request: Request) -> Response:
        given = request.headers.get("x-practice-key", "")
        if not secrets.compare_digest(given.encode(), world.settings.admin_key.encode()):
            return refused(BadField("X-Practice-Key", "missing or wrong", status=401))
        try:
            done = work(Order(world, request, await read_fields(request)))
            return JSONResponse(await done if inspect.isawaitable(done) else done)
        except BadField as problem:
            return refused(problem)

    return serve


def list_people(order: Order) -> Any:
    wanted = order.query.get("brand")
    brands = None if wanted is None else wanted in ("1", "true")
    return {"people": [people.describe(row) for row in people.everyone(order.world, brands=brands)]}


def create_person(order: Order) -> Any:
    given = dict(order.fields)
    handle, name, network = given.pop("handle", None), given.pop("name", None), given.pop("network", "x")
    made = people.create(order.world, handle=handle, name=name, origin=order.origin, network=network, **people.clean_names(given))
    return people.describe(made)


def show_person(order: Order) -> Any:
    return people.describe(people.get(order.world, order.path["who"]))


def change_person(order: Order) -> Any:
    return people.describe(people.change(order.world, order.path["who"], **people.clean_names(order.fields)))


def issue_token(order: Order) -> Any:
    given = order.take("account", scopes=list(tokens.DEFAULT_SCOPES), seconds=tokens.ACCESS_SECONDS)
    person = people.get(order.world, given["account"])
    scopes, seconds = given["scopes"], given["seconds"]
    if not isinstance(scopes, list) or not set(scopes) <= set(tokens.SCOPES):
        raise BadField("scopes", f"must be a list from {', '.join(tokens.SCOPES)}")
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise BadField("seconds", "must be a whole number")
    row = tokens.issue(order.world, user_id=person["id"], scopes=scopes, seconds=seconds)
    return {
        "token_type": "bearer", "access_token": row["access"], "refresh_token": row["refresh"],
        "expires_in": seconds, "expires_ms": row["expires_ms"], "scope": row["scopes"],
        "user": people.describe(person),
    }  # fmt: skip


def token_counts(order: Order) -> Any:
    person = people.get(order.world, order.query.get("account", ""))
    return {"account": str(person["id"]), **tokens.counts(order.world, person["id"])}


def which_tokens(order: Order) -> dict[str, Any]:
    given = order.take(account=None, token=None)
    if (given["account"] is None) == (given["token"] is None):
        raise BadField("account", "give either account or token")
    if given["token"] is not None:
        return {"token": str(given["token"])}
    return {"user_id": people.get(order.world, given["account"])["id"]}


def revoke_tokens(order: Order) -> Any:
    return {"revoked": tokens.revoke(order.world, **which_tokens(order))}


def expire_tokens(order: Order) -> Any:
    return {"expired": tokens.expire(order.world, **which_tokens(order))}


def import_batch(order: Order) -> Any:
    return importing.load(order.world, order.fields)


def hang_widget(order: Order) -> Any:
    return shop.hang(order.world, **order.take("script", "key"))


def upload(order: Order) -> Any:
    """A picture or film of somebody's, as base64, with what it shows."""
    given = order.take("by", "data", alt="")
    row = media.put(order.world, person=people.get(order.world, given["by"], "by"), data=given["data"], alt=str(given["alt"]))
    return media.shown(order.world, row["id"])


def create_post(order: Order) -> Any:
    given = order.take("author", "text", reply_to=None, quote=None, lang=None, visibility="public", stars=None, media=())
    world = order.world
    author = people.get(world, given["author"], "author")
    parent = posts.get_living(world, given["reply_to"], "reply_to") if given["reply_to"] is not None else None
    quote = posts.get_living(world, given["quote"], "quote") if given["quote"] is not None else None
    row = posts.create(
        world, author=author, text=given["text"], reply_to=parent, quote=quote, lang=given["lang"], origin=order.origin,
        visibility=given["visibility"], stars=given["stars"],
        media_ids=media.own(world, owner_id=author["id"], ids=given["media"]),
    )  # fmt: skip
    telling.post(world, row, "add")
    return posts.describe(world, row)


def list_posts(order: Order) -> Any:
    conditions, values = ["1 = 1"], []
    for name, column in (("author", "author_id"), ("conversation", "conversation_id"), ("reply_to", "reply_to_id")):
        if name in order.query:
            conditions.append(f"{column} = ?")
            value = order.query[name]
            values.append(people.get(order.world, value, name)["id"] if name == "author" else int(value) if value.isdigit() else 0)
    if order.query.get("deleted") not in ("1", "true"):
        conditions.append("deleted_ms IS NULL AND replaced_by IS NULL")
    rows = order.world.store.all(
        f"SELECT * FROM posts WHERE {' AND '.join(conditions)} AND id > ? ORDER BY id LIMIT ?",
        [*values, order.number("since_id", 0), order.number("limit", 1000)],
    )
    return {"posts": [posts.describe(order.world, row) for row in rows]}


def show_post(order: Order) -> Any:
    row = posts.find(order.world, int(order.path["id"])) if order.path["id"].isdigit() else None
    if row is None:
        raise BadField("id", f"there is no post {order.path['id']}", status=404)
    return posts.describe(order.world, row)


def edit_post(order: Order) -> Any:
    given = order.take("text")
    row = posts.get_living(order.world, order.path["id"], "id")
    edited = posts.edit(order.world, post=row, text=given["text"], origin=order.origin)
    telling.post(order.world, edited, "edited")
    return posts.describe(order.world, edited)


def delete_post(order: Order) -> Any:
    row = posts.get_living(order.world, order.path["id"], "id")
    posts.delete(order.world, post=row, origin=order.origin)
    telling.post(order.world, row, "remove")
    return {"deleted": True}


def like_post(order: Order) -> Any:
    given = order.take("by", liked=True)
    if not isinstance(given["liked"], bool):
        raise BadField("liked", "must be true or false")
    row = posts.get_living(order.world, order.path["id"], "id")
    by = people.get(order.world, given["by"], "by")
    posts.like(order.world, post=row, by=by, liked=given["liked"], origin=order.origin)
    telling.like(order.world, row, by, is_liked=given["liked"])
    return posts.describe(order.world, posts.get_living(order.world, row["id"]))


def send_dm(order: Order) -> Any:
    given = order.take("from", "to", "text", media=())
    sender, recipient = people.get(order.world, given["from"], "from"), people.get(order.world, given["to"], "to")
    if sender["network"] != recipient["network"]:
        raise BadField("to", "is on another network than the sender")
    if sender["network"] == "mastodon":
        raise BadField("to", "Mastodon has no messages of their own: write a post that only those named see")
    files = media.own(order.world, owner_id=sender["id"], ids=given["media"])
    row = messages.send(order.world, sender=sender, recipient=recipient, text=given["text"], media_ids=files, origin=order.origin)
    telling.message(order.world, row)
    return {"id": str(row["id"]), "conversation": row["conversation"], "created_ms": row["created_ms"]}


def list_dms(order: Order) -> Any:
    return {"dms": messages.describe(order.world, people.get(order.world, order.query.get("account", ""))["id"])}


def call_out(order: Order) -> Any:
    return queue.call_out(order.world, order.path["who"])


def write_mail(order: Order) -> Any:
    if "source" in order.fields:
        given = order.take("to", "source", received_ms=None, size=None)
        return mail.put_source(order.world, **given)
    given = order.take(
        "from", "to", "text", name="", subject="", html=None, in_reply_to=None, references=None, headers=None, attachments=None
    )
    return mail.write(order.world, given, origin=order.origin)


def list_mails(order: Order) -> Any:
    return {"mails": mail.describe(order.world, order.query.get("mailbox", ""), order.query.get("folder", "INBOX"))}


def show_rules(order: Order) -> Any:
    return {"rules": order.world.rules, "meaning": {name: text for name, (_, text) in RULES.items()}}


def change_rules(order: Order) -> Any:
    order.world.set_rules(order.fields)
    return show_rules(order)


def show_crowd(order: Order) -> Any:
    return order.world.crowd.describe()


def start_crowd(order: Order) -> Any:
    order.world.crowd.start(**order.take("rate", brands=None, languages=None, seed=1, total=None))
    return order.world.crowd.describe()


def stop_crowd(order: Order) -> Any:
    order.world.crowd.stop()
    return order.world.crowd.describe()


def show_ledger(order: Order) -> Any:
    account = order.query.get("account")
    entries = ledger.read(
        order.world, since=order.number("since", 0), kind=order.query.get("kind"), origin=order.query.get("origin"),
        user_id=people.get(order.world, account)["id"] if account else None, limit=order.number("limit", 10_000),
    )  # fmt: skip
    return {"entries": entries, "last": entries[-1]["seq"] if entries else order.number("since", 0)}


def show_traffic(order: Order) -> Any:
    return {"endpoints": order.world.traffic.counts()}


def clear_traffic(order: Order) -> Any:
    order.world.traffic.clear()
    return {"cleared": True}


def show_requests(order: Order) -> Any:
    return {"requests": order.world.traffic.requests(endpoint=order.query.get("endpoint"), since_ms=order.number("since_ms", 0))}


def reset(order: Order) -> Any:
    given = order.take(cast=False)
    order.world.crowd.stop()
    order.world.reset()
    if given["cast"]:
        order.world.invite_cast()
    return {"reset": True}


WORK: tuple[tuple[str, str, Work], ...] = (
    ("GET", "/people", list_people),
    ("POST", "/people", create_person),
    ("GET", "/people/{who}", show_person),
    ("PATCH", "/people/{who}", change_person),
    ("GET", "/tokens", token_counts),
    ("POST", "/tokens", issue_token),
    ("POST", "/tokens/revoke", revoke_tokens),
    ("POST", "/tokens/expire", expire_tokens),
    ("POST", "/import", import_batch),
    ("POST", "/shop", hang_widget),
    ("GET", "/posts", list_posts),
    ("POST", "/uploads", upload),
    ("POST", "/posts", create_post),
    ("GET", "/posts/{id}", show_post),
    ("PATCH", "/posts/{id}", edit_post),
    ("DELETE", "/posts/{id}", delete_post),
    ("POST", "/posts/{id}/like", like_post),
    ("POST", "/dms", send_dm),
    ("GET", "/dms", list_dms),
    ("POST", "/telegram/{who}/calls", call_out),
    *PHONE_WORK,
    *META_WORK,
    *GOOGLE_WORK,
    *X_WORK,
    *DESK_WORK,
    ("GET", "/mails", list_mails),
    ("POST", "/mails", write_mail),
    *TROUBLE_WORK,
    ("GET", "/rules", show_rules),
    ("PATCH", "/rules", change_rules),
    ("GET", "/crowd", show_crowd),
    ("POST", "/crowd", start_crowd),
    ("DELETE", "/crowd", stop_crowd),
    ("GET", "/ledger", show_ledger),
    ("GET", "/traffic", show_traffic),
    ("DELETE", "/traffic", clear_traffic),
    ("GET", "/requests", show_requests),
    ("POST", "/reset", reset),
)


def control_routes(world: World) -> list[Route]:
    """Its routes."""
    return [Route(PREFIX + path, endpoint(world, work), methods=[method]) for method, path, work in WORK]
