"""A pretend shop on the square: a page of another site that carries Rabta's chat widget, so that a person can play its visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from . import web
from .problems import BadField

if TYPE_CHECKING:
    from .world import World

KEPT = "shop_widget"
LANGUAGES = {"en": "English", "ur": "اردو", "fa": "فارسی", "ar": "العربية"}
RTL = frozenset({"ur", "fa", "ar"})


def hang(world: World, *, script: Any, key: Any) -> dict[str, Any]:
    """Keep which widget the shop's page carries. Raises `BadField`."""
    parts = urlsplit(script) if isinstance(script, str) else urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or any(sign in parts.netloc for sign in " ;,'\"<>"):
        raise BadField("script", "must be the address of a script")
    if not isinstance(key, str) or not 0 < len(key) <= 64:
        raise BadField("key", "must be the widget's key")
    world.store.save_rule(KEPT, {"script": script, "key": key})
    return {"page": f"{world.settings.base_url}/shop/"}


def shop_routes(world: World) -> list[BaseRoute]:
    """The one page."""

    async def page(request: Request) -> Response:
        asked = request.query_params.get("lang", "en")
        language = asked if asked in LANGUAGES else "en"
        kept = world.store.read_rule(KEPT) or {"script": "", "key": ""}
        parts = urlsplit(kept["script"])
        return web.page(
            "shop.html", guest=f"{parts.scheme}://{parts.netloc}" if parts.netloc else "", **kept, language=language,
            way="rtl" if language in RTL else "ltr", languages=LANGUAGES,
        )  # fmt: skip

    return [Route("/shop/", page)]
