"""Reading a feed and the comments under its posts, asking as seldom as the site wishes.

The cursor, all JSON, stands where stored items end:

    {"address": "…", "title": "…", "link": "…", "lang": "…",   found out at the first reading
     "etag": "…", "modified": "…",       what the site gave with the answer that was stored whole
     "known": [["key", "words", 0], …],  hashes of the newest entries' keys and words, and their revision; newest last
     "next": "…", "pages": 1,            an older page to go on with (RFC 5005), while catching up
     "hub": "…", "topic": "…",           who calls when it changes (WebSub), and under which address it knows the feed
     "rest": 600, "not_before": 1764000000, "robots_at": 1764000000,   when robots.txt was minded
     "queue": ["…"], "threads": [{"address", "post", "count", "asked", "at", "etag", "modified", "known", "trouble"}, …]}

An answer may hold more than one page of items: then nothing is said of an etag yet, and it is asked for whole again.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from core.clock import now
from social.networks._feed_hub import hub_of
from social.networks._feed_parse import alternates, parse
from social.networks._feed_read import MAX_REVISION, digest_of, fitted, key_of, scope_of, under, version_id
from social.networks._feed_robots import GOOD_SECONDS, mind
from social.networks._feed_shapes import MAX_ENTRIES, Feed
from social.networks._feed_wire import LIMITED_SECONDS, TROUBLE_SECONDS, Document, Patience, address_of, ask, is_practice, max_age
from social.networks.errors import NetworkError, Rejected, TryLater
from social.networks.values import Access, Cursor, Envelope, Page

PAGE_ITEMS = 100
#: What is remembered of a feed at least, so that an entry that left it and comes back is told from an edited one.
KNOWN = 500
MAX_PAGES = 20
#: A feed is asked every ten minutes unless it wishes less, comments every half hour; a wish of more than six hours is not heard.
REST_SECONDS = 600.0
COMMENTS_SECONDS = 1800.0
MAX_REST_SECONDS = 6 * 3600.0
#: Comments are read under so many of the newest posts, and so few of these are asked for at one time: all live on one site.
THREADS = 20
QUEUE = 5


def locate(typed: str, patience: Patience) -> tuple[Document, Feed] | None:
    """The feed at an address, or the first that the page there names; None when there is none. Raises what `ask` and `parse` do."""
    document = ask(typed, patience)
    feed = parse(document)
    if feed is not None:
        return document, feed
    for address in alternates(document)[:1]:
        named = ask(address, patience)
        feed = parse(named)
        if feed is not None:
            return named, feed
    return None


def fetch_page(access: Access, cursor: Cursor, patience: Patience) -> Page:
    """The next page: the feed, its older pages, then comments, each when its time has come."""
    state = dict(cursor)
    if state.get("queue"):
        return _comments(state, patience)
    if not state.get("next") and _number(state.get("not_before")) > now().timestamp():
        return Page(items=(), cursor=state)
    return _posts(access, state, patience)


def fresh_start(cursor: Cursor) -> Cursor:
    """The cursor after the address was given anew: what is known of entries stays, the rest is found out again."""
    return {name: cursor[name] for name in ("known", "threads") if name in cursor}


def remarks(cursor: Cursor) -> tuple[str, ...]:
    """What the channel page says about how this feed is read."""
    found = []
    rest = int(_number(cursor.get("rest")))
    if rest > REST_SECONDS:
        found.append(_("This site wishes to be asked every {minutes} minutes at most, and is.").format(minutes=rest // 60))
    if cursor.get("cut"):
        found.append(_("This feed is longer than what is read of it: the newest {count} entries.").format(count=MAX_ENTRIES))
    if any(row.get("trouble") for row in _rows(cursor.get("threads"))):
        found.append(_("Comments under some posts could not be read the last time."))
    return tuple(found)


# --- posts ----------------------------------------------------------------------------------------------------------
def _posts(access: Access, state: dict[str, Any], patience: Patience) -> Page:
    older = str(state.pop("next", ""))
    if not older and _number(state.get("robots_at")) + GOOD_SECONDS <= now().timestamp():
        patience = patience.shared(2)
        mind(str(state.get("address", "")) or typed_address(access), patience)
        state["robots_at"] = int(now().timestamp())
    document, feed = _asked(access, state, older, patience)
    if feed is None:
        _rest(state, document, said=_number(state.get("ttl")))
        return Page(items=(), cursor=_queued(state), more=bool(state.get("queue")))
    about = {"title": feed.title, "link": feed.link, "lang": feed.lang, "scope": scope_of(feed.link or document.address)}
    known = _known(state)
    items, left = _envelopes(feed.entries, known, about=about)
    broken = _broken(feed.empty, known)
    state["known"] = _kept(known, len(feed.entries) + len(feed.empty))
    if left:
        if older:
            state["next"] = older
        return Page(items=items, cursor=state, more=True, broken=broken)
    pages = int(_number(state.pop("pages", 0))) + 1
    # As long as all of a page is new, something may be missing behind it.
    if _leads_on(feed, document) and items and len(items) >= len(feed.entries) and pages < MAX_PAGES:
        state |= {"next": feed.following, "pages": pages}
    if not older:
        state |= _conditions(document) | {"ttl": feed.ttl_seconds, "cut": feed.cut}
        _rest(state, document, said=feed.ttl_seconds)
        for name in ("hub", "topic"):
            state.pop(name, None)
        state |= hub_of(document, feed)
        state["threads"] = _threads(feed, state)
    if not state.get("next"):
        _queued(state)
    return Page(items=items, cursor=state, more=bool(state.get("next") or state.get("queue")), broken=broken)


def _asked(access: Access, state: dict[str, Any], older: str, patience: Patience) -> tuple[Document, Feed | None]:
    """The feed's answer; without a feed when nothing changed. Raises TryLater when there is no feed any more."""
    if older:
        document = ask(older, patience)
        feed = parse(document)
    elif address := str(state.get("address", "")):
        document = ask(address, patience, etag=str(state.get("etag", "")), modified=str(state.get("modified", "")))
        if document.unchanged:
            return document, None
        feed = parse(document)
    else:
        found = locate(access.secrets.get("address", ""), patience)
        if found is None:
            raise no_feed()
        document, feed = found
        state["address"] = document.address
    if feed is None:
        raise no_feed()
    if document.moved and not older:
        state["address"] = document.address
    return document, feed


