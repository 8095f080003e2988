"""The roads of a Facebook Page, and what its webhooks bring.

developers.facebook.com/docs/graph-api/reference/page/feed, …/tagged, …/ratings, …/conversations, …/object/comments, read 2026-11.
"""

from collections.abc import Mapping
from typing import Any

from social.networks._graph_hook import entries
from social.networks._graph_messages import MESSAGE, add_message, fates_of, messaging, take_talk
from social.networks._graph_pages import NO_ID, Found, Road, Taken, oldest_of, rows_of
from social.networks._graph_shapes import is_id, moment_of
from social.networks._graph_wire import Graph, after_of
from social.networks._shapes import mapping, mappings, string
from social.networks._versions import digest, revision_between, version_id
from social.networks.fates import Fate
from social.networks.values import Access, Envelope, Page

FEED, TAGGED, RATINGS, TALKS = "feed", "tagged", "ratings", "talks"
PAGE_POSTS = 25
PAGE_TALKS = 25
SHOWN_COMMENTS = 50
SHOWN_MESSAGES = 25
DEEP_ROWS = 100
ATTACHMENT = "type,title,description,url,media,target"
COMMENT = f"id,from,message,created_time,parent{{id}},attachment{{{ATTACHMENT}}},message_tags,permalink_url"
POST = f"id,from,message,story,created_time,updated_time,permalink_url,attachments{{{ATTACHMENT},subattachments}}"
COMMENTS = f"comments.filter(stream).order(reverse_chronological).limit({SHOWN_COMMENTS}){{{COMMENT}}}"
TALK = f"id,updated_time,participants,messages.limit({SHOWN_MESSAGES}){{{MESSAGE}}}"
RATING = "created_time,has_rating,has_review,rating,recommendation_type,review_text,reviewer{id,name},open_graph_story{id}"
#: What makes a post of somebody else's, in webhooks; reactions, likes and the rest are no messages.
POST_KINDS = ("post", "status", "photo", "video", "share", "link")
FRESH = ("add", "edited", "edit")


def roads(page_id: str) -> tuple[Road, ...]:
    """The lists of a Page, the one that matters most first."""

    def connection(edge: str, fields: str, limit: int, **more: str) -> Any:
        def ask(graph: Graph, after: str) -> Any:
            place = {"after": after} if after else {}
            return graph.get_connections(page_id, edge, fields=fields, limit=limit, **more, **place)

        return ask

    def ask_comments(graph: Graph, post: str, after: str) -> Any:
        order = {"filter": "stream", "order": "reverse_chronological"}
        return graph.get_connections(post, "comments", fields=COMMENT, limit=DEEP_ROWS, after=after, **order)

    def ask_messages(graph: Graph, on: str, after: str) -> Any:
        return graph.get_connections(on.partition(":")[0], "messages", fields=MESSAGE, limit=DEEP_ROWS, after=after)

    def take_comment(row: Any, post: str) -> Taken:
        taken = Taken()
        _add_comment(taken, row, post, page_id)
        return taken

    def take_message(row: Any, on: str) -> Taken:
        taken = Taken()
        add_message(taken, row, on.partition(":")[2], page_id)
        return taken

    return (
        Road(
            FEED, connection("feed", f"{POST},{COMMENTS}", PAGE_POSTS), lambda row: _post(row, page_id), ask_comments, take_comment
        ),
        Road(TAGGED, connection("tagged", POST, PAGE_POSTS), lambda row: _post(row, page_id)),
        Road(RATINGS, connection("ratings", RATING, PAGE_POSTS), lambda row: _rating(row, page_id)),
        Road(
            TALKS,
            connection("conversations", TALK, PAGE_TALKS, platform="MESSENGER"),
            lambda row: take_talk(row, page_id),
            ask_messages,
            take_message,
            by_change=True,
        ),
    )


