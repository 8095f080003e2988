"""Pictures and files of the square."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from . import faces, media, people, web

if TYPE_CHECKING:
    from .world import World


def page_routes(world: World) -> list[BaseRoute]:
    """Faces, uploads and static files."""

    async def face(request: Request) -> Response:
        row = people.find(world, request.path_params["who"])
        if row is None:
            return Response("nobody", 404, media_type="text/plain")
        return Response(
            faces.draw(row["face"], row["name"]), media_type="image/svg+xml",
            headers={"cache-control": "max-age=300", "x-content-type-options": "nosniff"},
        )  # fmt: skip

    async def upload(request: Request) -> Response:
        row = media.get(world, request.path_params["id"])
        if row is None or not row["done"]:
            return Response("no such upload", 404, media_type="text/plain")
        return Response(
            media.read(world, row["id"]), media_type=row["mime"], headers={"x-content-type-options": "nosniff"}
        )

    return [
        Route("/faces/{who}.svg", face),
        Route("/media/{id:int}", upload),
        Mount("/static", StaticFiles(directory=web.HERE / "static")),
    ]
