"""Reading an account at Reddit page by page, along several roads: the inbox, and what is watched.

Lists stand newest first and have no question for what came since (`before` gives nothing once the comment it names was deleted), so
each poll walks down until it meets the time the last one began at, and a little further. The cursor, all JSON:

    {"at": "comments",                        the road of this round to read next; absent when a new round begins
     "inbox": {"floor": "2026-…",             everything up to this time has been read
               "walk": {"after": "t1_…", "pages": 2, "top": "2026-…"},    a walk under way, and what becomes the next floor
               "recent": ["t1_…", "t1_…~60"]},                            versions of the newest, so that nothing comes twice
     "closed": {"posts": ["not_found", 20]}}  a road that cannot be read, and for how many rounds it is left alone

The inbox holds comments without their post and their edits, so that what it shows is asked for once more as a whole (/api/info).
"""

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from core.clock import now
from social.networks._reddit_read import COMMENT, KINDS, is_gone, is_thing, version_of
from social.networks._reddit_wire import Line, listing, moment_of
from social.networks._shapes import mapping, string
from social.networks.errors import Rejected, TryLater
from social.networks.features import Limits
from social.networks.values import Access, Cursor, Envelope, Page

INBOX, POSTS, COMMENTS, SEARCH = ROADS = ("inbox", "posts", "comments", "search")
#: www.reddit.com/dev/api, “listings”, read 2026-11: at most 100 a page, and about 1,000 in all.
PAGE_ROWS = 100
BACKFILL_PAGES = 10
#: A road that Reddit refuses is asked for again after so many rounds.
CLOSED_ROUNDS = 20
#: The custom feed of the account whose subreddits are watched when none were typed.
FEED = "rabta"
NO_ID = "An item without a usable id."
_SUBREDDIT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_]{1,20}$")
MAX_SUBREDDITS = 50


def subreddits_in(typed: str) -> list[str] | None:
    """The subreddits somebody typed, however they set them apart; None when one of them is none."""
    names = [re.sub(r"^/?r/", "", word, flags=re.IGNORECASE) for word in re.split(r"[\s,;+]+", typed.strip()) if word]
    unique = list(dict.fromkeys(names))
    return unique if len(unique) <= MAX_SUBREDDITS and all(_SUBREDDIT.match(name) for name in unique) else None


def search_for(typed: str) -> str:
    """What was typed, words or phrases set apart by commas, as a question to Reddit's search."""
    phrases = [" ".join(phrase.replace('"', " ").split()) for phrase in typed.split(",")]
    return " OR ".join(f'"{phrase}"' for phrase in phrases if phrase)[:500]


def roads_of(access: Access) -> list[str]:
    """The roads of this account."""
    return [INBOX, POSTS, COMMENTS, *([SEARCH] if search_for(access.secrets.get("search", "")) else [])]


def _question(road: str, access: Access, after: str) -> Callable[[Any], Any]:
    """Ask for one page of a road."""
    given: dict[str, Any] = {"limit": PAGE_ROWS, "params": {"after": after} if after else {}}
    if road == INBOX:
        given["params"]["mark"] = "false"
        return lambda reddit: next(reddit.inbox.all(**given), None)
    if road == SEARCH:
        words = search_for(access.secrets.get("search", ""))
        return lambda reddit: next(reddit.subreddit("all").search(words, sort="new", time_filter="month", **given), None)
    names = subreddits_in(access.secrets.get("subreddits", "")) or []

    def watched(reddit: Any) -> Any:
        place = reddit.subreddit("+".join(names)) if names else reddit.multireddit(redditor=access.handle, name=FEED)
        return next(place.new(**given) if road == POSTS else place.comments(**given), None)

    return watched


def fetch_page(line: Line, access: Access, cursor: Cursor, limits: Limits, *, until: float) -> Page:
    """The next page after `cursor`. `until`, on the monotonic clock, ends the second look at an inbox."""
    roads, closed = roads_of(access), _closed(cursor)
    at = string(cursor.get("at"))
    if at not in roads:
        # A new round: what is closed waits one round less.
        at, closed = INBOX, {name: [code, rounds - 1] for name, (code, rounds) in closed.items()}
    state = mapping(cursor.get(at))
    walk = mapping(state.get("walk"))
    place = string(walk.get("after"))
    following = {name: cursor[name] for name in ROADS if name in cursor}
    try:
        answer, rows, after = listing(line, _question(at, access, place))
    except Rejected as error:
        if at == INBOX and not place:
            raise
        following[at] = {name: value for name, value in state.items() if name != "walk"}
        if not place:
            closed[at] = [error.code, CLOSED_ROUNDS]
        return Page(items=(), **_onward(following, at, roads, closed))
    closed.pop(at, None)
    things, broken = _usable(rows)
    if at == INBOX:
        things = _whole(line, things, until)
    floor, recent = _moment(state.get("floor")), [string(mark) for mark in state.get("recent") or []]
    times = [moment for _kind, data in things if (moment := moment_of(data.get("created_utc"))) is not None]
    top = _moment(walk.get("top")) or (max(times) if times else None)
    counted = walk.get("pages")
    pages = counted if isinstance(counted, int) else 0
    deep = floor is not None and bool(times) and min(times) < floor - timedelta(seconds=limits.overlap_seconds)
    further = bool(after) and after != place and bool(rows) and not deep
    if floor is None:
        # What is watched is no backlog of ours: its newest page is enough to begin with.
        further = further and pages + 1 < (BACKFILL_PAGES if at == INBOX else 1)
    marks = [version_of(data) for _kind, data in things]
    kept = [*recent, *marks] if place else [*marks, *recent]
    stands: dict[str, Any] = {"recent": list(dict.fromkeys(kept))[: limits.overlap_items]}
    bottom = floor if further else _next_floor(floor, top)
    if bottom is not None:
        stands["floor"] = bottom.isoformat()
    if further:
        stands["walk"] = {"after": after, "pages": pages + 1, **({"top": top.isoformat()} if top else {})}
    following[at] = stands
    items = _envelopes([thing for thing, mark in zip(things, marks, strict=True) if mark not in recent])
    if further:
        onward: dict[str, Any] = {"cursor": {**following, "at": at, **({"closed": closed} if closed else {})}, "more": True}
    else:
        onward = _onward(following, at, roads, closed)
    return Page(items=items, broken=broken, quota=answer.quotas(), **onward)


