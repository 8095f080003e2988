"""Pages of posts: mentions, own timeline, recent search."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

from .. import clock, people, trouble
from ..clock import now_ms
from . import errors, fields, query
from .gate import Answer, Call
from .render import Renderer

MOST_MENTIONS = 800
MOST_OWN = 3200
SEARCH_DAYS = 7
BATCH = 200
# What X shows: newest versions of living posts of its own people.
SHOWN = "p.network = 'x' AND p.deleted_ms IS NULL AND p.replaced_by IS NULL"


def make_token(before: int, *, repeat: bool = False) -> str:
    """A pagination token: where the next page starts; opaque to the caller, as on X."""
    raw = json.dumps([before, int(repeat)]).encode()
    return base64.b32encode(raw).decode().rstrip("=").lower()


def read_token(value: str, name: str) -> tuple[int, bool]:
    """What `make_token` made. Raises the 400 X sends for a token it never gave."""
    try:
        before, repeat = json.loads(base64.b32decode(value.upper() + "=" * (-len(value) % 8)))
        if not isinstance(before, int):
            raise ValueError("not an id")
    except (ValueError, TypeError):
        raise errors.invalid({name: [value]}, f"The `{name}` query parameter value [{value}] is not valid") from None
    return before, bool(repeat)


def rows_below(call: Call, source: str, values: list[Any], before: int, after: int) -> Iterator[Any]:
    """Newest versions of living posts with after < id < before, newest first, in small batches."""
    while True:
        rows = call.world.store.all(
            f"SELECT p.* FROM {source} AND p.id < ? AND p.id > ? AND {SHOWN}"
            " ORDER BY p.id DESC LIMIT ?",
            [*values, before, after, BATCH],
        )
        yield from rows
        if len(rows) < BATCH:
            return
        before = rows[-1]["id"]


def page_of_posts(
    call: Call, *, source: str, values: list[Any], low: int, default: int, most: int | None,
    keep: Callable[[Any], bool] = lambda row: True, token_name: str = "pagination_token",
) -> Answer:  # fmt: skip
    """Cut one page out of a source of posts by since_id, until_id, times and token, newest first.

    `most` is how many posts back the network lets anyone look, or None.
    """
    world = call.world
    count = fields.read_count(call.query, "max_results", low=low, high=100, default=default)
    after = fields.read_id(call.query, "since_id") or 0
    before = fields.read_id(call.query, "until_id") or clock.MAX_ID
    start, end = fields.read_moment(call.query, "start_time"), fields.read_moment(call.query, "end_time")
    if start is not None:
        after = max(after, clock.id_floor(start) - 1)
    if end is not None:
        before = min(before, clock.id_floor(end))
    repeated = False
    token = call.query.get(token_name) or (call.query.get("pagination_token") if token_name == "next_token" else None)
    if token is not None:
        position, repeated = read_token(token, token_name)
        before = min(before, position)
    if most is not None:
        reach = world.store.one(
            f"SELECT p.id FROM {source} AND {SHOWN} ORDER BY p.id DESC LIMIT 1 OFFSET ?",
            [*values, most],
        )
        after = max(after, reach["id"] if reach is not None else 0)
    hold = call.troubles.get("hold")
    now = now_ms()
    hidden_authors: dict[int, bool] = {}
    page: list[Any] = []
    more = False
    for row in rows_below(call, source, values, before, after):
        if hold is not None and trouble.is_held(hold, item_id=row["id"], stored_ms=row["stored_ms"], now_ms=now):
            continue
        author_id = row["author_id"]
        if author_id not in hidden_authors:
            author = people.find(world, author_id)
            hidden_authors[author_id] = bool(author is not None and author["protected"] and author_id != call.me["id"])
        if hidden_authors[author_id] or not keep(row):
            continue
        if len(page) == count:
            more = True
            break
        page.append(row)
    renderer = Renderer(world, call.query)
    data = [renderer.tweet(row) for row in page]
    meta: dict[str, Any] = {"result_count": len(page)}
    if page:
        meta |= {"newest_id": str(page[0]["id"]), "oldest_id": str(page[-1]["id"])}
    twice = call.troubles.get("twice")
    if page and twice is not None and twice.options["mode"] == "page" and not repeated:
        meta["next_token"] = make_token(page[0]["id"] + 1, repeat=True)
    elif more:
        meta["next_token"] = make_token(page[-1]["id"])
    if token is not None and page:
        meta["previous_token"] = make_token(page[0]["id"] + 1)
    return Answer(renderer.body(data, meta=meta))


def visible_user(call: Call) -> Any:
    """The person in the path. Raises the partial-error answer X gives with status 200."""
    user_id = fields.path_id(call.path["id"])
    person = people.on(call.world, user_id, "x")
    if person is None:
        raise errors.Refusal(200, {"errors": [errors.missing("user", "id", user_id)]})
    if person["suspended"]:
        raise errors.Refusal(200, {"errors": [errors.suspended("id", user_id)]})
    return person


def mentions(call: Call) -> Answer:
    """GET /2/users/:id/mentions: at most 800 back, newest first, since_id exclusive."""
    fields.check_parameters(call.query, fields.TIMELINE_PARAMETERS)
    person = visible_user(call)
    return page_of_posts(
        call, source="mentions m JOIN posts p ON p.id = m.post_id WHERE m.user_id = ?", values=[person["id"]],
        low=5, default=10, most=MOST_MENTIONS,
    )  # fmt: skip


def own_posts(call: Call) -> Answer:
    """GET /2/users/:id/tweets: at most 3200 back; how a sender reads back what it wrote."""
    fields.check_parameters(call.query, (*fields.TIMELINE_PARAMETERS, "exclude"))
    person = visible_user(call)
    no_replies = "replies" in fields.chosen(call.query, "exclude")
    return page_of_posts(
        call, source="posts p WHERE p.author_id = ?", values=[person["id"]], low=5, default=10, most=MOST_OWN,
        keep=lambda row: not (no_replies and row["reply_to_id"]),
    )  # fmt: skip


def search(call: Call) -> Answer:
    """GET /2/tweets/search/recent: the last seven days, basic operators."""
    allowed = (*fields.TIMELINE_PARAMETERS, "query", "next_token", "sort_order")
    fields.check_parameters(call.query, allowed)
    text = call.query.get("query", "")
    if not text.strip() or len(text) > 512:
        raise errors.invalid({"query": [text]}, "The `query` query parameter must be between 1 and 512 characters")
    matches = query.parse(text)
    oldest = clock.id_floor(now_ms() - SEARCH_DAYS * 86_400_000)
    since = fields.read_id(call.query, "since_id")
    if since is not None and since < oldest:
        raise errors.invalid(
            {"since_id": [since]},
            f"'since_id' must be a tweet id created after [{clock.format_time(clock.ms_of_id(oldest))}]."
            f" Please use a 'since_id' that is larger than {oldest}",
        )
    return page_of_posts(
        call, source="posts p WHERE p.id > ?", values=[oldest], low=10, default=10, most=None,
        keep=lambda row: matches(call.world, row), token_name="next_token",
    )  # fmt: skip
