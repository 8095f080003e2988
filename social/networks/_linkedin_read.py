"""Understanding one stored thing of LinkedIn: a comment, or a post that mentions the organisation. Pure functions.

An envelope stands by itself: `{"notification": {…}, "comment": {…}, "seen_at": "2026-11-23T10:00:00+00:00"}`, where either part
may be missing: notifications hold the words and little else, the comment itself also what it answers
(learn.microsoft.com/linkedin/marketing/ community-management: shares/comments-api and
organizations/organization-social-action-notifications, read 2026-11). Members are known by a URN that is this app's own. What
LinkedIn decorates it with (name, headline, picture) may be kept for a day only (…/marketing/data-storage-requirements, read
2026-11), so that it is not kept at all: `bare` takes it out before anything is stored. Pages are no members.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from social.networks._linkedin_wire import comment_parts, comment_urn, is_urn, moment_of
from social.networks._shapes import mapping, mappings, string, web
from social.networks._text import clean
from social.networks._versions import revision_between, version_id
from social.networks.errors import Malformed
from social.networks.values import Author, Item, Media

MAX_AHEAD = timedelta(days=1)
FIRST_DAY = datetime(2003, 5, 5, tzinfo=UTC)
POSTS = ("share", "ugcPost", "activity")
MEDIA_KINDS = {"IMAGE": "image", "VIDEO": "video"}


#: What a resource says of who wrote it, beside the URN in the field of that name.
DECORATED = ("actor", "owner", "author", "agent", "impersonator")
DEEPEST = 50


def bare(value: Any, depth: int = 0) -> Any:
    """A document without what it says of members beyond their URNs. What lies deeper than any document goes is left out."""
    if depth > DEEPEST:
        return None
    if isinstance(value, list):
        return [bare(entry, depth + 1) for entry in value]
    if not isinstance(value, Mapping):
        return value
    kept: dict[str, Any] = {}
    for name, entry in value.items():
        field = name.rstrip("~!")
        if field != name and field in DECORATED and not is_page(value.get(field)):
            continue
        kept[name] = bare(entry, depth + 1)
    return kept


def is_page(urn: Any) -> bool:
    """Whether somebody is no person."""
    return is_urn(urn, "organization", "organizationBrand", "company")


def base_id(version: str) -> str:
    """The thing a version belongs to."""
    return version.partition("~")[0]


def name_of(notification: Mapping[str, Any], comment: Mapping[str, Any]) -> str:
    """The URN of what an envelope is about; empty when it has none."""
    for value in (comment.get("commentUrn"), notification.get("generatedActivity")):
        below, identifier = comment_parts(value)
        if identifier:
            return comment_urn(below, identifier)
        if is_urn(value, *POSTS):
            return str(value)
    return ""


def times_of(comment: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """When a comment was written, and last changed."""
    return moment_of(mapping(comment.get("created")).get("time")), moment_of(mapping(comment.get("lastModified")).get("time"))


def revision_of(comment: Mapping[str, Any]) -> int:
    written, changed = times_of(comment)
    return revision_between(written, changed) if written and changed and changed > written else 0


def version_of(notification: Mapping[str, Any], comment: Mapping[str, Any]) -> str:
    """A name for this version of a thing, since an edit keeps its URN."""
    return version_id(name_of(notification, comment), revision_of(comment))


def read_item(payload: Mapping[str, Any], *, account_id: str, site: str) -> Item:
    """Understand an envelope. Raises Malformed with the reason."""
    notification, comment = mapping(payload.get("notification")), mapping(payload.get("comment"))
    notification = notification if "generatedActivity" in notification else {}
    comment = comment if "commentUrn" in comment else {}
    if not notification and not comment:
        raise Malformed(_("The item holds no post."), code="no_post")
    name = name_of(notification, comment)
    if not name:
        given = comment.get("commentUrn") or notification.get("generatedActivity")
        raise Malformed(_("This is no id: {id}").format(id=clean(repr(given))[:60]), code="bad_id")
    shown = mapping(notification.get("decoratedGeneratedActivity"))
    told = mapping(shown.get("comment")) or mapping(shown.get("share"))
    text = mapping(comment.get("message")).get("text") if comment else told.get("text")
    media = _media(comment)
    if not isinstance(text, str):
        raise Malformed(_("The post has no text field."), code="no_text")
    below, _identifier = comment_parts(name)
    author = _author(comment, told)
    parent_below, parent = comment_parts(comment.get("parentComment"))
    return Item(
        external_id=version_of(notification, comment),
        root_id=name,
        revision=revision_of(comment),
        visibility="public",
        ours=author is not None and author.external_id == account_id,
        author=author,
        counterpart_id="",
        text=clean(text).strip(),
        lang="",
        occurred_at=_occurred_at(notification, comment, payload),
        thread_key=below or name,
        parent_id=comment_urn(parent_below, parent) if parent else below,
        url=f"{site}/feed/update/{below or name}",
        media=media,
    )


def _occurred_at(notification: Mapping[str, Any], comment: Mapping[str, Any], payload: Mapping[str, Any]) -> datetime:
    stated = mapping(comment.get("created")).get("time") if comment else notification.get("lastModifiedAt")
    when = moment_of(stated)
    if when is None:
        raise Malformed(_("The time cannot be read: {time}").format(time=clean(repr(stated))[:60]), code="bad_time")
    seen = _seen_at(payload.get("seen_at"))
    if when < FIRST_DAY or (seen is not None and when > seen + MAX_AHEAD):
        raise Malformed(_("The time cannot be right: {time}").format(time=when.isoformat()), code="bad_time")
    return when


def _seen_at(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(string(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _author(comment: Mapping[str, Any], told: Mapping[str, Any]) -> Author | None:
    urn = comment.get("actor") or told.get("owner")
    if not is_urn(urn):
        return None
    shown = (mapping(comment.get("actor~")) or mapping(told.get("owner~"))) if is_page(urn) else {}
    names = (string(shown.get(name)) for name in ("localizedFirstName", "localizedLastName"))
    name = " ".join(part for part in names if part) or string(shown.get("localizedName"))
    handle, named = clean(string(shown.get("vanityName")))[:120], clean(name).strip()[:120]
    return Author(external_id=str(urn), handle=handle, name=named or ("" if handle else _unnamed(str(urn))))


def _unnamed(urn: str) -> str:
    """What stands for somebody whose name LinkedIn does not tell: two people must be told apart on a page."""
    _urn, _li, kind, key = urn.split(":", 3)
    return f"LinkedIn {'member' if kind in ('person', 'member') else 'page'} {key[-4:]}"


def _media(comment: Mapping[str, Any]) -> tuple[Media, ...]:
    return tuple(
        Media(MEDIA_KINDS.get(string(entry.get("type")), "file"), web(entry.get("url")))
        for entry in mappings(comment.get("content"))
        if web(entry.get("url"))
    )
