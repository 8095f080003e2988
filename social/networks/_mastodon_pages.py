"""Reading mentions page by page: first downwards from the newest, then upwards from the newest one known.

`since_id` would skip to the newest page and lose what lies between; `min_id` climbs page by page. The cursor, all JSON:

    {"newest": "…",                      everything up to this notification has been read
     "back": {"max_id": "…", "pages": 2},    the first reading, still on its way down
     "climbing": "…",                    a catch-up under way: go on above this one
     "recent": [["…", "123~60"], …],     the last notifications and which version of their status was stored
     "held": ["…", 2],                   a reply whose thread could not be asked for, and how often
     "plain": "2026-11-23T…"}            when the instance said that it knows no quotes

An edit keeps the status's id and notifies nobody, so each poll begins behind the recent ones and looks for new versions.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.clock import now
from social.networks._mastodon_read import QUOTE, is_id, status_id, version_id
from social.networks._mastodon_wire import Answer, Line, ask, moment_of, unreadable
from social.networks._shapes import mapping, mappings, string
from social.networks._wire import Unanswered
from social.networks.errors import NetworkError, Rejected, TryLater, Unauthorized
from social.networks.values import Cursor, Envelope, Page

MENTIONS = "mentions"
#: What is read. Servers that are not Mastodon may refuse a kind they do not know; they are asked again after a while.
MENTION = "mention"
HEARD = (MENTION, QUOTE)
PLAIN = timedelta(days=7)
#: docs.joinmastodon.org/methods/notifications, read 2026-11: at most 80, 40 unless asked.
PAGE_ROWS = 40
#: How far the first reading goes back: as many mentions as X gives.
BACKFILL_PAGES = 20
#: A thread that cannot be asked for three times is given up: the reply then stands under the post it answers.
THREAD_TRIES = 3


@dataclass
class _Way:
    """One page under way: what was understood of it so far."""

    envelopes: list[Envelope]
    reached: str = ""
    trouble: NetworkError | None = None
    held: list[Any] | None = None


def fetch_page(line: Line, cursor: Cursor, *, until: float, overlap_items: int) -> Page:
    """The next page after `cursor`. `until`, on the monotonic clock, ends the questions about threads."""
    recent = [entry for entry in cursor.get("recent") or [] if isinstance(entry, list) and len(entry) == 2]
    newest, back = string(cursor.get("newest")), mapping(cursor.get("back"))
    upward = bool(newest) and not back
    start = string(cursor.get("climbing")) or _just_below(string(recent[0][0]) if recent else newest)
    place = {"min_id": start} if upward else {"max_id": string(back.get("max_id")) or None}
    answer, plain = _told(line, cursor, **place)
    rows, broken = _usable(answer.body)
    ordered = _ascending(rows)
    known = {str(entry[0]): str(entry[1]) for entry in recent}
    way = _walk(line, ordered if upward else ordered[::-1], known, _held(cursor), until)
    top = string(ordered[-1].get("id")) if ordered else ""
    full = answer.has_older() or len(answer.body) >= PAGE_ROWS
    following: dict[str, Any] = {"newest": newest or top, **plain}
    if way.held:
        following["held"] = way.held
    cut = way.trouble is not None
    if upward:
        more = (bool(way.reached) if cut else full) and way.reached not in ("", start)
        following["newest"] = way.reached or newest
        if more:
            following["climbing"] = way.reached
        elif cut and "climbing" in cursor:
            following["climbing"] = start
        known |= {identifier: mark for identifier, mark in _marks(ordered) if _passed(identifier, way.reached, ordered)}
    else:
        counted = back.get("pages")
        pages = counted if isinstance(counted, int) else 0
        more = (cut or (full and pages + 1 < BACKFILL_PAGES)) and way.reached not in ("", place["max_id"])
        if more:
            following["back"] = {"max_id": way.reached, "pages": pages + (0 if cut else 1)}
        elif cut:
            following = {**cursor, **plain, **({"held": way.held} if way.held else {})}
        if not back and not cut:
            known = dict(_marks(ordered))
    following["recent"] = [[identifier, mark] for identifier, mark in known.items()][-overlap_items:] if overlap_items else []
    quota = answer.quota()
    items = tuple(way.envelopes if upward else way.envelopes[::-1])
    return Page(items=items, cursor=following, more=more, broken=broken, quota={MENTIONS: quota} if quota else {})


def fetch_back(line: Line, cursor: Cursor, *, since: datetime, until: float) -> Page:
    """The next page downwards to `since`. The cursor is {"max_id", "held"}; `until` as above."""
    place = string(cursor.get("max_id"))
    answer, plain = _told(line, cursor, max_id=place or None)
    rows, broken = _usable(answer.body)
    downward = _ascending(rows)[::-1]
    way = _walk(line, downward, {}, _held(cursor), until)
    full = answer.has_older() or len(answer.body) >= PAGE_ROWS
    cut = way.trouble is not None
    arrived = any(_written_before(row, since) for row in downward if not cut)
    following: dict[str, Any] = {"max_id": way.reached or place, **plain}
    if way.held:
        following["held"] = way.held
    quota = answer.quota()
    more = cut or (full and not arrived and way.reached not in ("", place))
    items = tuple(way.envelopes[::-1])
    return Page(items=items, cursor=following, more=more, broken=broken, quota={MENTIONS: quota} if quota else {})


def _told(line: Line, cursor: Cursor, **place: Any) -> tuple[Answer, dict[str, str]]:
    """A page of mentions and quotes; and what the cursor keeps where the instance knows of mentions only."""
    since = moment_of(cursor.get("plain"))
    if since is not None and now() - since < PLAIN:
        kinds, plain = [MENTION], {"plain": string(cursor.get("plain"))}
    else:
        kinds, plain = list(HEARD), {}
    try:
        return ask(line, lambda client: client.notifications(types=kinds, limit=PAGE_ROWS, **place), list), plain
    except Rejected as error:
        if plain or error.code != "invalid_request":
            raise
    answer = ask(line, lambda client: client.notifications(types=[MENTION], limit=PAGE_ROWS, **place), list)
    return answer, {"plain": now().isoformat(timespec="seconds")}


def _written_before(row: Mapping[str, Any], moment: datetime) -> bool:
    """Whether the instance says that this notification is older; one without a time says nothing."""
    written = moment_of(row.get("created_at"))
    return written is not None and written < moment


def _held(cursor: Cursor) -> tuple[str, int]:
    """Which reply waits for its thread, and how often it was tried."""
    held = cursor.get("held")
    if isinstance(held, list) and len(held) == 2 and isinstance(held[1], int):
        return string(held[0]), held[1]
    return "", 0


def _just_below(identifier: str) -> str:
    """Where to begin so that this notification itself is shown again; ids that are no numbers have nothing below them."""
    return str(int(identifier) - 1) if identifier.isascii() and identifier.isdigit() else identifier


def _usable(rows: list[Any]) -> tuple[list[Mapping[str, Any]], tuple[tuple[str, Any], ...]]:
    """The notifications that can be told apart, each once, and the others."""
    found: dict[str, Mapping[str, Any]] = {}
    broken: list[tuple[str, Any]] = []
    for row in rows:
        identifier = string(mapping(row).get("id"))
        kind = mapping(row).get("type")
        about_post = kind in HEARD or not isinstance(kind, str)
        if not is_id(identifier) or (about_post and not is_id(string(mapping(row.get("status")).get("id")))):
            broken.append(("An item without a usable id.", row))
        else:
            found.setdefault(identifier, row)
    return list(found.values()), tuple(broken)


def _ascending(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Oldest first. Numbers say their order themselves; other ids are opaque, and the instance's order counts."""
    if all(string(row.get("id")).isdigit() for row in rows):
        return sorted(rows, key=lambda row: int(string(row.get("id"))))
    return rows[::-1]


