"""Reading an account of Meta's, page by page, along several roads: posts with their comments, mentions, conversations.

The cursor, all JSON, stands where stored items end:

    {"at": "talks", "after": "…", "pages": 2,       the road under way and the place on it; absent when a new round begins
     "deep": [["feed", "POST", "…", 0, "2026-…"]],  threads longer than what was shown: where to go on, pages read, what is known
     "top": {"feed": "2026-…"},                     the newest seen in this round, which becomes the mark when it is over
     "mark": {"feed": "2026-…"},                    up to here everything was read, when the last round ended
     "patrol": {"feed": ["…", 3]},                  where the walk through older posts stands
     "seen": {"feed": [["id", "5f1c0a22"], …]},     what the newest page showed, to notice edits and to pass over the rest
     "closed": ["tagged"]}                          roads that this token does not open

The first round goes down to the bottom of each road. Later ones read the newest page. Conversations stand in the order of their
last message, so that their road goes on as far as something is new; posts stand in the order of their birth, so that one older
page is read besides, another one each round: a comment below an old post is found at last though no webhook told of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.clock import now
from social.networks._graph_shapes import moment_of
from social.networks._graph_wire import Graph, Line, after_of, ask_list, is_careful, quotas_of
from social.networks._shapes import mapping, mappings, string
from social.networks._versions import base_id, revision_between, version_id
from social.networks.errors import Rejected
from social.networks.values import Cursor, Envelope, Page

#: How far the first round and the walk through older posts go, in pages.
BACKFILL_PAGES = 8
#: So many pages of one thread are read at most.
DEEP_PAGES = 20
#: What became visible late is found within so long.
OVERLAP = timedelta(hours=1)
NO_ID = "An item without a usable id."
#: Entries of `seen` a road keeps, and threads that wait to be read further.
MOST_SEEN = 300
MOST_DEEP = 200


@dataclass(frozen=True, slots=True)
class Found:
    """One thing on a page: its id, what it is, when it was written, and a mark of its words."""

    identifier: str
    payload: Mapping[str, Any]
    written: datetime | None
    mark: str


@dataclass(slots=True)
class Taken:
    """What a row of a page holds: things, what cannot be told apart, threads that go on, and when it last changed."""

    found: list[Found] = field(default_factory=list)
    broken: list[tuple[str, Any]] = field(default_factory=list)
    #: What a thread that goes on hangs on, where to go on, and the oldest that was shown of it (it is shown newest first).
    deep: list[tuple[str, str, datetime | None]] = field(default_factory=list)
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Road:
    """One list of the account and how to read it."""

    name: str
    #: Ask for a page after a cursor (empty for the newest).
    ask: Callable[[Graph, str], Any]
    take: Callable[[Any], Taken]
    #: Ask for more of the thread that hangs on an id, and read it.
    ask_deep: Callable[[Graph, str, str], Any] | None = None
    take_deep: Callable[[Any, str], Taken] | None = None
    #: Whether the list stands in the order of the last change, and not of birth.
    by_change: bool = False


def fetch_page(line: Line, cursor: Cursor, roads: tuple[Road, ...]) -> Page:
    """The next page after `cursor`. One question, or one more when a road turns out to be closed. Raises as `Network.fetch`."""
    known = {road.name: road for road in roads}
    state = _State(cursor)
    for entry in state.deep:
        if entry[0] in known:
            return _deep_page(line, state, known[entry[0]], entry)
    state.deep = []
    refused: Rejected | None = None
    for road in state.open(roads):
        try:
            return _road_page(line, state, road, roads)
        except Rejected as error:
            if error.code != "forbidden":
                raise
            refused = error
            state.close(road)
    if refused is not None and len(state.closed) == len(roads):
        raise refused
    state.over()
    return Page((), state.as_json())


class _State:
    """The cursor, read carefully and written anew."""

    def __init__(self, cursor: Cursor) -> None:
        self.at, self.after = string(cursor.get("at")), string(cursor.get("after"))
        pages = cursor.get("pages")
        self.pages = pages if isinstance(pages, int) and not isinstance(pages, bool) else 0
        deep = cursor.get("deep")
        self.deep = [e for e in deep if isinstance(e, list) and len(e) == 5] if isinstance(deep, list) else []
        self.top = {name: string(value) for name, value in mapping(cursor.get("top")).items()}
        self.mark = {name: string(value) for name, value in mapping(cursor.get("mark")).items()}
        self.patrol = {name: e for name, e in mapping(cursor.get("patrol")).items() if isinstance(e, list) and len(e) == 2}
        self.seen = {name: e for name, e in mapping(cursor.get("seen")).items() if isinstance(e, list)}
        closed = cursor.get("closed")
        self.closed = [string(name) for name in closed] if isinstance(closed, list) else []

    def open(self, roads: tuple[Road, ...]) -> list[Road]:
        """The roads from the one under way on that are not closed."""
        names = [road.name for road in roads]
        start = names.index(self.at) if self.at in names else 0
        if start == 0 and self.at not in names:
            self.after, self.pages = "", 0
        return [road for road in roads[start:] if road.name not in self.closed]

    def close(self, road: Road) -> None:
        self.closed = [*self.closed, road.name]
        self.after, self.pages = "", 0

    def go_to(self, road: Road, after: str, pages: int) -> bool:
        """Go on there. Returns True: there is more."""
        self.at, self.after, self.pages = road.name, after, pages
        return True

    def over(self) -> bool:
        """The round is over. Returns False: that was all."""
        self.mark |= self.top
        self.top, self.at, self.after, self.pages = {}, "", "", 0
        return False

    def limit(self, road: Road) -> datetime | None:
        """Before this everything of the road is known; None when nothing is."""
        mark = moment_of(self.mark.get(road.name))
        return mark - OVERLAP if mark else None

    def note(self, road: Road, moments: list[datetime]) -> None:
        """Remember the newest moment. One ahead of our own clock is somebody's mistake and moves nothing."""
        latest = max((moment for moment in moments if moment <= now() + OVERLAP), default=None)
        before = moment_of(self.top.get(road.name))
        if latest and (before is None or latest > before):
            self.top[road.name] = latest.isoformat()

    def dig(self, road: Road, taken: list[Taken], limit: datetime | None) -> None:
        """Put threads that go on where they are read next. One whose order nobody knows is read to its end."""
        for on, place, oldest in (thread for row in taken for thread in row.deep):
            if not (limit and oldest and oldest < limit):
                self.deep.append([road.name, on, place, 0, limit.isoformat() if limit and oldest else ""])

    def as_json(self) -> Cursor:
        parts: dict[str, Any] = {"at": self.at, "after": self.after, "pages": self.pages, "deep": self.deep[:MOST_DEEP]}
        parts |= {"top": self.top, "mark": self.mark, "patrol": self.patrol, "seen": self.seen, "closed": self.closed}
        return {name: value for name, value in parts.items() if value}


