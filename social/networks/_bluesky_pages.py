"""Reading what is said to an account page by page: downwards from the newest, as app.bsky.notification.listNotifications has it.

There is no question for what came since: each poll walks down until it meets the time the last one began at, and a little further,
because a post may be indexed late. The cursor, all JSON:

    {"floor": "2026-…Z",                     everything up to this time has been read
     "walk": {"cursor": "…", "pages": 2, "top": "2026-…Z"},    a walk under way: where it goes on, and what becomes the next floor
     "recent": ["1f0c…", …]}                 marks of the last posts, so that the overlap brings nothing twice

Notifications hold the post's own record; the pictures, cards and quotes as they can be shown come from getPosts, and what is known
of the authors from getProfiles. A post that getPosts leaves out was deleted or hidden in between: it is kept as its notification
has it.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from core.clock import now
from social.networks._bluesky_text import is_did, is_post
from social.networks._bluesky_wire import Line, ask, moment_of
from social.networks._shapes import mapping, mappings, string
from social.networks.errors import NetworkError, Rejected
from social.networks.features import Limits
from social.networks.values import Cursor, Envelope, Page

MENTIONS = "mentions"
#: Kinds of notifications that are about somebody's words to us.
REASONS = ("mention", "reply", "quote")
#: What one question to getPosts and getProfiles may hold (lexicons, read 2026-11), and so the rows of a page.
PAGE_ROWS = 25
#: How far the first reading goes back: as many posts as X gives.
BACKFILL_PAGES = 32


def fetch_page(line: Line, cursor: Cursor, limits: Limits, *, until: float) -> Page:
    """The next page after `cursor`. `until`, on the monotonic clock, ends the questions about authors."""
    walk = mapping(cursor.get("walk"))
    place, floor = string(walk.get("cursor")), moment_of(cursor.get("floor"))
    asked = {"reasons": list(REASONS), "limit": PAGE_ROWS, **({"cursor": place} if place else {})}
    try:
        answer = ask(line, lambda client: client.app.bsky.notification.list_notifications(asked), "notifications", list)
    except Rejected:
        if not place:
            raise
        # The place is no longer known there: the next poll begins at the top again, and the floor still holds.
        return Page(items=(), cursor={name: value for name, value in cursor.items() if name != "walk"})
    rows, broken = _usable(answer.body["notifications"])
    recent = [string(mark) for mark in cursor.get("recent") or []]
    fresh = [row for row in rows if _mark(row) not in recent]
    times = [moment for row in rows if (moment := moment_of(row.get("indexedAt"))) is not None]
    top = moment_of(walk.get("top")) or (max(times) if times else None)
    counted = walk.get("pages")
    pages = counted if isinstance(counted, int) else 0
    down = string(answer.body.get("cursor"))
    deep = floor is not None and bool(times) and min(times) < floor - timedelta(seconds=limits.overlap_seconds)
    more = bool(down) and down != place and bool(answer.body["notifications"]) and not deep
    if floor is None:
        more = more and pages + 1 < BACKFILL_PAGES
    items = _envelopes(line, fresh, until)
    following: dict[str, Any] = {}
    if more:
        following = {"walk": {"cursor": down, "pages": pages + 1, **({"top": top.isoformat()} if top else {})}}
        bottom = floor
    else:
        bottom = _next_floor(floor, top)
    if bottom is not None:
        following["floor"] = bottom.isoformat()
    marks = [_mark(row) for row in fresh]
    kept = [*recent, *marks] if place else [*marks, *recent]
    following["recent"] = kept[: limits.overlap_items]
    quota = answer.quota()
    return Page(items=items, cursor=following, more=more, broken=broken, quota={MENTIONS: quota} if quota else {})


def _next_floor(floor: datetime | None, top: datetime | None) -> datetime | None:
    """Where the next walk may end. A time from the future would hide everything until then."""
    found = [moment for moment in (floor, top) if moment is not None]
    return min(max(found), now()) if found else None


def _mark(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(string(row.get("uri")).encode()).hexdigest()[:16]


def _usable(rows: list[Any]) -> tuple[list[Mapping[str, Any]], tuple[tuple[str, Any], ...]]:
    """The notifications that are about posts and can be told apart, each post once, and those that cannot."""
    found: dict[str, Mapping[str, Any]] = {}
    broken: list[tuple[str, Any]] = []
    for row in rows:
        reason = mapping(row).get("reason")
        if isinstance(reason, str) and reason not in REASONS:
            continue
        if not is_post(mapping(row).get("uri")):
            broken.append(("An item without a usable id.", row))
        else:
            # A reply that names us as well is told twice.
            found.setdefault(string(row.get("uri")), row)
    return list(found.values()), tuple(broken)


def _envelopes(line: Line, rows: list[Mapping[str, Any]], until: float) -> tuple[Envelope, ...]:
    """The items of a page, oldest first. Raises TryLater, Unauthorized when the posts themselves cannot be had just now."""
    if not rows:
        return ()
    uris = [string(row.get("uri")) for row in rows]
    try:
        shown = posts_by_uri(line, uris)
    except Rejected:
        shown = {}  # the notifications hold the words; only pictures and cards are missing
    dids = [string(mapping(row.get("author")).get("did")) for row in rows]
    people = _people(line, list(dict.fromkeys(did for did in dids if is_did(did))), until)
    seen_at = now().isoformat(timespec="seconds")
    found = []
    for row in reversed(rows):
        uri, author = string(row.get("uri")), mapping(row.get("author"))
        post = shown.get(uri) or {name: row.get(name) for name in ("uri", "cid", "author", "record", "indexedAt")}
        profile = people.get(string(author.get("did"))) or author
        payload = {"post": dict(post), "profile": dict(profile), "reason": string(row.get("reason")), "seen_at": seen_at}
        found.append(Envelope(external_id=uri, payload=payload))
    return tuple(found)


def posts_by_uri(line: Line, uris: list[str]) -> dict[str, Mapping[str, Any]]:
    """Posts as they are shown to this account, by their names; what is not shown is left out. At most 25 a question."""
    return _by(line, lambda client: client.app.bsky.feed.get_posts({"uris": uris}), "posts", "uri", uris)


def _people(line: Line, dids: list[str], until: float) -> dict[str, Mapping[str, Any]]:
    """What is known of authors. No reading waits for it: without, people have what stands in the notification."""
    if not dids or time.monotonic() > until:
        return {}
    try:
        return _by(line, lambda client: client.app.bsky.actor.get_profiles({"actors": dids}), "profiles", "did", dids)
    except NetworkError:
        return {}


def _by(line: Line, question: Callable[[Any], Any], name: str, key: str, wanted: list[str]) -> dict[str, Mapping[str, Any]]:
    answer = ask(line, question, name, list)
    found = {string(entry.get(key)): entry for entry in mappings(answer.body[name])}
    return {identifier: found[identifier] for identifier in wanted if identifier in found}