def no_feed() -> TryLater:
    return TryLater(_("There is a page at this address, but no feed."), seconds=TROUBLE_SECONDS, code="no_feed")


def _leads_on(feed: Feed, document: Document) -> bool:
    """Whether the feed names an older page of its own: on its own site, and another one."""
    here, there = urlsplit(document.address), urlsplit(feed.following)
    return bool(feed.following) and here.netloc == there.netloc and feed.following != document.address


def _rest(state: dict[str, Any], document: Document, *, said: float) -> None:
    """Leave the site in peace as long as it says, within reason."""
    floor = 0.0 if is_practice(str(state.get("address", ""))) else REST_SECONDS
    seconds = min(max(said, max_age(document.headers), floor), MAX_REST_SECONDS)
    state["rest"] = int(seconds)
    # A little early, so that the round that comes just then is not skipped.
    state["not_before"] = int(now().timestamp() + seconds * 0.98) if seconds else 0


# --- comments -------------------------------------------------------------------------------------------------------
def _threads(feed: Feed, state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The comments feeds of the newest posts, with what is remembered of them."""
    before = {str(row.get("address")): row for row in _rows(state.get("threads"))}
    doubtful = _doubtful(feed.entries)
    found: dict[str, dict[str, Any]] = {}
    for entry in feed.entries:
        address, count = str(entry["comments"]), str(entry["comments_count"])
        if address and address != state.get("address") and count != "0" and len(found) < THREADS:
            row = {**before.get(address, {}), "address": address, "count": count, "page": entry["link"]}
            found.setdefault(address, row | {"post": key_of(entry, doubtful=doubtful)})
    return list(found.values())


def _queued(state: dict[str, Any]) -> dict[str, Any]:
    """Choose whose comments are read in this round: where the feed counts others than the last time, and whose time has come."""
    moment = now().timestamp()
    due = [
        row
        for row in _rows(state.get("threads"))
        if _number(row.get("at")) <= moment or (row.get("count") != row.get("asked") and not row.get("trouble"))
    ]
    due.sort(key=lambda row: _number(row.get("at")))
    state["queue"] = [row["address"] for row in due[:QUEUE]]
    return state


def _comments(state: dict[str, Any], patience: Patience) -> Page:
    """The comments of the next post in the queue. Whatever goes wrong here waits by itself and never stops the posts."""
    address, *others = [str(entry) for entry in state["queue"]]
    threads = [dict(row) for row in _rows(state.get("threads"))]
    state |= {"queue": others, "threads": threads}
    thread = next((row for row in threads if row.get("address") == address), None)
    if thread is None:
        return Page(items=(), cursor=state, more=bool(others))
    rest = 0.0 if is_practice(str(state.get("address", ""))) else COMMENTS_SECONDS
    items: tuple[Envelope, ...] = ()
    left = False
    try:
        document = ask(address, patience, etag=str(thread.get("etag", "")), modified=str(thread.get("modified", "")))
        feed = None if document.unchanged else parse(document)
        if feed is None and not document.unchanged:
            raise no_feed()
        if feed is not None:
            known = _known(thread)
            scope = scope_of(feed.link or document.address)
            about = {"title": "", "link": thread.get("page", ""), "lang": feed.lang or state.get("lang", ""), "scope": scope}
            post, page = str(thread["post"]), str(thread.get("page", ""))
            items, left = _envelopes(feed.entries, known, about=about, post=post, page=page)
            thread["known"] = _kept(known, len(feed.entries))
            if not left:
                thread |= _conditions(document)
        rest = min(max(max_age(document.headers), feed.ttl_seconds if feed else 0.0, rest), MAX_REST_SECONDS)
        thread.pop("trouble", None)
    except NetworkError as error:
        rest = max(getattr(error, "seconds", 0.0), LIMITED_SECONDS)
        thread["trouble"] = error.code
    if left:
        state["queue"] = [address, *others]
    else:
        thread |= {"asked": thread.get("count", ""), "at": int(now().timestamp() + rest)}
    return Page(items=items, cursor=state, more=bool(state["queue"]))


# --- what both have in common ---------------------------------------------------------------------------------------
def _envelopes(
    entries: tuple[dict[str, Any], ...],
    known: dict[str, tuple[str, int]],
    *,
    about: Mapping[str, Any],
    post: str = "",
    page: str = "",
) -> tuple[tuple[Envelope, ...], bool]:
    """What is new or has new words, oldest first, at most a page of it; and whether more is left. `known` notes what is taken."""
    doubtful = _doubtful(entries)
    seen_at = now().isoformat(timespec="seconds")
    items: list[Envelope] = []
    here: set[str] = set()
    for entry in reversed(entries):
        key = key_of(entry, doubtful=doubtful, page=page)
        mark, words = _short(key), digest_of(entry)
        before = known.get(mark)
        if mark in here or (before is not None and (before[0] == words or before[1] >= MAX_REVISION)):
            here.add(mark)
            continue
        if len(items) >= PAGE_ITEMS:
            return tuple(items), True
        here.add(mark)
        revision = before[1] + 1 if before else 0
        known.pop(mark, None)
        known[mark] = (words, revision)
        payload = {
            "feed": dict(about),
            "entry": entry,
            "key": key,
            "revision": revision,
            "post": post or under(entry),
            "seen_at": seen_at,
        }
        items.append(Envelope(external_id=version_id(key, revision), payload=payload))
    return tuple(items), False


def _conditions(document: Document) -> dict[str, str]:
    """What to say the next time, so that the site need not send the same again (RFC 9110, 13.1)."""
    headers = document.headers
    return {"etag": headers.get("etag", "")[:500], "modified": headers.get("last-modified", "")[:100]}


def _broken(empty: tuple[dict[str, Any], ...], known: dict[str, tuple[str, int]]) -> tuple[tuple[str, Any], ...]:
    """Entries that say nothing at all, once each."""
    found = []
    for entry in empty:
        mark = _short(f"empty {entry}")
        if mark not in known:
            known[mark] = ("", 0)
            found.append((_("An entry without id, link, title and text."), entry))
    return tuple(found)


def _doubtful(entries: tuple[dict[str, Any], ...]) -> frozenset[str]:
    """Ids that several entries with different links share: such an id names none of them."""
    pairs = {(entry["id"], entry["link"]) for entry in entries if entry["id"] and entry["link"]}
    counted = Counter(identifier for identifier, _link in pairs)
    return frozenset(identifier for identifier, number in counted.items() if number > 1)


def _known(state: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    rows = state.get("known")
    return {str(row[0]): (str(row[1]), int(row[2])) for row in (rows if isinstance(rows, list) else [])}


def _kept(known: Mapping[str, tuple[str, int]], needed: int) -> list[list[Any]]:
    """The newest of what is known, and all that the document just read can hold."""
    return [[mark, words, revision] for mark, (words, revision) in known.items()][-max(KNOWN, needed) :]


def _short(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:14]


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def account_of(address: str) -> str:
    """A feed as an account: its address, shortened when no table could hold it."""
    return address if len(address) <= 128 else fitted(address)


def typed_address(access: Access) -> str:
    """What the admin typed, checked. Raises Rejected."""
    typed = access.secrets.get("address", "")
    if not typed:
        raise Rejected(_("An address is needed."), code="bad_address")
    return address_of(typed)