def _road_page(line: Line, state: _State, road: Road, roads: tuple[Road, ...]) -> Page:
    after, pages = (state.after, state.pages) if state.at == road.name else ("", 0)
    limit = state.limit(road)
    on_patrol = limit is not None and not road.by_change and pages > 0
    try:
        answer, rows = ask_list(line, lambda graph: road.ask(graph, after))
    except Rejected as error:
        if not after or error.code == "forbidden":
            raise
        # A place that the network no longer knows: the walk begins at the newest page again.
        state.patrol.pop(road.name, None)
        more = _leave(state, road, roads)
        return Page((), state.as_json(), more=more)
    taken = [road.take(row) for row in rows]
    following = after_of(answer.body)
    following = "" if following == after else following
    items = _envelopes(state, road, taken, newest=not after)
    changes = [entry.changed for entry in taken if entry.changed]
    state.note(road, changes)
    state.dig(road, taken, limit)
    if limit is None:
        further = bool(following) and pages + 1 < BACKFILL_PAGES
    elif road.by_change:
        further = bool(following) and bool(changes) and min(changes) >= limit
    else:
        further = False
        if not on_patrol and following:
            following, pages = _patrol(state, road, following)
            further = True
        elif on_patrol:
            state.patrol[road.name] = [following, pages + 1] if following and pages + 1 < BACKFILL_PAGES else ["", 0]
    more = state.go_to(road, following, pages + 1) if further else _leave(state, road, roads)
    quotas = quotas_of(answer)
    more = (more or bool(state.deep)) and not is_careful(quotas)
    broken = tuple(entry for row in taken for entry in row.broken)
    return Page(items, state.as_json(), more=more, quota=quotas, broken=broken)


