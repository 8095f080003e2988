"""The customers' side of a system of one's own: a page on which a person writes to a desk, with files, and reads what came back."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from . import media, messages, people, web
from .blog import said
from .calling import bell
from .problems import BadField
from .wire_custom import desks, work
from .wire_custom.desks import KNOWN_SECRET, NETWORK

if TYPE_CHECKING:
    from .control import Order
    from .world import World

SHOWN = 50


def lines(world: World, person: sqlite3.Row, desk: sqlite3.Row) -> list[dict[str, Any]]:
    """What both said, oldest first. Who looks at the page has read it."""
    rows = world.store.all(
        "SELECT * FROM dms WHERE conversation = ? AND deleted_ms IS NULL ORDER BY id DESC LIMIT ?",
        (messages.pair(person["id"], desk["id"]), SHOWN),
    )
    return [
        {
            "id": row["id"], "ours": row["sender_id"] == person["id"], "text": row["text"], "edited": row["edited_ms"] is not None,
            "liked": bool(row["reaction"]), "files": work.media_of(world, row),
        }
        for row in reversed(rows)
    ]  # fmt: skip


def desk_routes(world: World) -> list[BaseRoute]:
    """The desk's page and its forms."""

    def pair_of(values: Any) -> tuple[sqlite3.Row | None, sqlite3.Row | None]:
        folk = people.everyone(world, network=NETWORK)
        found = [people.on(world, said(values, name), NETWORK) if said(values, name) else None for name in ("as", "to")]
        first = [next((row for row in folk if bool(row["is_brand"]) is brand), None) for brand in (False, True)]
        return found[0] or first[0], found[1] or first[1]

    async def page(request: Request) -> Response:
        person, desk = pair_of(request.query_params)
        folk = [people.describe(row) for row in people.everyone(world, network=NETWORK)]
        shown = lines(world, person, desk) if person and desk else []
        newest = next((line for line in reversed(shown) if not line["ours"]), None)
        if newest is not None:
            row = messages.find(world, newest["id"])
            if row is not None:
                desks.read(world, row)
        return web.page(
            "desk.html", person=people.describe(person) if person else None, desk=people.describe(desk) if desk else None,
            people=[row for row in folk if not row["is_brand"]], desks=[row for row in folk if row["is_brand"]],
            lines=shown, hook=desks.hook_of(world, desk) if desk else "", secret=KNOWN_SECRET,
        )  # fmt: skip

    async def take(request: Request) -> Response:
        if not web.from_here(request):
            return PlainTextResponse("This did not come from a page of the square.", 403)
        form = await request.form(max_part_size=media.MAX_BYTES)
        person, desk = pair_of(form)
        if person is None or desk is None:
            return PlainTextResponse("Nobody here has a desk.", 400)
        try:
            what = said(form, "what")
            if what == "hook":
                desks.set_hook(world, desk, said(form, "url"))
            elif what in ("edit", "delete"):
                event = messages.find(world, work.number(said(form, "id")))
                if event is None or event["sender_id"] != person["id"]:
                    raise BadField("id", "is no message of theirs")
                desks.heard(world, work.changed(world, event, text=said(form, "text") if what == "edit" else None))
            else:
                given = form.get("file")
                content = await given.read() if isinstance(given, UploadFile) else b""
                name = (given.filename or "") if isinstance(given, UploadFile) else ""
                desks.heard(world, say(world, person=person, desk=desk, text=said(form, "text"), content=content, name=name))
        except BadField as problem:
            return PlainTextResponse(f"{problem.field} {problem.reason}.", 400)
        return RedirectResponse(
            request.url_for("desk").include_query_params(**{"as": str(person["id"]), "to": str(desk["id"])}), 303
        )

    return [Route("/desk/", page, name="desk"), Route("/desk/", take, methods=["POST"])]


def say(world: World, *, person: sqlite3.Row, desk: sqlite3.Row, text: str, content: bytes = b"", name: str = "") -> sqlite3.Row:
    """A customer writes to a desk. Raises `BadField`."""
    files = []
    if content:
        row = media.take(world, owner_id=person["id"], data=content, otherwise="application/octet-stream")
        with world.store.write() as db:
            db.execute("UPDATE media SET category = ? WHERE id = ?", (name[:100], row["id"]))
        files = [row["id"]]
    return messages.send(world, sender=person, recipient=desk, text=text, media_ids=files, origin="page")


# --- the control API's part -----------------------------------------------------------------------------------------
def _desk(order: Order) -> sqlite3.Row:
    return people.get(order.world, order.path["who"])


def set_hook(order: Order) -> Any:
    desks.set_hook(order.world, _desk(order), order.take("url")["url"])
    return {"told": True}


def list_calls_made(order: Order) -> Any:
    return bell(order.world).describe(_desk(order))


def change(order: Order) -> Any:
    given = order.take("id", text=None)
    event = messages.find(order.world, work.number(str(given["id"])))
    if event is None:
        raise BadField("id", "is no message that stands")
    desks.heard(order.world, work.changed(order.world, event, text=given["text"]))
    return {"changed": True}


DESK_WORK: tuple[tuple[str, str, Any], ...] = (
    ("PUT", "/desk/{who}/hook", set_hook),
    ("GET", "/desk/{who}/calls", list_calls_made),
    ("POST", "/desk/change", change),
)