def _marks(rows: list[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(string(row.get("id")), version_id(mapping(row.get("status")))) for row in rows]


def _passed(identifier: str, reached: str, ordered: list[Mapping[str, Any]]) -> bool:
    """Whether the walk upwards came as far as this notification."""
    ids = [string(row.get("id")) for row in ordered]
    return reached in ids and ids.index(identifier) <= ids.index(reached)


def _walk(line: Line, rows: list[Mapping[str, Any]], known: Mapping[str, str], held: tuple[str, int], until: float) -> _Way:
    """Go along the page until its end, or to the first reply whose thread cannot be asked for just now."""
    way = _Way(envelopes=[])
    seen_at = now().isoformat(timespec="seconds")
    for row in rows:
        identifier, status = string(row.get("id")), mapping(row.get("status"))
        if row.get("type", MENTION) in HEARD and known.get(identifier) != version_id(status):
            try:
                root = _root(line, status, until)
            except (TryLater, Unauthorized) as error:
                tries = held[1] + 1 if held[0] == identifier else 1
                if way.reached or tries < THREAD_TRIES:
                    way.trouble = error
                    way.held = [identifier, tries]
                    return _or_raise(way, error)
                root = ""
            payload = {"instance": line.host, "status": dict(status), "root": root, "seen_at": seen_at}
            payload |= {"feed": QUOTE} if row.get("type") == QUOTE else {}
            way.envelopes.append(Envelope(external_id=version_id(status), payload=payload))
        way.reached = identifier
    return way


def _or_raise(way: _Way, error: NetworkError) -> _Way:
    """What was read so far is kept; a limit or a refused sign-in met before anything was read is the engine's business."""
    if not way.reached and (isinstance(error, Unauthorized) or error.code == "rate_limited"):
        raise error
    return way


def _root(line: Line, status: Mapping[str, Any], until: float) -> str:
    """The first post of the thread a status belongs to. Raises TryLater, Unauthorized."""
    identifier, parent = string(status.get("id")), string(status.get("in_reply_to_id"))
    if not is_id(parent):
        return identifier
    if time.monotonic() > until:
        raise TryLater("The time for this page is used up.", seconds=1.0, code="out_of_time")
    try:
        answer = line.ask(lambda client: client.status_context(identifier))
    except Unanswered as error:
        raise error.as_trouble("Mastodon") from error
    if answer.status in (403, 404, 410):
        return parent
    if not answer.good or not isinstance(answer.body, dict):
        trouble = unreadable(answer if not answer.good else Answer(answer.status, answer.headers, None))
        if isinstance(trouble, TryLater | Unauthorized):
            raise trouble
        return parent
    ancestors = [string(entry.get("id")) for entry in mappings(answer.body.get("ancestors"))]
    return next((ancestor for ancestor in ancestors if is_id(ancestor)), parent)


def base_ids(versions: list[str]) -> dict[str, list[str]]:
    """Status id → the versions of it that were asked about."""
    found: dict[str, list[str]] = {}
    for version in versions:
        if is_id(status_id(version)):
            found.setdefault(status_id(version), []).append(version)
    return found
