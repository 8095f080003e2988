"""The telephone booth of the square: a page on which a person texts and calls a brand as anybody, and reads what came back."""

from __future__ import annotations

import json
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
from .wire_twilio import calls, hooks, work
from .wire_twilio.numbers import NETWORK, SHOP_ID, SHOP_TOKEN, number_of, sid

if TYPE_CHECKING:
    from .control import Order
    from .world import World

SHOWN = 50
#: What may become of a call made on the page.
PLANS: dict[str, dict[str, Any]] = {
    "nobody": {"ring_ms": 8000},
    "message": {"ring_ms": 8000, "message_seconds": 12},
    "taken": {"ring_ms": 8000, "taken": True, "seconds": 95},
}


def lines(world: World, person: sqlite3.Row, brand: sqlite3.Row) -> list[dict[str, Any]]:
    """What both said, oldest first."""
    rows = world.store.all(
        "SELECT * FROM dms WHERE conversation = ? ORDER BY id DESC LIMIT ?", (messages.pair(person["id"], brand["id"]), SHOWN)
    )
    texts = [
        {
            "ours": row["sender_id"] == person["id"], "text": row["text"], "at": row["created_ms"],
            "pictures": [media.shown(world, number) for number in json.loads(row["media"])],
        }
        for row in rows
    ]  # fmt: skip
    rung = calls.lines(world, person, brand)
    called = [{"ours": True, "text": call_words(call), "at": call["at"], "pictures": []} for call in rung]
    return sorted([*texts, *called], key=lambda line: line["at"])[-SHOWN:]


def call_words(call: dict[str, Any]) -> str:
    """A call in a line."""
    if call["message"]:
        return f"☎ left a message of {call['message']} s"
    return f"☎ {call['status']}, {call['seconds']} s"


def described(person: sqlite3.Row) -> dict[str, Any]:
    return {**people.describe(person), "number": number_of(person)}


def phone_routes(world: World) -> list[BaseRoute]:
    """The booth's page and its forms."""

    def pair_of(values: Any) -> tuple[sqlite3.Row | None, sqlite3.Row | None]:
        folk = people.everyone(world, network=NETWORK)
        found = [people.on(world, said(values, name), NETWORK) if said(values, name) else None for name in ("as", "to")]
        person = found[0] or next((row for row in folk if not row["is_brand"]), None)
        return person, found[1] or next((row for row in folk if row["is_brand"]), None)

    async def booth(request: Request) -> Response:
        person, brand = pair_of(request.query_params)
        folk = [described(row) for row in people.everyone(world, network=NETWORK)]
        shop = people.on(world, SHOP_ID, NETWORK)
        return web.page(
            "phone.html", person=described(person) if person else None, brand=described(brand) if brand else None,
            people=[row for row in folk if not row["is_brand"]], brands=[row for row in folk if row["is_brand"]],
            lines=lines(world, person, brand) if person and brand else [], hook=hooks.hook_of(world, brand) if brand else "",
            account=sid("AC", SHOP_ID) if shop else "", token=SHOP_TOKEN,
        )  # fmt: skip

    async def take(request: Request) -> Response:
        if not web.from_here(request):
            return PlainTextResponse("This did not come from a page of the square.", 403)
        form = await request.form(max_part_size=media.MAX_BYTES)
        person, brand = pair_of(form)
        if person is None or brand is None:
            return PlainTextResponse("Nobody here has a telephone.", 400)
        try:
            what = said(form, "what")
            if what == "hook":
                hooks.set_hook(world, brand, said(form, "url"))
            elif what == "call":
                calls.dial(world, person=person, brand=brand, **PLANS.get(said(form, "then"), PLANS["nobody"]))
            else:
                given = form.get("picture")
                picture = await given.read() if isinstance(given, UploadFile) else b""
                work.say(world, person=person, brand=brand, text=said(form, "text"), origin="page", picture=picture)
        except BadField as problem:
            return PlainTextResponse(f"{problem.field} {problem.reason}.", 400)
        return RedirectResponse(
            request.url_for("booth").include_query_params(**{"as": str(person["id"]), "to": str(brand["id"])}), 303
        )

    return [Route("/phone/", booth, name="booth"), Route("/phone/", take, methods=["POST"])]


# --- the control API's part -----------------------------------------------------------------------------------------
def _brand(order: Order) -> sqlite3.Row:
    return people.get(order.world, order.path["who"])


def set_hook(order: Order) -> Any:
    hooks.set_hook(order.world, _brand(order), order.take("url")["url"])
    return {"told": True}


def list_calls_made(order: Order) -> Any:
    return bell(order.world).describe(_brand(order))


def dial(order: Order) -> Any:
    given = order.take("from", taken=False, seconds=0, ring_ms=calls.RING_MS, message_seconds=0)
    person = people.on(order.world, given.pop("from"), NETWORK)
    if person is None:
        raise BadField("from", "has no telephone")
    return calls.dial(order.world, person=person, brand=_brand(order), **given)


PHONE_WORK: tuple[tuple[str, str, Any], ...] = (
    ("PUT", "/phone/{who}/hook", set_hook),
    ("GET", "/phone/{who}/calls", list_calls_made),
    ("POST", "/phone/{who}/dial", dial),
)
