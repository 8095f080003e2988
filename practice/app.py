"""The process's one ASGI application: the wire, the control API, and the square itself."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from .blog import blog_routes
from .calling import ringing
from .consent import consent_routes
from .control import control_routes
from .desk import desk_routes
from .mail import mail_routes
from .meta import meta_routes
from .page import page_routes
from .phone import phone_routes
from .shop import shop_routes
from .wire.routes import wire_routes
from .wire_bluesky.routes import bluesky_routes
from .wire_custom.routes import custom_routes
from .wire_google.routes import google_routes
from .wire_graph.routes import graph_routes
from .wire_linkedin.routes import linkedin_routes
from .wire_mail.login import sign_in_routes
from .wire_mail.service import serving as mail_serving
from .wire_mastodon.routes import mastodon_routes
from .wire_reddit.routes import reddit_routes
from .wire_telegram.routes import telegram_routes
from .wire_twilio.routes import twilio_routes
from .wire_youtube.routes import youtube_routes
from .world import World

MAX_BODY_BYTES = 64 * 1024 * 1024


async def health(request: Request) -> Response:
    """Ready to serve."""
    return JSONResponse({"ok": True})


async def not_found(request: Request, error: Exception) -> Response:
    """JSON for programs, a plain line for people."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": "Record not found"}, status)
    if request.url.path.startswith("/bot"):
        return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
    if request.url.path.startswith("/2010-04-01/"):
        return JSONResponse({"code": 20404, "message": "The requested resource was not found", "status": 404}, 404)
    if request.url.path.startswith("/xrpc/"):
        return JSONResponse({"error": "MethodNotImplemented", "message": "Method Not Implemented"}, 501)
    if request.url.path.startswith(("/2/", "/1.1/", "/_")):
        title = "Not Found" if status == 404 else "Method Not Allowed" if status == 405 else "Error"
        return JSONResponse({"title": title, "detail": title, "type": "about:blank", "status": status}, status)
    return PlainTextResponse("There is nothing at this corner of the square.", status)


def create_app(world: World) -> ASGIApp:
    """Build the application around a world."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with mail_serving(world), ringing(world):
            yield
        world.crowd.stop()
        world.store.close()

    app = Starlette(
        routes=[
            Route("/_practice/health", health),
            *wire_routes(world),
            *mastodon_routes(world),
            *telegram_routes(world),
            *twilio_routes(world),
            *bluesky_routes(world),
            *graph_routes(world),
            *google_routes(world),
            *youtube_routes(world),
            *reddit_routes(world),
            *linkedin_routes(world),
            *custom_routes(world),
            *control_routes(world),
            *consent_routes(world),
            *blog_routes(world),
            *shop_routes(world),
            *mail_routes(world),
            *sign_in_routes(world),
            *phone_routes(world),
            *meta_routes(world),
            *desk_routes(world),
            *page_routes(world),
        ],
        exception_handlers={404: not_found, 405: not_found},
        lifespan=lifespan,
    )
    return Door(app)


class Door:
    """Outermost layer: puts a way to hang up within reach, and refuses giant bodies early.

    Uvicorn offers no ASGI extension for closing a connection without an answer, so the transport is taken from
    the request cycle whose `send` we are handed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            cycle = getattr(send, "__self__", None)
            scope["practice.close"] = cycle.transport.close if cycle is not None else (lambda: None)
            length = dict(scope["headers"]).get(b"content-length", b"0")
            if not length.isdigit() or int(length) > MAX_BODY_BYTES:
                await PlainTextResponse("The body is too large.", 413)(scope, receive, send)
                return
        await self.app(scope, receive, send)
