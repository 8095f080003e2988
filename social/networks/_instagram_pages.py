"""The roads of an Instagram account, what its webhooks bring, and what one stored item means.

developers.facebook.com/docs/instagram-platform: reference/ig-user/media and …/tags, ig-media/comments, webhooks, read 2026-11.
Conversations belong to the Page that the account is linked to, and show the newest twenty messages only.

An envelope is like `_facebook_read`'s, with the kinds `comment`, `tag`, `message`, `change` and `messaging`. What one customer
writes under one post is one conversation (key: the post's id), as on Facebook; messages are one for each person.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from social.networks._graph_hook import entries
from social.networks._graph_messages import (
    MESSAGE,
    author_of,
    fates_of,
    from_messaging,
    messaging,
    read_message,
    take_talk,
    text_of,
)
from social.networks._graph_pages import NO_ID, Found, Road, Taken, oldest_of, rows_of
from social.networks._graph_shapes import is_person, moment_of, written_at
from social.networks._graph_wire import Graph, after_of
from social.networks._shapes import mapping, mappings, string, web
from social.networks._text import clean
from social.networks._versions import digest, revision_of, version_id
from social.networks.errors import Malformed
from social.networks.fates import Fate
from social.networks.values import Access, Author, Envelope, Item, Media, Page

MEDIA, TAGS, TALKS = "media", "tags", "talks"
PAGE_MEDIA = 25
SHOWN_COMMENTS = 50
SHOWN_MESSAGES = 20
WORDS = "id,text,timestamp,from,username,parent_id"
COMMENT = f"{WORDS},replies.limit({SHOWN_COMMENTS}){{{WORDS}}}"
POST = f"id,permalink,timestamp,comments.limit({SHOWN_COMMENTS}){{{COMMENT}}}"
TAG = "id,caption,media_type,media_url,permalink,timestamp,username"
TALK = f"id,updated_time,participants,messages.limit({SHOWN_MESSAGES}){{{MESSAGE}}}"
FILMS = ("VIDEO", "REELS")


def roads(access: Access) -> tuple[Road, ...]:
    """The lists of an account, the one that matters most first."""
    account, handle = access.external_id, access.handle

    def connection(on: str, edge: str, fields: str, **more: str) -> Any:
        def ask(graph: Graph, after: str) -> Any:
            place = {"after": after} if after else {}
            return graph.get_connections(on, edge, fields=fields, limit=PAGE_MEDIA, **more, **place)

        return ask

    def ask_comments(graph: Graph, on: str, after: str) -> Any:
        media, _colon, parent = on.partition(":")
        edge, fields = ("replies", WORDS) if parent else ("comments", COMMENT)
        return graph.get_connections(parent or media, edge, fields=fields, limit=SHOWN_COMMENTS, after=after)

    def take_comment(row: Any, on: str) -> Taken:
        taken = Taken()
        media, _colon, parent = on.partition(":")
        _add_comment(taken, row, media, "", account, parent)
        return taken

    return (
        Road(MEDIA, connection(account, "media", POST), lambda row: _post(row, account), ask_comments, take_comment),
        Road(TAGS, connection(account, "tags", TAG), lambda row: _tag(row, account)),
        Road(
            TALKS,
            connection("me", "conversations", TALK, platform="INSTAGRAM"),
            lambda row: take_talk(row, account, handle=handle, deep=False),
            by_change=True,
        ),
    )


def _post(row: Any, account: str) -> Taken:
    """A post of the account's own: what is under it are messages to us."""
    taken = Taken()
    media = mapping(row)
    identifier = string(media.get("id"))
    if not is_person(identifier):
        taken.broken.append((NO_ID, row))
        return taken
    for comment in rows_of(media.get("comments")):
        _add_comment(taken, comment, identifier, web(media.get("permalink")), account)
    following = after_of(media.get("comments"))
    if following:
        taken.deep.append((identifier, following, oldest_of(media.get("comments"))))
    moments = [moment_of(media.get("timestamp")), *(thing.written for thing in taken.found)]
    taken.changed = max((moment for moment in moments if moment), default=None)
    return taken


def _add_comment(taken: Taken, row: Any, media: str, link: str, account: str, parent: str = "") -> None:
    comment = mapping(row)
    identifier = string(comment.get("id"))
    if not is_person(identifier):
        taken.broken.append((NO_ID, row))
        return
    written = moment_of(comment.get("timestamp"))
    bare = {name: value for name, value in comment.items() if name != "replies"}
    payload = {"kind": "comment", "page": account, "post": media, "link": link, "parent": parent, "item": bare}
    taken.found.append(Found(identifier, payload, written, digest(comment.get("text"), written)))
    for reply in rows_of(comment.get("replies")):
        _add_comment(taken, reply, media, link, account, identifier)
    following = after_of(comment.get("replies"))
    if following:
        # These come oldest first: the rest is read each time.
        taken.deep.append((f"{media}:{identifier}", following, None))


