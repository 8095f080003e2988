"""Understanding one stored mention of Mastodon. Pure functions.

An envelope stands by itself: `{"instance": "mastodon.example", "status": {…}, "root": "first status of its thread",
"seen_at": "2026-11-23T10:00:00+00:00"}`, with `"feed": "quote"` where it came because it quotes a post of ours
(docs.joinmastodon.org/entities/Quote and …/methods/notifications, read 2026-11: quotes since 4.4, told of since 4.5).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from social.networks._mastodon_text import readable
from social.networks._mastodon_wire import moment_of
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks.errors import Malformed
from social.networks.heard import Quoted
from social.networks.values import Author, Item, Media, Visibility

MAX_AHEAD = timedelta(days=1)
#: The first instance opened that year; nothing is older, imported posts of other servers aside.
FIRST_DAY = datetime(2006, 1, 1, tzinfo=UTC)
#: Visibilities that everybody may see; whatever else there is (followers only, direct, a server's own) is not public.
OPEN = ("public", "unlisted")
#: Before the key of a thread that is not public.
DIRECT = "direct-"
MEDIA_KINDS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}
PROFILE_FLAGS = ("bot", "locked", "discoverable")
MAX_REVISION = 32_000
QUOTE = "quote"
#: What servers write into a quoting post for those who know no quotes: a link to what is quoted.
INLINE = "quote-inline"
MAX_QUOTED = 1000
_ID = re.compile(r"^[0-9A-Za-z_-]{1,64}$")
_ACCT = re.compile(r"^[\w][\w.-]{0,99}(@[\w.:-]{1,100})?$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z]{2,8})?$")


def is_id(value: Any) -> bool:
    """Whether `value` can be an instance's id: opaque, numbers on Mastodon, ULIDs and others elsewhere."""
    return isinstance(value, str) and _ID.match(value) is not None


def address_of(account: Mapping[str, Any], instance: str) -> str:
    """`ali@mastodon.example`: the one name of a person that is the same on all instances. Empty when there is none.

    Account ids are each instance's own: number 7 here is somebody else than number 7 there.
    """
    acct = clean(string(account.get("acct"))).lstrip("@")
    if not _ACCT.match(acct):
        return ""
    return (acct if "@" in acct else f"{acct}@{instance}").lower()[:150]


def handle_for(address: str, instance: str) -> str:
    """How somebody on `instance` writes this person after an @: neighbours without the instance's name."""
    name, _at, host = address.partition("@")
    return name if host == instance else address