def _patrol(state: _State, road: Road, following: str) -> tuple[str, int]:
    """Where this round's look at older posts goes: on from the last one, or right below the newest page."""
    place, pages = state.patrol.get(road.name, ["", 0])
    if isinstance(place, str) and place and isinstance(pages, int):
        return place, pages
    return following, 0


def _leave(state: _State, road: Road, roads: tuple[Road, ...]) -> bool:
    """Leave a road for the one behind it. Returns whether there is one."""
    behind = roads[[other.name for other in roads].index(road.name) + 1 :]
    left = [other for other in behind if other.name not in state.closed]
    return state.go_to(left[0], "", 0) if left else state.over()


def _envelopes(state: _State, road: Road, taken: list[Taken], *, newest: bool) -> tuple[Envelope, ...]:
    """The things on a page that are new, or have new words, each once."""
    before = {
        string(entry[0]): string(entry[1]) for entry in state.seen.get(road.name, []) if isinstance(entry, list) and len(entry) == 2
    }
    seen_at = now()
    envelopes: dict[str, Envelope] = {}
    shown: dict[str, str] = {}
    for thing in (thing for row in taken for thing in row.found):
        if thing.identifier in shown:
            continue
        shown[thing.identifier] = thing.mark
        if before.get(thing.identifier) == thing.mark:
            continue
        changed = thing.identifier in before
        revision = revision_between(thing.written, seen_at) if changed else 0
        name = version_id(thing.identifier, revision)
        payload = {**thing.payload, "seen_at": seen_at.isoformat(timespec="seconds"), **({"revision": revision} if changed else {})}
        envelopes[name] = Envelope(name, payload)
    if newest:
        state.seen[road.name] = [[name, mark] for name, mark in shown.items()][:MOST_SEEN]
    return tuple(envelopes.values())


def _deep_page(line: Line, state: _State, road: Road, entry: list[Any]) -> Page:
    """More of one thread, until what is known begins."""
    _name, on, after, pages, known_until = entry
    state.deep.remove(entry)
    if road.ask_deep is None or road.take_deep is None:
        return Page((), state.as_json(), more=True)
    ask_deep = road.ask_deep
    try:
        answer, rows = ask_list(line, lambda graph: ask_deep(graph, on, after))
    except Rejected:
        # The thread is gone, or closed to us: its neighbours go on.
        return Page((), state.as_json(), more=bool(state.deep or state.at))
    taken = [road.take_deep(row, on) for row in rows]
    moments = [thing.written for row in taken for thing in row.found if thing.written]
    following, limit = after_of(answer.body), moment_of(known_until)
    known = limit is not None and bool(moments) and min(moments) < limit
    state.dig(road, taken, limit)
    if following and following != after and not known and isinstance(pages, int) and pages + 1 < DEEP_PAGES:
        state.deep.insert(0, [road.name, on, following, pages + 1, known_until])
    items = _envelopes(state, road, taken, newest=False)
    quotas = quotas_of(answer)
    more = bool(state.deep or state.at) and not is_careful(quotas)
    broken = tuple(entry for row in taken for entry in row.broken)
    return Page(items, state.as_json(), more=more, quota=quotas, broken=broken)


def reopened(cursor: Cursor) -> Cursor:
    """The cursor after the account was connected anew: what the old token did not open is tried again."""
    return {name: value for name, value in cursor.items() if name != "closed"}


def closed_roads(cursor: Cursor) -> list[str]:
    """Names of the roads that the token does not open."""
    return _State(cursor).closed


def ids_of(versions: list[str]) -> dict[str, list[str]]:
    """Id → the versions of it that were asked about."""
    found: dict[str, list[str]] = {}
    for version in versions:
        found.setdefault(base_id(version), []).append(version)
    return found


def rows_of(document: Any) -> list[Any]:
    """The rows of an edge that came inside another answer; nothing when it is none."""
    rows = mapping(document).get("data")
    return rows if isinstance(rows, list) else []


def oldest_of(document: Any) -> datetime | None:
    """When the oldest row of such an edge was written."""
    moments = [moment_of(row.get("created_time") or row.get("timestamp")) for row in mappings(rows_of(document))]
    return min((moment for moment in moments if moment), default=None)