def _tag(row: Any, account: str) -> Taken:
    taken = Taken()
    media = mapping(row)
    identifier = string(media.get("id"))
    if not is_person(identifier):
        taken.broken.append((NO_ID, row))
        return taken
    taken.changed = moment_of(media.get("timestamp"))
    payload = {"kind": "tag", "page": account, "item": dict(media)}
    taken.found.append(Found(identifier, payload, taken.changed, digest(media.get("caption"), taken.changed)))
    return taken


# --- webhooks --------------------------------------------------------------------------------------------------------
def unpacked(access: Access, document: Mapping[str, Any]) -> Page:
    """The items of a call that are about this account, each once, and messages that were taken back."""
    items: dict[str, Envelope] = {}
    gone: list[str] = []
    broken: list[tuple[str, Any]] = []
    fates: list[Fate] = []
    for entry in entries(document, "instagram", access.external_id):
        for change in mappings(entry.get("changes")):
            value = mapping(change.get("value"))
            if change.get("field") not in ("comments", "live_comments"):
                continue
            identifier = string(value.get("id"))
            if not is_person(identifier):
                broken.append((NO_ID, dict(value)))
                continue
            payload = {"kind": "change", "page": access.external_id, "time": entry.get("time"), "item": dict(value)}
            items[identifier] = Envelope(identifier, payload)
        for event in [*mappings(entry.get("messaging")), *mappings(entry.get("standby"))]:
            messaging(event, entry, access.external_id, items, gone, broken)
            fates += fates_of(event)
    return Page(tuple(items.values()), {}, broken=tuple(broken), gone=tuple(gone), fates=tuple(fates))


# --- items -----------------------------------------------------------------------------------------------------------
def read_item(payload: Mapping[str, Any], *, account_id: str) -> Item:
    """Understand an envelope. Raises Malformed with the reason."""
    item, kind = payload.get("item"), payload.get("kind")
    if not isinstance(item, dict):
        raise Malformed(_("The item holds nothing."), code="no_item")
    if kind == "messaging":
        return read_message(from_messaging(item, account_id), payload, account_id)
    if kind == "message":
        return read_message(item, payload, account_id)
    if kind == "change":
        media = mapping(item.get("media")).get("id")
        item = {**item, "timestamp": payload.get("time")}
        payload = {**payload, "post": media, "seen_at": ""}
    elif kind not in ("comment", "tag"):
        raise Malformed(_("Nobody knows this kind of item: {kind}").format(kind=clean(repr(kind))[:40]), code="bad_kind")
    identifier = item.get("id")
    if not is_person(identifier):
        raise Malformed(_("This is no id: {id}").format(id=clean(repr(identifier))[:60]), code="bad_id")
    return _tagged(item, str(identifier), payload) if kind == "tag" else _comment(item, str(identifier), payload, account_id)


def _comment(comment: Mapping[str, Any], identifier: str, payload: Mapping[str, Any], account_id: str) -> Item:
    media = payload.get("post")
    if not is_person(media):
        raise Malformed(_("The comment does not say what it stands under."), code="no_post")
    author = author_of(comment.get("from"))
    parents = [parent for parent in (comment.get("parent_id"), payload.get("parent")) if is_person(parent)]
    revision = revision_of(payload)
    return Item(
        external_id=version_id(identifier, revision),
        root_id=identifier,
        revision=revision,
        visibility="public",
        ours=author is not None and author.external_id == account_id,
        author=author,
        counterpart_id="",
        text=text_of({"message": comment.get("text")}),
        lang="",
        occurred_at=written_at(comment.get("timestamp"), payload),
        thread_key=str(media),
        parent_id=str(parents[0]) if parents else str(media),
        url=web(payload.get("link")),
    )


def _tagged(media: Mapping[str, Any], identifier: str, payload: Mapping[str, Any]) -> Item:
    """Somebody's post that the account is tagged in. Instagram gives the name of its author, and no number."""
    handle = clean(string(media.get("username"))).strip()[:100]
    author = Author(external_id=f"@{handle.lower()}", handle=handle) if handle else None
    film = string(media.get("media_type")) in FILMS
    picture = web(media.get("media_url"))
    revision = revision_of(payload)
    return Item(
        external_id=version_id(identifier, revision),
        root_id=identifier,
        revision=revision,
        visibility="public",
        ours=False,
        author=author,
        counterpart_id="",
        text=text_of({"message": media.get("caption")}),
        lang="",
        occurred_at=written_at(media.get("timestamp"), payload),
        thread_key=identifier,
        url=web(media.get("permalink")),
        media=(Media("video" if film else "image", picture),) if picture else (),
    )
