"""The square as people see it: one page, its small API, faces, uploads and static files.

The page's writes are the control API's own pieces of work, behind a same-origin check instead of the key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from . import control, control_trouble, faces, media, people, posts, wall, web
from .control import Order, Work, read_fields, refused
from .problems import BadField
from .trouble import KINDS
from .wire_bluesky import names
from .wire_linkedin.render import post_of
from .wire_reddit.render import number_of

if TYPE_CHECKING:
    from .world import World

PREFIX = "/_chowk"
FACE_CHOICES = 12


def my_id(order: Order) -> int:
    """The person who is played, or 0 when that person is gone."""
    person = people.find(order.world, order.query.get("me", ""))
    return int(person["id"]) if person is not None else 0


def show_wall(order: Order) -> Any:
    """Threads new or changed since a version, and everything small that the panels show."""
    world, me = order.world, my_id(order)
    only = order.query.get("only", "all")
    if only not in wall.FILTERS:
        raise BadField("only", f"must be one of {', '.join(wall.FILTERS)}")
    before = order.number("before", 0) or None
    answer = wall.threads(world, me=me, since=order.number("since", 0), before=before, only=only)
    if before is None:
        talks = wall.conversations(world, me)
        answer |= {
            "me": me and str(me), "crowd": world.crowd.describe(), "trouble": world.trouble.describe(),
            "last_dm": talks[0]["last"] if talks and not talks[0]["mine"] else "0", "people": len(world.handles),
            "waiting": wall.count_waiting(world),
        }  # fmt: skip
    return answer


def show_messages(order: Order) -> Any:
    me = my_id(order)
    other = order.query.get("with")
    answer: dict[str, Any] = {"conversations": wall.conversations(order.world, me)}
    if other:
        person = people.get(order.world, other, "with")
        answer |= {"with": wall.person_card(person), "messages": wall.talk(order.world, me=me, other=person["id"])}
    return answer


def show_accounts(order: Order) -> Any:
    return {"accounts": wall.accounts(order.world), "rules": control.show_rules(order)}


# Doors of the page: what the control API can do, without import, reset and the issuing of tokens.
WORK: tuple[tuple[str, str, Work], ...] = (
    ("GET", "/wall", show_wall),
    ("GET", "/messages", show_messages),
    ("GET", "/accounts", show_accounts),
    ("GET", "/people", control.list_people),
    ("POST", "/people", control.create_person),
    ("PATCH", "/people/{who}", control.change_person),
    ("POST", "/uploads", control.upload),
    ("POST", "/posts", control.create_post),
    ("PATCH", "/posts/{id}", control.edit_post),
    ("DELETE", "/posts/{id}", control.delete_post),
    ("POST", "/posts/{id}/like", control.like_post),
    ("POST", "/dms", control.send_dm),
    ("POST", "/tokens/revoke", control.revoke_tokens),
    ("POST", "/tokens/expire", control.expire_tokens),
    ("GET", "/trouble", control_trouble.list_troubles),
    ("POST", "/trouble", control_trouble.add_trouble),
    ("DELETE", "/trouble", control_trouble.remove_troubles),
    ("DELETE", "/trouble/{which}", control_trouble.remove_troubles),
    ("PATCH", "/rules", control.change_rules),
    ("POST", "/crowd", control.start_crowd),
    ("DELETE", "/crowd", control.stop_crowd),
)


def door(world: World, work: Work) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a piece of work for the page."""

    async def serve(request: Request) -> Response:
        if not web.from_here(request):
            return refused(BadField("Origin", "this call did not come from the page of the square", status=403))
        try:
            order = Order(world, request, await read_fields(request), origin="page")
            return JSONResponse(work(order), headers={"cache-control": "no-store"})
        except BadField as problem:
            return refused(problem)

    return serve


def show_thread(world: World, post_id: int) -> Response:
    """A thread by the address of one of its posts, as plain HTML."""
    wanted = posts.find(world, post_id)
    rows = world.store.all(
        "SELECT * FROM posts WHERE conversation_id = ? AND replaced_by IS NULL"
        " AND visibility IN ('public', 'unlisted') ORDER BY id LIMIT 500",
        [wanted["conversation_id"] if wanted else 0],
    )
    shown = []
    for row in rows:
        author = people.find(world, row["author_id"])
        moment = datetime.fromtimestamp(row["created_ms"] / 1000, UTC)
        shown.append(
            posts.describe(world, row)
            | {
                "name": author["name"] if author else "Somebody", "official": bool(author and author["is_brand"]),
                "iso": moment.isoformat(), "when": f"{moment:%d %b %Y, %H:%M} UTC",
            }
        )  # fmt: skip
    title = shown[0]["name"] if shown else "Not here"
    return web.page("thread.html", status=200 if shown else 404, posts=shown, wanted=str(post_id), title=title)


def page_routes(world: World) -> list[BaseRoute]:
    """The page, its API, faces, uploads and static files."""

    async def square(request: Request) -> Response:
        return web.page("square.html", kinds=list(KINDS.values()), faces=[f"seed-{number}" for number in range(FACE_CHOICES)])

    def picture(face: str, name: str) -> Response:
        return Response(
            faces.draw(face, name), media_type="image/svg+xml",
            headers={"cache-control": "max-age=300", "x-content-type-options": "nosniff"},
        )  # fmt: skip

    async def face(request: Request) -> Response:
        row = people.find(world, request.path_params["who"])
        return picture(row["face"], row["name"]) if row is not None else picture("nobody,bald", "Somebody")

    async def face_choice(request: Request) -> Response:
        return picture(request.path_params["face"], "A face to choose")

    async def thread(request: Request) -> Response:
        return show_thread(world, request.path_params["id"])

    async def bluesky_thread(request: Request) -> Response:
        person = names.person_named(world, request.path_params["who"])
        row = names.post_under(world, person, request.path_params["key"]) if person is not None else None
        return show_thread(world, row["id"] if row is not None else 0)

    async def reddit_thread(request: Request) -> Response:
        keys = [key for key in request.path_params["keys"].split("/") if key]
        return show_thread(world, number_of(keys[-1] if len(keys) > 2 else keys[0]) if keys else 0)

    async def linkedin_thread(request: Request) -> Response:
        row = post_of(world, request.path_params["urn"])
        return show_thread(world, row["id"] if row is not None else 0)

    async def upload(request: Request) -> Response:
        row = media.get(world, request.path_params["id"])
        if row is None or not row["done"]:
            return Response("no such upload", 404, media_type="text/plain")
        return Response(media.read(world, row["id"]), media_type=row["mime"], headers={"x-content-type-options": "nosniff"})

    fonts = web.HERE.parent / "static" / "vendor"
    return [
        Route("/", square),
        *(Route(PREFIX + path, door(world, work), methods=[method]) for method, path, work in WORK),
        Route("/faces/{who}.svg", face),
        Route("/face-choices/{face}.svg", face_choice),
        Route("/media/{id:int}", upload),
        # The addresses that the networks give a post, which Rabta links to.
        Route("/@{handle}/{id:int}", thread),
        Route("/{handle}/status/{id:int}", thread),
        Route("/profile/{who}/post/{key}", bluesky_thread),
        Route("/feed/update/{urn}", linkedin_thread),
        Route("/r/{subreddit}/comments/{keys:path}", reddit_thread),
        Mount("/static", StaticFiles(directory=web.HERE / "static")),
        # The letters of Urdu and Persian; without them the page falls back to what the machine has.
        Mount("/vendor", StaticFiles(directory=fonts, check_dir=False)),
    ]
