"""Understanding one stored item of a Facebook Page. Pure functions.

An envelope stands by itself: `{"kind": "comment" | "post" | "rating" | "message" | "change" | "messaging", "page": "…",
"post": "the post a comment stands under", "item": {…}, "seen_at": "…", "revision": 0}`. The last two kinds are what webhooks bring.

Threads: what one customer writes under one post is one conversation, whichever comment they answer (key: the post's id), since
webhooks do not say whose post it is and the same thing must land in the same place whoever brings it. Messages are one
conversation for each person (`direct-` and their id on this page), never mixed with comments.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from core.reasons import NOTICE
from social.networks._graph_messages import author_of, from_messaging, read_message, text_of
from social.networks._graph_shapes import is_id, is_person, written_at
from social.networks._shapes import mapping, mappings, size, string, web
from social.networks._text import clean, stars
from social.networks._versions import revision_of, version_id
from social.networks.errors import Malformed
from social.networks.values import Item, Media

SITE = "https://www.facebook.com"
#: developers.facebook.com/docs/graph-api/reference/comment and …/attachment, read 2026-11: kinds that hold a film.
FILMS = ("video", "animated_image")


def read_item(payload: Mapping[str, Any], *, account_id: str) -> Item:
    """Understand an envelope. Raises Malformed with the reason."""
    item, kind = payload.get("item"), payload.get("kind")
    if not isinstance(item, dict):
        raise Malformed(_("The item holds nothing."), code="no_item")
    if kind == "change":
        item = from_change(item)
        kind = "rating" if "reviewer" in item else "comment" if "parent_post" in item else "post"
    if kind == "messaging":
        return read_message(from_messaging(item, account_id), payload, account_id)
    if kind == "message":
        return read_message(item, payload, account_id)
    if kind == "rating":
        return _rating(item, payload, account_id)
    if kind == "comment":
        return _comment(item, payload, account_id)
    if kind == "post":
        return _post(item, payload, account_id)
    raise Malformed(_("Nobody knows this kind of item: {kind}").format(kind=clean(repr(kind))[:40]), code="bad_kind")


# --- what webhooks say, in the words of the Graph --------------------------------------------------------------------
def from_change(value: Mapping[str, Any]) -> dict[str, Any]:
    """A change of the field `feed` (or `ratings`) as the object it is about.

    developers.facebook.com/docs/graph-api/webhooks/reference/page, read 2026-11.
    """
    made = {"from": value.get("from"), "created_time": value.get("created_time"), "message": value.get("message") or ""}
    if value.get("item") == "rating":
        reviewer = {"id": value.get("reviewer_id"), "name": value.get("reviewer_name")}
        names = ("created_time", "rating", "recommendation_type", "review_text")
        story = {"id": string(value.get("open_graph_story_id")) or string(value.get("post_id"))}
        return {**{name: value.get(name) for name in names}, "reviewer": reviewer, "open_graph_story": story}
    picture = value.get("photo") or (value.get("link") if value.get("item") == "photo" else None) or value.get("video")
    if picture:
        kind = "video" if value.get("video") else "photo"
        made["attachment"] = {"type": kind, "media": {"image": {"src": picture}}}
    if value.get("item") == "comment":
        parent = string(value.get("parent_id"))
        top = parent == string(value.get("post_id"))
        made |= {"id": value.get("comment_id"), "parent_post": value.get("post_id"), "parent": None if top else {"id": parent}}
        made["permalink_url"] = mapping(value.get("post")).get("permalink_url")
        return made
    return made | {"id": value.get("post_id"), "permalink_url": mapping(value.get("post")).get("permalink_url")}


# --- the items -------------------------------------------------------------------------------------------------------
def _identifier(item: Mapping[str, Any]) -> str:
    identifier = item.get("id")
    if not is_id(identifier):
        raise Malformed(_("This is no id: {id}").format(id=clean(repr(identifier))[:60]), code="bad_id")
    return str(identifier)


def _comment(comment: Mapping[str, Any], payload: Mapping[str, Any], account_id: str) -> Item:
    identifier = _identifier(comment)
    author = author_of(comment.get("from"))
    ours = author is not None and author.external_id == account_id
    post = next((string(post) for post in (payload.get("post"), comment.get("parent_post")) if is_id(post)), "")
    thread = post or f"{account_id}_{identifier.partition('_')[0]}"
    parent = mapping(comment.get("parent")).get("id")
    revision = revision_of(payload)
    return Item(
        external_id=version_id(identifier, revision),
        root_id=identifier,
        revision=revision,
        visibility="public",
        ours=ours,
        author=author,
        counterpart_id=_named(comment, account_id) if ours else "",
        text=text_of(comment),
        lang="",
        occurred_at=written_at(comment.get("created_time"), payload),
        thread_key=thread,
        parent_id=str(parent) if is_id(parent) else thread,
        url=web(comment.get("permalink_url")) or f"{SITE}/{identifier}",
        media=_media(mapping(comment.get("attachment"))),
    )


def _named(comment: Mapping[str, Any], account_id: str) -> str:
    """Whom a comment of ours answers by name: Facebook has two levels only, so its parent may be somebody else's."""
    tags = (string(tag.get("id")) for tag in mappings(comment.get("message_tags")) if tag.get("type", "user") == "user")
    return next((tag for tag in tags if is_person(tag) and tag != account_id), "")


