"""The roads of a Facebook Page, and what its webhooks bring.

developers.facebook.com/docs/graph-api/reference/page/feed, …/tagged, …/ratings, …/conversations, …/object/comments, read 2026-11.
"""

from collections.abc import Mapping
from typing import Any

from social.networks._facebook_read import from_messaging
from social.networks._graph_hook import entries
from social.networks._graph_pages import Found, Road, Taken, oldest_of, rows_of
from social.networks._graph_shapes import FROM_HOOK, digest, is_id, is_person, message_key, moment_of, revision_between, version_id
from social.networks._graph_wire import Graph, after_of
from social.networks._shapes import mapping, mappings, string
from social.networks.base import Access, Envelope, Page

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
MESSAGE = "id,created_time,from,to,message,attachments,sticker,shares"
TALK = f"id,updated_time,participants,messages.limit({SHOWN_MESSAGES}){{{MESSAGE}}}"
RATING = "created_time,has_rating,has_review,rating,recommendation_type,review_text,reviewer{id,name},open_graph_story{id}"
NO_ID = "An item without a usable id."
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
        _add_message(taken, row, on.partition(":")[2], page_id)
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
            lambda row: _talk(row, page_id),
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


def _talk(row: Any, page_id: str) -> Taken:
    taken = Taken()
    talk = mapping(row)
    people = [string(person.get("id")) for person in mappings(rows_of(talk.get("participants")))]
    customer = next((person for person in people if is_person(person) and person != page_id), "")
    if not string(talk.get("id")).startswith("t_"):
        taken.broken.append((NO_ID, row))
        return taken
    taken.changed = moment_of(talk.get("updated_time"))
    for message in rows_of(talk.get("messages")):
        _add_message(taken, message, customer, page_id)
    following = after_of(talk.get("messages"))
    if following:
        taken.deep.append((f"{string(talk.get('id'))}:{customer}", following, oldest_of(talk.get("messages"))))
    return taken


def _add_message(taken: Taken, row: Any, customer: str, page_id: str) -> None:
    message = mapping(row)
    identifier = message_key(message.get("id"))
    if not identifier:
        taken.broken.append((NO_ID, row))
        return
    written = moment_of(message.get("created_time"))
    mark = digest(message.get("message"), written, mapping(message.get("from")).get("id"))
    payload = {"kind": "message", "page": page_id, "customer": customer, "item": dict(message)}
    taken.found.append(Found(identifier, payload, written, mark))


# --- webhooks --------------------------------------------------------------------------------------------------------
def unpacked(access: Access, document: Mapping[str, Any]) -> Page:
    """The items of a call that are about this Page, each once, and what it says was deleted."""
    items: dict[str, Envelope] = {}
    gone: list[str] = []
    broken: list[tuple[str, Any]] = []
    page_id = access.external_id
    for entry in entries(document, "page", page_id):
        for change in mappings(entry.get("changes")):
            if change.get("field") in ("feed", "ratings", "mention"):
                _change(mapping(change.get("value")), entry, page_id, items, gone, broken)
        for event in [*mappings(entry.get("messaging")), *mappings(entry.get("standby"))]:
            messaging(event, entry, page_id, items, gone, broken)
    return Page(tuple(items.values()), {}, broken=tuple(broken), gone=tuple(gone))


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


def messaging(
    event: Mapping[str, Any], entry: Mapping[str, Any], account_id: str,
    items: dict[str, Envelope], gone: list[str], broken: list[tuple[str, Any]],
) -> None:  # fmt: skip
    """One messaging event: a message, an echo of our own, an edit, a button pressed, a message taken back. Others are none."""
    said = [mapping(event.get(name)) for name in ("message", "message_edit", "postback")]
    if not any(said):
        return
    key = message_key(from_messaging(event, account_id)["id"])
    if not key:
        if said[2]:
            return  # a button of older days has no id, and only asks for the menu
        broken.append((NO_ID, dict(event)))
        return
    if said[0].get("is_deleted") is True:
        gone.extend((key, f"{key}{FROM_HOOK}"))
        return
    seen_at = moment_of(entry.get("time"))
    payload: dict[str, Any] = {
        "kind": "messaging",
        "page": account_id,
        "item": dict(event),
        "seen_at": seen_at.isoformat() if seen_at else "",
    }
    number = said[1].get("num_edit")
    if said[1]:
        payload["revision"] = number if isinstance(number, int) and 0 < number < 1000 else 1
        name = version_id(key, payload["revision"])
    else:
        name = f"{key}{FROM_HOOK}"
    items[name] = Envelope(name, payload)
