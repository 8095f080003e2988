"""The dashboard of Meta's apps: what an account is connected with, and where its webhooks go. And the control API's part of it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from . import calling, people, web
from .blog import said
from .problems import BadField
from .wire_graph import hooks
from .wire_graph.gate import APP_SECRET, KNOWN_TOKEN
from .wire_graph.signs import SIGN_WORK

if TYPE_CHECKING:
    from .control import Order
    from .world import World


def accounts(world: World) -> list[dict[str, Any]]:
    """Every account of Meta's networks with what a form asks for."""
    found = []
    for row in people.everyone(world, brands=True):
        if row["network"] in hooks.OBJECTS:
            hook = hooks.hook_of(world, row["id"])
            token = f"{KNOWN_TOKEN}{row['handle_key']}"
            found.append({**people.describe(row), "token": token, "hook": hook["url"] if hook is not None else ""})
    return found


def meta_routes(world: World) -> list[BaseRoute]:
    """The dashboard and its form."""

    async def dashboard(request: Request) -> Response:
        return web.page("meta.html", accounts=accounts(world), secret=APP_SECRET)

    async def take(request: Request) -> Response:
        if not web.from_here(request):
            return PlainTextResponse("This did not come from a page of the square.", 403)
        form = await request.form()
        try:
            brand = people.get(world, said(form, "account"))
            await hooks.subscribe(world, brand, url=said(form, "url"), verify_token=said(form, "verify"), app_secret=APP_SECRET)
        except BadField as problem:
            return PlainTextResponse(f"{problem.field} {problem.reason}.", 400)
        return RedirectResponse(request.url_for("dashboard"), 303)

    return [Route("/meta/", dashboard, name="dashboard"), Route("/meta/", take, methods=["POST"])]


# --- the control API's part -----------------------------------------------------------------------------------------
def _brand(order: Order) -> sqlite3.Row:
    return people.get(order.world, order.path["who"])


async def set_hook(order: Order) -> Any:
    secret = order.world.settings.client_secret
    given = order.take("url", verify_token="", app_secret=secret, ask=True)
    ask = given.pop("ask") is not False
    await hooks.subscribe(order.world, _brand(order), ask=ask, **{name: str(value) for name, value in given.items()})
    return {"subscribed": bool(given["url"])}


def list_calls_made(order: Order) -> Any:
    return calling.bell(order.world).describe(_brand(order))


META_WORK: tuple[tuple[str, str, Any], ...] = (
    ("PUT", "/graph/{who}/hook", set_hook),
    ("GET", "/graph/{who}/calls", list_calls_made),
    *SIGN_WORK,
)
