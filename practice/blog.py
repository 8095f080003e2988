"""A pretend blog on the square: pages on which a person posts and comments, and the feeds that readers take from it.

RSS 2.0 with `wfw:commentRss` and `slash:comments` under each post, as WordPress 6 writes them, with an ETag, and a hub that
calls (hub.py). Nothing can be answered through a feed, so this is where a person of Rabta comes to answer.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from . import hub, web
from .clock import now_ms

if TYPE_CHECKING:
    from .world import World

TITLE = "Kettle and Lamp"
LONGEST = {"name": 60, "title": 140, "text": 5000}
ENTRIES = 50
SPACES = (
    'xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"'
)
#: What XML cannot hold.
UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FIRST = (
    ("Parisa", "Three months with the Anar kettle", "It boils fast. But the lid has begun to rattle. Has anybody had it mended?"),
    ("Bilal", "انار مارکیٹ سے لیمپ", "لیمپ اچھا ہے مگر دو ہفتے بعد پہنچا۔ کیا سب کے ساتھ ایسا ہوا؟"),
)  # fmt: skip


def begin(world: World) -> None:
    """Give an empty blog its first posts."""
    if world.store.one("SELECT 1 FROM blog") is None:
        for name, title, text in FIRST:
            write(world, name=name, title=title, text=text, post_id=None)


def write(world: World, *, name: str, title: str, text: str, post_id: int | None) -> int:
    """Keep a post, or with `post_id` a comment under it. Returns its number."""
    with world.store.write() as db:
        made = db.execute(
            "INSERT INTO blog (post_id, name, title, text, created_ms) VALUES (?, ?, ?, ?, ?)",
            (post_id, name, title, text, now_ms()),
        )
        return int(made.lastrowid or 0)


def posts(world: World) -> list[dict[str, Any]]:
    """The newest posts, with how many comments they have."""
    rows = world.store.all(
        "SELECT b.*, (SELECT count(*) FROM blog c WHERE c.post_id = b.id) AS comments FROM blog b"
        " WHERE post_id IS NULL ORDER BY id DESC LIMIT ?",
        (ENTRIES,),
    )
    return [shown(row) | {"comments": row["comments"]} for row in rows]


def comments(world: World, post_id: int) -> list[dict[str, Any]]:
    """The newest comments under a post, oldest first."""
    rows = world.store.all("SELECT * FROM blog WHERE post_id = ? ORDER BY id DESC LIMIT ?", (post_id, ENTRIES))
    return [shown(row) for row in reversed(rows)]


def post(world: World, number: int) -> dict[str, Any] | None:
    """One post, or None."""
    row = world.store.one("SELECT * FROM blog WHERE id = ? AND post_id IS NULL", (number,))
    return shown(row) if row is not None else None


def shown(row: sqlite3.Row) -> dict[str, Any]:
    moment = datetime.fromtimestamp(row["created_ms"] / 1000, UTC)
    words = {name: row[name] for name in ("name", "title", "text")}
    return {"id": row["id"], **words, "iso": moment.isoformat(), "when": f"{moment:%d %b %Y, %H:%M} UTC", "moment": moment}


# --- feeds ------------------------------------------------------------------------------------------------------------
def element(name: str, value: str) -> str:
    return f"<{name}>{escape(UNSPEAKABLE.sub('', value))}</{name}>"


def item(base: str, entry: dict[str, Any], *, page: str, more: str = "") -> str:
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in entry["text"].splitlines() if line.strip())
    parts = (
        element("title", entry["title"]), element("link", page),
        f'<guid isPermaLink="false">{base}/blog/entries/{entry["id"]}</guid>',
        element("dc:creator", entry["name"]), element("pubDate", format_datetime(entry["moment"], usegmt=True)),
        element("description", paragraphs), more,
    )  # fmt: skip
    return f"<item>{''.join(parts)}</item>"


def document(title: str, page: str, items: list[str], *, more: str = "") -> bytes:
    """The feed's document."""
    head = element("title", title) + element("link", page) + element("description", "A pretend blog for practice") + more
    channel = f"<channel>{head}{''.join(items)}</channel>"
    return f"<?xml version='1.0' encoding='utf-8'?>\n<rss version='2.0' {SPACES}>{channel}</rss>".encode()