def _post(row: Any, page_id: str) -> Taken:
    """A post and the comments shown with it. The Page's own posts are what customers comment on, no message to us."""
    taken = Taken()
    post = mapping(row)
    identifier = string(post.get("id"))
    if not is_id(identifier):
        taken.broken.append((NO_ID, row))
        return taken
    written = moment_of(post.get("created_time"))
    if string(mapping(post.get("from")).get("id")) != page_id:
        bare = {name: value for name, value in post.items() if name != "comments"}
        words = digest(bare.get("message"), bare.get("story"), written, mapping(bare.get("from")).get("id"))
        taken.found.append(Found(identifier, {"kind": "post", "page": page_id, "item": bare}, written, words))
    for comment in rows_of(post.get("comments")):
        _add_comment(taken, comment, identifier, page_id)
    following = after_of(post.get("comments"))
    if following:
        taken.deep.append((identifier, following, oldest_of(post.get("comments"))))
    moments = [written, *(thing.written for thing in taken.found)]
    taken.changed = max((moment for moment in moments if moment), default=None)
    return taken


def _add_comment(taken: Taken, row: Any, post: str, page_id: str) -> None:
    comment = mapping(row)
    identifier = string(comment.get("id"))
    if not is_id(identifier):
        taken.broken.append((NO_ID, row))
        return
    written = moment_of(comment.get("created_time"))
    mark = digest(comment.get("message"), written, mapping(comment.get("from")).get("id"))
    payload = {"kind": "comment", "page": page_id, "post": post, "item": dict(comment)}
    taken.found.append(Found(identifier, payload, written, mark))


def _rating(row: Any, page_id: str) -> Taken:
    taken = Taken()
    rating = mapping(row)
    identifier = string(mapping(rating.get("open_graph_story")).get("id"))
    if not is_id(identifier):
        taken.broken.append((NO_ID, row))
        return taken
    taken.changed = moment_of(rating.get("created_time"))
    mark = digest(rating.get("review_text"), rating.get("rating"), rating.get("recommendation_type"), taken.changed)
    payload = {"kind": "rating", "page": page_id, "item": dict(rating)}
    taken.found.append(Found(identifier, payload, taken.changed, mark))
    return taken


# --- webhooks --------------------------------------------------------------------------------------------------------
def unpacked(access: Access, document: Mapping[str, Any]) -> Page:
    """The items of a call that are about this Page, each once, and what it says was deleted."""
    items: dict[str, Envelope] = {}
    gone: list[str] = []
    broken: list[tuple[str, Any]] = []
    fates: list[Fate] = []
    page_id = access.external_id
    for entry in entries(document, "page", page_id):
        for change in mappings(entry.get("changes")):
            if change.get("field") in ("feed", "ratings", "mention"):
                _change(mapping(change.get("value")), entry, page_id, items, gone, broken)
        for event in [*mappings(entry.get("messaging")), *mappings(entry.get("standby"))]:
            messaging(event, entry, page_id, items, gone, broken)
            fates += fates_of(event)
    return Page(tuple(items.values()), {}, broken=tuple(broken), gone=tuple(gone), fates=tuple(fates))


def _change(
    value: Mapping[str, Any], entry: Mapping[str, Any], page_id: str,
    items: dict[str, Envelope], gone: list[str], broken: list[tuple[str, Any]],
) -> None:  # fmt: skip
    kind, verb = value.get("item"), value.get("verb")
    name = {"comment": "comment_id", "rating": "open_graph_story_id"}.get(string(kind), "post_id")
    identifier = string(value.get(name))
    if kind not in ("comment", "rating", *POST_KINDS) or verb not in (*FRESH, "remove"):
        return
    if kind in POST_KINDS and string(mapping(value.get("from")).get("id")) == page_id and verb != "remove":
        return
    if not is_id(identifier):
        broken.append((NO_ID, dict(value)))
        return
    if verb == "remove":
        gone.append(identifier)
        return
    seen_at = moment_of(entry.get("time"))
    payload: dict[str, Any] = {
        "kind": "change",
        "page": page_id,
        "item": dict(value),
        "seen_at": seen_at.isoformat() if seen_at else "",
    }
    if verb != "add":
        payload["revision"] = revision_between(moment_of(value.get("created_time")), seen_at)
    key = version_id(identifier, payload.get("revision", 0))
    items[key] = Envelope(key, payload)
