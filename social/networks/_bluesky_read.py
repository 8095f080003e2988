"""Understanding one stored notification of Bluesky. Pure functions.

An envelope stands by itself: `{"post": {…}, "profile": {…}, "reason": "mention", "seen_at": "2026-11-23T10:00:00+00:00"}`, where
`post` is an app.bsky.feed.defs#postView and `profile` an app.bsky.actor.defs#profileView or more.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from social.networks._bluesky_chat import message_name
from social.networks._bluesky_text import is_did, is_post, page_of, readable
from social.networks._bluesky_wire import moment_of
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks.errors import Malformed
from social.networks.values import Author, Item, Media

MAX_AHEAD = timedelta(days=1)
#: The first post stands in this year; imported ones say older times, but then the server's own time counts.
FIRST_DAY = datetime(2022, 1, 1, tzinfo=UTC)
#: What a handle is called that no longer leads to its account.
NO_HANDLE = "handle.invalid"
COUNTS = {"followers": "followersCount", "following": "followsCount", "posts": "postsCount"}
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z]{2,6})?$")


def read_item(payload: Mapping[str, Any], *, account_id: str, site: str) -> Item:
    """Understand an envelope. Raises Malformed with the reason."""
    if "convo" in payload:
        return _message(payload, account_id=account_id, site=site)
    post = payload.get("post")
    if not isinstance(post, dict):
        raise Malformed(_("The item holds no post."), code="no_post")
    uri = string(post.get("uri"))
    if not is_post(uri):
        raise Malformed(_("This is no id: {id}").format(id=clean(repr(post.get("uri")))[:60]), code="bad_id")
    record = mapping(post.get("record"))
    if not isinstance(record.get("text"), str):
        raise Malformed(_("The post has no text field."), code="no_text")
    when = _occurred_at(post, record, payload)
    author = _author(mapping(post.get("author")), mapping(payload.get("profile")))
    root, parent = refs_of(record)
    return Item(
        external_id=uri,
        root_id=uri,
        revision=0,
        visibility="public",
        ours=author is not None and author.external_id == account_id,
        author=author,
        counterpart_id="",
        text=_text(post, record, site),
        lang=_language(record.get("langs")),
        occurred_at=when,
        thread_key=root or uri,
        parent_id=parent,
        url=page_of(uri, site, author.handle if author is not None else ""),
        media=tuple(_media(mapping(post.get("embed")))),
    )


def _message(payload: Mapping[str, Any], *, account_id: str, site: str) -> Item:
    """A direct message: `{"message": chat.bsky.convo.defs#messageView, "convo": "its talk", "other": the other's profile, …}`."""
    message, other, talk = payload.get("message"), mapping(payload.get("other")), string(payload.get("convo"))
    if not isinstance(message, dict):
        raise Malformed(_("The item holds nothing."), code="no_item")
    name = message_name(talk, message.get("id"))
    if not name:
        raise Malformed(_("This is no id: {id}").format(id=clean(repr(message.get("id")))[:60]), code="bad_id")
    if not isinstance(message.get("text"), str):
        raise Malformed(_("The post has no text field."), code="no_text")
    sender, with_whom = string(mapping(message.get("sender")).get("did")), string(other.get("did"))
    ours = sender == account_id
    if not is_did(with_whom) or (not ours and sender != with_whom):
        raise Malformed(_("The message does not say who the customer is."), code="no_customer")
    words = readable(message["text"], message.get("facets")).strip()
    links = [link for link in _linked(mapping(message.get("embed")), site) if link not in words]
    answered = message_name(talk, mapping(message.get("replyTo")).get("id"))
    return Item(
        external_id=name,
        root_id=name,
        revision=0,
        visibility="private",
        ours=ours,
        author=Author(external_id=account_id) if ours else _author(other, {}),
        counterpart_id=with_whom,
        text="\n\n".join([words, *links]).strip(),
        lang="",
        occurred_at=_occurred_at({"indexedAt": message.get("sentAt")}, {}, payload),
        thread_key=f"chat:{talk}",
        parent_id=answered,
    )


def refs_of(record: Mapping[str, Any]) -> tuple[str, str]:
    """The first post of the thread a record belongs to, and the one it answers; empty for one that begins a thread."""
    reply = mapping(record.get("reply"))
    root, parent = (string(mapping(reply.get(name)).get("uri")) for name in ("root", "parent"))
    parent = parent if is_post(parent) else ""
    return (root if is_post(root) else parent), parent


def time_of(post: Mapping[str, Any], record: Mapping[str, Any]) -> datetime | None:
    """When a post was written. Its own word is believed for a day before the server saw it: programs import old posts, and lie."""
    written, indexed = moment_of(record.get("createdAt")), moment_of(post.get("indexedAt"))
    if written is not None and (indexed is None or indexed - MAX_AHEAD <= written <= indexed):
        return written
    return indexed


def _occurred_at(post: Mapping[str, Any], record: Mapping[str, Any], payload: Mapping[str, Any]) -> datetime:
    when = time_of(post, record)
    if when is None:
        stated = clean(repr(record.get("createdAt")))[:60]
        raise Malformed(_("The time cannot be read: {time}").format(time=stated), code="bad_time")
    seen = moment_of(payload.get("seen_at"))
    if when < FIRST_DAY or (seen is not None and when > seen + MAX_AHEAD):
        raise Malformed(_("The time cannot be right: {time}").format(time=when.isoformat()), code="bad_time")
    return when


def _text(post: Mapping[str, Any], record: Mapping[str, Any], site: str) -> str:
    """The words, and under them where a card or a quote leads: Bluesky shows both as boxes, not as words."""
    words = readable(string(record.get("text")), record.get("facets")).strip()
    links = [link for link in _linked(mapping(post.get("embed")), site) if link not in words]
    return "\n\n".join([words, *links]).strip()


def _linked(embed: Mapping[str, Any], site: str) -> Iterator[str]:
    for part in (embed, mapping(embed.get("media"))):
        card = _web(mapping(part.get("external")).get("uri"))
        if card:
            yield card
    # A quote stands in `record`, and one with pictures in `record.record`.
    for quoted in (mapping(embed.get("record")), mapping(mapping(embed.get("record")).get("record"))):
        page = page_of(string(quoted.get("uri")), site)
        if page:
            yield page
            return


def _author(basic: Mapping[str, Any], profile: Mapping[str, Any]) -> Author | None:
    did = string(basic.get("did"))
    if not is_did(did):
        return None
    fuller = profile if profile.get("did") == did else {}
    known: dict[str, Any] = {}
    description = clean(string(fuller.get("description"))).strip()[:1000]
    if description:
        known["description"] = description
    avatar = _web(basic.get("avatar")) or _web(fuller.get("avatar"))
    if avatar:
        known["profile_image_url"] = avatar
    for name, field in COUNTS.items():
        count = fuller.get(field)
        if type(count) is int and count >= 0:
            known[name] = count
    if mapping(basic.get("verification") or fuller.get("verification")).get("verifiedStatus") == "valid":
        known["verified"] = True
    handle = clean(string(basic.get("handle"))).lower()[:120]
    name = clean(string(basic.get("displayName"))).strip()[:120]
    return Author(external_id=did, handle="" if handle == NO_HANDLE else handle, name=name, profile=known)


def _media(embed: Mapping[str, Any]) -> Iterator[Media]:
    """Pictures and films of the views in app.bsky.embed (lexicons images, video, gallery, recordWithMedia, read 2026-11)."""
    for part in (embed, mapping(embed.get("media"))):
        for picture in [*mappings(part.get("images")), *mappings(part.get("items"))]:
            yield _medium("image", picture, "fullsize", "thumb", "thumbnail")
        if string(part.get("$type")).startswith("app.bsky.embed.video"):
            yield _medium("video", part, "playlist", "thumbnail")


def _medium(kind: str, found: Mapping[str, Any], *names: str) -> Media:
    size = mapping(found.get("aspectRatio"))
    return Media(
        kind=kind,
        url=next((url for url in (_web(found.get(name)) for name in names) if url), ""),
        alt=clean(string(found.get("alt")))[:1000],
        width=_size(size.get("width")),
        height=_size(size.get("height")),
    )


def _web(value: Any) -> str:
    url = clean(string(value))
    return url[:1000] if url.startswith(("https://", "http://")) else ""


def _size(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000 else None


def _language(value: Any) -> str:
    code = string(value[0]) if isinstance(value, list) and value else ""
    return code if _LANGUAGE.match(code) else ""