def posts_document(world: World) -> bytes:
    """The feed of the posts, which names its hub."""
    base, rows = world.settings.base_url, []
    for entry in posts(world):
        page = f"{base}/blog/{entry['id']}"
        more = element("wfw:commentRss", f"{page}/comments.xml") + element("slash:comments", str(entry["comments"]))
        rows.append(item(base, entry, page=page, more=more))
    topic = topic_of(world)
    links = f'<atom:link rel="hub" href="{base}/blog/hub"/><atom:link rel="self" type="application/rss+xml" href="{topic}"/>'
    return document(TITLE, f"{base}/blog/", rows, more=links)


def topic_of(world: World) -> str:
    return f"{world.settings.base_url}/blog/feed.xml"


def feed(request: Request, body: bytes) -> Response:
    """The document, or 304 when the reader has it already."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"etag": etag})
    return Response(body, media_type="application/rss+xml", headers={"etag": etag, "x-content-type-options": "nosniff"})


def blog_routes(world: World) -> list[BaseRoute]:
    """The blog's pages, its forms, and its feeds."""
    base = world.settings.base_url

    async def index(request: Request) -> Response:
        return web.page("blog.html", blog=TITLE, posts=posts(world), post=None, comments=[], feed=f"{base}/blog/feed.xml")

    async def one(request: Request) -> Response:
        found = post(world, request.path_params["id"])
        if found is None:
            return PlainTextResponse("There is no such post.", 404)
        under = comments(world, found["id"])
        return web.page("blog.html", blog=TITLE, posts=[], post=found, comments=under, feed=f"{base}/blog/feed.xml")

    async def posts_feed(request: Request) -> Response:
        return feed(request, posts_document(world))

    async def comments_feed(request: Request) -> Response:
        found = post(world, request.path_params["id"])
        if found is None:
            return PlainTextResponse("There is no such post.", 404)
        page = f"{base}/blog/{found['id']}"
        rows = [
            item(base, entry | {"title": f"By: {entry['name']}"}, page=f"{page}#comment-{entry['id']}")
            for entry in reversed(comments(world, found["id"]))
        ]
        return feed(request, document(f"Comments on: {found['title']}", page, rows))

    async def take(request: Request) -> Response:
        if not web.from_here(request):
            return PlainTextResponse("This did not come from a page of the blog.", 403)
        under = request.path_params.get("id")
        if under is not None and post(world, under) is None:
            return PlainTextResponse("There is no such post.", 404)
        form = await request.form()
        values = {name: said(form, name) for name in LONGEST}
        needed = ("name", "text") if under is not None else ("name", "title", "text")
        missing = [name for name in needed if not values[name]]
        if missing:
            return PlainTextResponse(f"Write something under: {', '.join(missing)}.", 400)
        made = write(world, **values, post_id=under)
        links = f'<{base}/blog/hub>; rel="hub", <{topic_of(world)}>; rel="self"'
        hub.tell(world, topic_of(world), posts_document(world), "application/rss+xml", links)
        return RedirectResponse(f"/blog/{under}#comment-{made}" if under is not None else f"/blog/{made}", 303)

    return [
        Route("/blog/", index),
        Route("/blog/", take, methods=["POST"]),
        Route("/blog/feed.xml", posts_feed),
        Route("/blog/hub", hub.hub(world, topic_of(world)), methods=["POST"]),
        Route("/blog/{id:int}", one),
        Route("/blog/{id:int}", take, methods=["POST"]),
        Route("/blog/{id:int}/comments.xml", comments_feed),
    ]


def said(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip()[: LONGEST.get(name, 160)] if isinstance(value, str) else ""