def revision_of(status: Mapping[str, Any]) -> int:
    """Which version a status is: 0 as first written, and more after each edit, though only the times of edits are known.

    Seconds for the first hours, minutes later: it must fit a small number and still grow.
    """
    edited, written = moment_of(status.get("edited_at")), moment_of(status.get("created_at"))
    if edited is None or written is None:
        return 0
    seconds = max(int((edited - written).total_seconds()), 1)
    return seconds if seconds <= 10_000 else min(10_000 + (seconds - 10_000) // 60, MAX_REVISION)


def version_id(status: Mapping[str, Any]) -> str:
    """A name for this version of a status, since an edit keeps its id."""
    revision = revision_of(status)
    return f"{string(status.get('id'))}~{revision}" if revision else string(status.get("id"))


def status_id(version: str) -> str:
    """The status a version belongs to."""
    return version.partition("~")[0]


def read_item(payload: Mapping[str, Any], *, account_id: str) -> Item:
    """Understand an envelope. Raises Malformed with the reason."""
    status = payload.get("status")
    if not isinstance(status, dict):
        raise Malformed(_("The item holds no post."), code="no_post")
    identifier = string(status.get("id"))
    if not is_id(identifier):
        raise Malformed(_("This is no id: {id}").format(id=clean(repr(status.get("id")))[:60]), code="bad_id")
    if not isinstance(status.get("content"), str):
        raise Malformed(_("The post has no text field."), code="no_text")
    when = _occurred_at(status, payload)
    instance = clean(string(payload.get("instance")))
    account = mapping(status.get("account"))
    author = _author(account, instance)
    parent = string(status.get("in_reply_to_id"))
    return Item(
        external_id=version_id(status),
        root_id=identifier,
        revision=revision_of(status),
        visibility=visibility_of(status),
        ours=author is not None and author.external_id == account_id,
        author=author,
        counterpart_id="",
        text=_text(status),
        lang=_language(status.get("language")),
        occurred_at=when,
        thread_key=thread_of(status, string(payload.get("root"))),
        parent_id=parent if is_id(parent) else "",
        url=_web(status.get("url")),
        media=_media(status),
        quoted=_quoted(status, instance, account_id),
        found_by="quote" if payload.get("feed") == QUOTE else "",
    )


def _quoted(status: Mapping[str, Any], instance: str, account_id: str) -> Quoted | None:
    """The post quoted, where its author lets it be shown: of others only a state is told, and of quotes inside quotes an id."""
    quote = mapping(status.get("quote"))
    found = mapping(quote.get("quoted_status"))
    if quote.get("state") != "accepted" or not isinstance(found.get("content"), str):
        return None
    author = address_of(mapping(found.get("account")), instance)
    handle = f"@{handle_for(author, instance)}" if author else ""
    ours = bool(author) and author == account_id
    return Quoted(text=_text(found)[:MAX_QUOTED], author=handle, url=_web(found.get("url")), ours=ours)


def thread_of(status: Mapping[str, Any], root: str) -> str:
    """The key of a status's thread. Public and direct posts below one root are two threads: they must not mix."""
    identifier, parent = string(status.get("id")), string(status.get("in_reply_to_id"))
    first = next((candidate for candidate in (root, parent) if is_id(candidate)), identifier)
    return first if visibility_of(status) == "public" else f"{DIRECT}{first}"


def visibility_of(status: Mapping[str, Any]) -> Visibility:
    """Public only what certainly is: a visibility nobody knows is treated as private."""
    return "public" if status.get("visibility") in OPEN else "private"


def _occurred_at(status: Mapping[str, Any], payload: Mapping[str, Any]) -> datetime:
    stated = status.get("created_at")
    when = moment_of(stated)
    if when is None:
        raise Malformed(_("The time cannot be read: {time}").format(time=clean(repr(stated))[:60]), code="bad_time")
    seen = moment_of(payload.get("seen_at"))
    if when < FIRST_DAY or (seen is not None and when > seen + MAX_AHEAD):
        raise Malformed(_("The time cannot be right: {time}").format(time=when.isoformat()), code="bad_time")
    return when


def _text(status: Mapping[str, Any]) -> str:
    """The words, under their content warning if they have one, with the choices of a poll."""
    warning = clean(string(status.get("spoiler_text"))).strip()
    choices = [clean(string(choice.get("title"))) for choice in mappings(mapping(status.get("poll")).get("options"))]
    # Shown beside the words where it may be, and then not in them as well.
    hides = INLINE if mapping(mapping(status.get("quote")).get("quoted_status")) else ""
    words = readable(string(status.get("content")), hides=hides)
    parts = [f"[{warning}]" if warning else "", words, "\n".join(f"○ {c}" for c in choices if c)]
    return "\n\n".join(part for part in parts if part)


def _author(account: Mapping[str, Any], instance: str) -> Author | None:
    address = address_of(account, instance)
    if not address:
        return None
    profile: dict[str, Any] = {flag: account[flag] for flag in PROFILE_FLAGS if isinstance(account.get(flag), bool)}
    note = readable(string(account.get("note")))[:1000]
    if note:
        profile["description"] = note
    for name, field in (("profile_image_url", "avatar"), ("url", "url")):
        if _web(account.get(field)):
            profile[name] = _web(account.get(field))
    followers = account.get("followers_count")
    if isinstance(followers, int) and not isinstance(followers, bool):
        profile["followers"] = followers
    name = clean(string(account.get("display_name"))).strip()[:120]
    return Author(external_id=address, handle=address[:120], name=name, profile=profile)


def _media(status: Mapping[str, Any]) -> tuple[Media, ...]:
    found = []
    for entry in mappings(status.get("media_attachments")):
        size = mapping(mapping(entry.get("meta")).get("original"))
        addresses = [_web(entry.get(name)) for name in ("url", "remote_url", "preview_url")]
        found.append(
            Media(
                kind=MEDIA_KINDS.get(string(entry.get("type")), "file"),
                url=next((address for address in addresses if address), ""),
                alt=clean(string(entry.get("description")))[:1000],
                width=_size(size.get("width")),
                height=_size(size.get("height")),
            )
        )
    return tuple(found)


def _web(value: Any) -> str:
    url = clean(string(value))
    return url[:1000] if url.startswith(("https://", "http://")) else ""


def _size(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000 else None


def _language(value: Any) -> str:
    code = string(value)
    return code if _LANGUAGE.match(code) else ""