def _post(post: Mapping[str, Any], payload: Mapping[str, Any], account_id: str) -> Item:
    identifier = _identifier(post)
    author = author_of(post.get("from"))
    revision = revision_of(payload)
    shown = mappings(mapping(post.get("attachments")).get("data")) or [mapping(post.get("attachment"))]
    return Item(
        external_id=version_id(identifier, revision),
        root_id=identifier,
        revision=revision,
        visibility="public",
        ours=author is not None and author.external_id == account_id,
        author=author,
        counterpart_id="",
        text=text_of(post) or clean(string(post.get("story"))),
        lang="",
        occurred_at=written_at(post.get("created_time"), payload),
        thread_key=identifier,
        url=web(post.get("permalink_url")) or f"{SITE}/{identifier}",
        media=tuple(media for row in shown for media in _media(row)),
    )


def _rating(rating: Mapping[str, Any], payload: Mapping[str, Any], account_id: str) -> Item:
    """A recommendation, or a rating of earlier days, under the post that Facebook makes of it: comments answer that."""
    identifier = _identifier(mapping(rating.get("open_graph_story")))
    rated = rating.get("rating")
    kind = string(rating.get("recommendation_type"))
    said = {"positive": _("Recommends this Page."), "negative": _("Does not recommend this Page.")}.get(kind, "")
    said = f"{NOTICE}{said}" if said else ""
    if isinstance(rated, int) and not isinstance(rated, bool) and 1 <= rated <= 5:
        said = stars(rated)
    words = clean(string(rating.get("review_text")))
    revision = revision_of(payload)
    return Item(
        external_id=version_id(identifier, revision),
        root_id=identifier,
        revision=revision,
        visibility="public",
        ours=False,
        author=author_of(rating.get("reviewer")),
        counterpart_id="",
        text="\n\n".join(part for part in (said, words) if part),
        lang="",
        occurred_at=written_at(rating.get("created_time"), payload),
        thread_key=identifier,
        url=f"{SITE}/{identifier}",
    )


def _media(attachment: Mapping[str, Any], *, deep: bool = False) -> tuple[Media, ...]:
    """A post's or comment's attachment: pictures and films; for anything else that has a picture, its link."""
    inner = [] if deep else mappings(mapping(attachment.get("subattachments")).get("data"))
    if inner:
        return tuple(media for row in inner[:20] for media in _media(row, deep=True))
    kind, media = string(attachment.get("type")), mapping(attachment.get("media"))
    image = mapping(media.get("image"))
    if not kind:
        return ()
    alt = clean(string(attachment.get("title")) or string(attachment.get("description")))[:1000]
    if kind.startswith(FILMS):
        return (Media("video", web(media.get("source")) or web(image.get("src")), alt=alt),)
    if kind.startswith(("photo", "sticker", "album", "cover_photo", "profile_media")):
        return (Media("image", web(image.get("src")), alt=alt, width=size(image.get("width")), height=size(image.get("height"))),)
    link = web(attachment.get("url"))
    return (Media("file", link, alt=alt),) if link else ()