def fetch_back(line: Line, access: Access, cursor: Cursor, *, since: datetime, until: float) -> Page:
    """The next page downwards to `since`, road after road. The cursor is {"at", "after"}."""
    roads = roads_of(access)
    at = string(cursor.get("at"))
    at, place = (at, string(cursor.get("after"))) if at in roads else (INBOX, "")
    beyond = roads[roads.index(at) + 1 :]
    onward = {"at": beyond[0]} if beyond else {}
    try:
        answer, rows, after = listing(line, _question(at, access, place))
    except Rejected:
        if at == INBOX and not place:
            raise
        return Page(items=(), cursor=onward, more=bool(beyond))
    things, broken = _usable(rows)
    if at == INBOX:
        things = _whole(line, things, until)
    times = [moment for _kind, data in things if (moment := moment_of(data.get("created_utc"))) is not None]
    further = bool(after) and after != place and bool(rows) and not (times and min(times) < since)
    return Page(
        items=_envelopes(things),
        cursor={"at": at, "after": after} if further else onward,
        more=further or bool(beyond),
        broken=broken,
        quota=answer.quotas(),
    )


def closed_roads(cursor: Cursor) -> dict[str, str]:
    """Roads that Reddit refused the last time, and why."""
    return {name: code for name, (code, _rounds) in _closed(cursor).items()}


def _closed(cursor: Cursor) -> dict[str, list[Any]]:
    found = mapping(cursor.get("closed"))
    return {
        name: [string(entry[0]), entry[1]]
        for name, entry in found.items()
        if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], int)
    }


def _onward(following: dict[str, Any], at: str, roads: list[str], closed: dict[str, list[Any]]) -> dict[str, Any]:
    """The cursor behind a road that is at its end, and whether another one follows in this round."""
    beyond = [road for road in roads[roads.index(at) + 1 :] if road not in closed or closed[road][1] <= 0]
    cursor = {**following, **({"closed": closed} if closed else {}), **({"at": beyond[0]} if beyond else {})}
    return {"cursor": cursor, "more": bool(beyond)}


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(string(value))
    except ValueError:
        return None


def _next_floor(floor: datetime | None, top: datetime | None) -> datetime | None:
    """Where the next walk may end. A time from the future would hide everything until then."""
    found = [moment for moment in (floor, top) if moment is not None]
    return min(max(found), now()) if found else None


Thing = tuple[str, Mapping[str, Any]]


def _usable(rows: list[Any]) -> tuple[list[Thing], tuple[tuple[str, Any], ...]]:
    """The things that can be told apart and are still there, each once, and those that cannot be told apart."""
    found: dict[str, Thing] = {}
    broken: list[tuple[str, Any]] = []
    for row in rows:
        kind, data = mapping(row).get("kind"), mapping(mapping(row).get("data"))
        if isinstance(kind, str) and kind not in KINDS:
            continue
        name = data.get("name")
        if not is_thing(name) or not str(name).startswith(f"{kind}_"):
            broken.append((NO_ID, row))
        elif not is_gone(str(kind), data):
            # The talk below a message comes by itself, message by message.
            found.setdefault(str(name), (str(kind), {key: value for key, value in data.items() if key != "replies"}))
    return list(found.values()), tuple(broken)


def _whole(line: Line, things: list[Thing], until: float) -> list[Thing]:
    """The things of an inbox, its comments with all that is known of them. No reading waits for that."""
    names = [string(data.get("name")) for kind, data in things if kind == COMMENT]
    if not names or time.monotonic() > until:
        return things
    try:
        shown = info(line, names)
    except (TryLater, Rejected) as error:
        if error.code == "rate_limited":
            raise
        return things
    known = {name: data for name, (_kind, data) in shown.items()}
    whole: list[Thing] = [(kind, {**data, **known.get(string(data.get("name")), {})}) for kind, data in things]
    return [(kind, data) for kind, data in whole if not is_gone(kind, data)]


def info(line: Line, names: list[str]) -> dict[str, Thing]:
    """Comments and posts by their fullnames, at most 100, as Reddit shows them now. Raises as `ask`."""
    _answer, rows, _after = listing(line, lambda reddit: next(reddit.info(fullnames=names), None))
    found: dict[str, Thing] = {}
    for row in rows:
        kind, data = mapping(row).get("kind"), mapping(mapping(row).get("data"))
        name = data.get("name")
        if isinstance(kind, str) and is_thing(name) and str(name).startswith(f"{kind}_") and name in names:
            found[str(name)] = (kind, {key: value for key, value in data.items() if key != "replies"})
    return found


def _envelopes(things: list[Thing]) -> tuple[Envelope, ...]:
    """Oldest first."""
    seen_at = now().isoformat(timespec="seconds")
    return tuple(
        Envelope(external_id=version_of(data), payload={"kind": kind, "data": dict(data), "seen_at": seen_at})
        for kind, data in reversed(things)
    )
