"""Single posts: look up, create, delete, like, hide."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from .. import media as uploads
from .. import people, posts, texts
from . import errors, fields
from .gate import Answer, Call
from .media import at_work
from .render import Renderer
from .users import list_of

BODY_FIELDS = {
    "text", "reply", "media", "quote_tweet_id", "reply_settings", "direct_message_deep_link", "for_super_followers_only",
    "geo", "poll", "community_id", "nullcast", "card_uri", "made_with_ai", "paid_partnership", "share_with_followers",
    "edit_options",
}  # fmt: skip


def lookup(call: Call, name: str, values: list[str]) -> tuple[Renderer, list[Any], list[Any]]:
    renderer = Renderer(call.world, call.query)
    data, problems = [], []
    for value in values:
        row = posts.find(call.world, fields.path_id(value, name))
        problem = renderer.invisible(row, name, value)
        if problem is not None:
            problems.append(problem)
        else:
            assert row is not None
            data.append(renderer.tweet(row))
    return renderer, data, problems


def by_id(call: Call) -> Answer:
    """GET /2/tweets/:id. What is deleted or unknown comes as 200 with `errors` and no `data`."""
    fields.check_parameters(call.query, fields.TWEET_PARAMETERS)
    renderer, data, problems = lookup(call, "id", [call.path["id"]])
    return Answer({"errors": problems} if problems else renderer.body(data[0]))


def by_ids(call: Call) -> Answer:
    """GET /2/tweets?ids=, at most 100."""
    fields.check_parameters(call.query, (*fields.TWEET_PARAMETERS, "ids"))
    renderer, data, problems = lookup(call, "ids", list_of(call, "ids"))
    body = renderer.body(data)
    if problems:
        body["errors"] = [*problems, *body.get("errors", [])]
    return Answer(body)


def create(call: Call) -> Answer:
    """POST /2/tweets: a post, a reply, a quote, with media."""
    text = call.field("text", required=False)
    unknown = set(call.json) - BODY_FIELDS
    if unknown:
        name = sorted(unknown)[0]
        raise errors.invalid(
            {f"$.{name}": [call.json[name]]},
            f"$.{name}: is not defined in the schema and the schema does not allow additional properties",
        )
    if text is not None and not isinstance(text, str):
        raise errors.invalid({"$.text": [text]}, "$.text: must be a string")
    media_ids = own_media(call)
    if not (text or "").strip() and not media_ids:
        raise errors.invalid({"$.text": [""]}, "Your Tweet text must not be empty unless media is attached")
    text = text or ""
    if texts.weighted_length(text) > texts.MAX_WEIGHT:
        raise errors.invalid(
            {"$.text": [text]},
            "Your Tweet text is too long. For more information about how Twitter determines text length see https://github.com/twitter/twitter-text",
        )
    parent = parent_of(call)
    quote = quoted(call)
    final = text
    if parent is not None and call.world.rules["reply_prefix"]:
        final = posts.reply_prefix(call.world, call.me, parent, text)
    if call.world.rules["duplicate_rule"] and not media_ids and posts.is_duplicate(call.world, author_id=call.me["id"], text=final):
        raise errors.forbidden("You are not allowed to create a Tweet with duplicate content.")
    row = posts.create(
        call.world, author=call.me, text=text, reply_to=parent, quote=quote, media_ids=media_ids, origin="api",
        request_id=call.request_id, trouble=call.trouble_names,
    )  # fmt: skip
    wire = json.loads(row["wire"])
    data = {"id": str(row["id"]), "text": wire["text"], "edit_history_tweet_ids": [str(row["id"])]}
    return Answer({"data": data}, 201)


def own_media(call: Call) -> list[int]:
    media = call.field("media", required=False)
    if media is None:
        return []
    ids = media.get("media_ids") if isinstance(media, dict) else None
    if not isinstance(ids, list) or not 1 <= len(ids) <= 4:
        raise errors.invalid({"$.media.media_ids": [ids]}, "$.media.media_ids: must have between 1 and 4 items")
    numbers = [fields.path_id(str(value), "media.media_ids") for value in ids]
    for number in numbers:
        row = uploads.get(call.world, number)
        if row is None or not row["done"] or row["owner_id"] != call.me["id"]:
            raise errors.invalid({"media.media_ids": [number]}, "Your media IDs are invalid.")
        if at_work(call.world, number):
            raise errors.invalid({"media.media_ids": [number]}, "Your media is not processed yet.")
        alone = row["mime"] == "image/gif" or row["mime"].startswith("video/")
        if alone and len(numbers) > 1:
            raise errors.invalid({"media.media_ids": ids}, "You may attach up to 4 photos, or one GIF, or one video.")
    return numbers


def visible(call: Call, post_id: int) -> sqlite3.Row | None:
    row = posts.find(call.world, post_id)
    return None if Renderer(call.world, {}).invisible(row, "id", post_id) else row


def parent_of(call: Call) -> sqlite3.Row | None:
    """The post answered, when X would let this account answer it."""
    reply = call.field("reply", required=False)
    if reply is None:
        return None
    value = reply.get("in_reply_to_tweet_id") if isinstance(reply, dict) else None
    if value is None:
        raise errors.invalid({"$.reply": ["{}"]}, "$.reply.in_reply_to_tweet_id: is missing but it is required")
    parent = visible(call, fields.path_id(str(value), "reply.in_reply_to_tweet_id"))
    if parent is None:
        raise errors.forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
    if call.world.rules["reply_rule"] and not engaged(call, parent):
        raise errors.forbidden(
            "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged"
            " by the author of the post you are replying to."
        )
    return parent


def engaged(call: Call, parent: sqlite3.Row) -> bool:
    """Whether the author of the post is ourselves, mentioned us in it, or quoted us."""
    me = call.me["id"]
    if parent["author_id"] == me or me in texts.mentioned_ids(json.loads(parent["wire"])):
        return True
    quoted_row = posts.find(call.world, parent["quote_id"]) if parent["quote_id"] else None
    return quoted_row is not None and quoted_row["author_id"] == me


def quoted(call: Call) -> sqlite3.Row | None:
    value = call.field("quote_tweet_id", required=False)
    if value is None:
        return None
    row = visible(call, fields.path_id(str(value), "quote_tweet_id"))
    if row is None:
        raise errors.invalid({"quote_tweet_id": [value]}, "The Tweet you are trying to quote is deleted or not visible to you.")
    return row


def delete(call: Call) -> Answer:
    """DELETE /2/tweets/:id. Deleting what is gone already answers `deleted: true` again, as X does."""
    post_id = fields.path_id(call.path["id"])
    row = posts.find(call.world, post_id)
    if row is not None and row["author_id"] != call.me["id"]:
        raise errors.forbidden("You are not authorized to delete this Tweet.")
    if row is not None and not row["deleted_ms"]:
        posts.delete(call.world, post=row, origin="api", request_id=call.request_id, trouble=call.trouble_names)
    return Answer({"data": {"deleted": True}})


def own_path(call: Call) -> None:
    if fields.path_id(call.path["id"]) != call.me["id"]:
        raise errors.forbidden("You are not permitted to perform this action.")


def target(call: Call, value: Any) -> sqlite3.Row:
    post_id = fields.path_id(str(value), "tweet_id")
    row = visible(call, post_id)
    if row is None:
        raise errors.Refusal(
            404, {"errors": [errors.missing("tweet", "tweet_id", post_id)], **errors.plain(404, "Not Found Error").body}
        )
    return row


def like(call: Call) -> Answer:
    """POST /2/users/:id/likes."""
    own_path(call)
    posts.like(
        call.world,
        post=target(call, call.field("tweet_id")),
        by=call.me,
        liked=True,
        origin="api",
        request_id=call.request_id,
    )
    return Answer({"data": {"liked": True}})


def unlike(call: Call) -> Answer:
    """DELETE /2/users/:id/likes/:tweet_id."""
    own_path(call)
    posts.like(
        call.world,
        post=target(call, call.path["tweet_id"]),
        by=call.me,
        liked=False,
        origin="api",
        request_id=call.request_id,
    )
    return Answer({"data": {"liked": False}})


def liking_users(call: Call) -> Answer:
    """GET /2/tweets/:id/liking_users."""
    fields.check_parameters(
        call.query, (*fields.TWEET_PARAMETERS, "max_results", "pagination_token"), expansions=fields.USER_EXPANSIONS
    )
    row = target(call, call.path["id"])
    renderer = Renderer(call.world, call.query)
    count = fields.read_count(call.query, "max_results", low=1, high=100, default=100)
    rows = call.world.store.all(
        "SELECT user_id FROM likes WHERE post_id = ? ORDER BY user_id DESC LIMIT ?", (row["first_id"], count)
    )
    data = [renderer.user(people.get(call.world, like_row["user_id"])) for like_row in rows]
    return Answer(renderer.body(data, meta={"result_count": len(data)}))


def hide(call: Call) -> Answer:
    """PUT /2/tweets/:id/hidden: only below one's own post."""
    hidden = call.field("hidden")
    if not isinstance(hidden, bool):
        raise errors.invalid({"$.hidden": [hidden]}, "$.hidden: must be a boolean")
    row = target(call, call.path["id"])
    root = posts.find(call.world, row["conversation_id"])
    if root is None or root["author_id"] != call.me["id"] or not row["reply_to_id"]:
        raise errors.forbidden("You are not permitted to perform this action.")
    posts.hide(call.world, post=row, hidden=hidden, request_id=call.request_id)
    return Answer({"data": {"hidden": hidden}})
