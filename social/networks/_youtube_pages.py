"""Reading a channel's comments page by page. The cursor, all JSON:

    {"newest": "…",                          threads begun up to then have been read
     "walk": {"token": "…", "top": "…", "pages": 2},   a reading on its way down
     "chores": ["round"],                    what is still to be asked in this poll
     "turn": 1, "second": "…", "round": ["…", 3],      the slow look at older threads: which page is next
     "deep": [["thread", "video", "token"]], threads with more answers than were shown
     "counts": {"thread": 12},               how many answers such threads had when they were read whole
     "recent": ["…"], "held": ["…"], "titles": {"video": "…"}, "closed": "forbidden"}

YouTube orders threads by when they were begun, so a new answer below an old one moves nothing. The newest hundred threads are
looked at in each poll, and by turns one further page of the next five hundred, or what waits for approval. Versions stored lately
are remembered, so that a quiet channel stores nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.clock import now
from social.networks import _youtube_units as units
from social.networks._google_wire import Line, ask_list, moment_of, token_of
from social.networks._shapes import mapping, mappings, string
from social.networks._versions import digest
from social.networks._youtube_read import is_id, is_video, text_of, version_of
from social.networks.errors import NetworkError, Rejected, TryLater, Unauthorized
from social.networks.values import Cursor, Envelope, Page

API = "https://www.googleapis.com/youtube/v3"
THREADS = f"{API}/commentThreads"
COMMENTS = f"{API}/comments"
VIDEOS = f"{API}/videos"
#: developers.google.com/youtube/v3/docs/commentThreads/list and …/comments/list, read 2026-11.
PAGE_ROWS = 100
THREAD_LIST = "youtube#commentThreadListResponse"
COMMENT_LIST = "youtube#commentListResponse"
VIDEO_LIST = "youtube#videoListResponse"
TITLES_A_CALL = 50
#: How far the first reading goes, and how many further pages the slow look goes round.
FIRST_PAGES = 5
ROUND_PAGES = 5
#: What becomes visible late, after YouTube's own check for spam, lies behind newer threads.
OVERLAP = timedelta(hours=1)
RECENT = 600
KEPT_COUNTS = 300
KEPT_TITLES = 60
KEPT_HELD = 200
NO_ID = "An item without a usable id."


@dataclass
class _Way:
    """One page under way: what was understood of it so far."""

    cursor: dict[str, Any]
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: list[tuple[str, Any]] = field(default_factory=list)
    oldest: datetime | None = None
    newest: datetime | None = None

    def add(self, row: Any, thread: str, *, held: bool = False) -> None:
        comment = mapping(row)
        identifier = comment.get("id")
        if not is_id(identifier):
            self.broken.append((NO_ID, row))
            return
        waited = not held and identifier in _strings(self.cursor.get("held"))
        payload = {"comment": dict(comment), "thread": thread, "held": held, "was_held": waited, "seen_at": now().isoformat()}
        self.found.setdefault(version_of(payload), payload)

    def add_thread(self, row: Any, *, held: bool = False, counts: bool = True) -> None:
        thread = mapping(row)
        snippet = mapping(thread.get("snippet"))
        identifier = string(thread.get("id"))
        if not is_id(identifier) or not is_id(mapping(snippet.get("topLevelComment")).get("id")):
            self.broken.append((NO_ID, row))
            return
        top = mapping(snippet["topLevelComment"])
        self.add(top, identifier, held=held)
        begun = moment_of(mapping(top.get("snippet")).get("publishedAt"))
        if begun is not None:
            self.oldest = min(self.oldest or begun, begun)
            self.newest = max(self.newest or begun, begun)
        replies = mapping(thread.get("replies")).get("comments")
        shown = replies if isinstance(replies, list) else []
        for reply in shown:
            self.add(reply, identifier, held=False)
        total = snippet.get("totalReplyCount")
        if not held and isinstance(total, int) and total > len(shown):
            known = mapping(self.cursor.get("counts")).get(identifier) if counts else None
            queue = self.cursor.setdefault("deep", [])
            if known != total and all(entry[0] != identifier for entry in queue):
                queue.append([identifier, string(snippet.get("videoId")), "", total])

    def page(self, line: Line, *, more: bool, filtered: bool = True) -> Page:
        """What is new of it, with the titles of the videos it stands under."""
        known = set(_strings(self.cursor.get("recent"))) if filtered else set()
        marks = {version: _mark(version, payload) for version, payload in self.found.items()}
        fresh = {version: payload for version, payload in self.found.items() if marks[version] not in known}
        _put_titles(line, self.cursor, fresh)
        if filtered:
            self.cursor["recent"] = (_strings(self.cursor.get("recent")) + [marks[version] for version in fresh])[-RECENT:]
        items = tuple(Envelope(version, payload) for version, payload in fresh.items())
        quota = {units.UNITS: units.quota()}
        return Page(items=items, cursor=self.cursor, more=more, broken=tuple(self.broken), quota=quota)


def _mark(version: str, payload: Mapping[str, Any]) -> str:
    return digest(version, payload["held"], text_of(mapping(mapping(payload["comment"]).get("snippet"))))


def _strings(value: Any) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def threads(line: Line, account_id: str, token: str, status: str = "") -> tuple[Any, list[Any]]:
    """One page of threads, the newest first; with a moderation `status` those of that status. Raises as `ask_list`."""
    return ask_list(
        line,
        THREADS,
        "items",
        sign=THREAD_LIST,
        part="snippet,replies",
        allThreadsRelatedToChannelId=account_id,
        order="time",
        maxResults=PAGE_ROWS,
        textFormat="plainText",
        moderationStatus=status,
        pageToken=token,
    )


def fetch_page(line: Line, account_id: str, cursor: Cursor) -> Page:
    """The next page after `cursor`: of what was begun, else of what is still to be asked, else the newest."""
    following = {name: value for name, value in cursor.items() if name in KEPT}
    if _queue(following):
        return _deeper(line, following)
    chores = _strings(following.get("chores"))
    if not mapping(following.get("walk")) and chores:
        following["chores"] = chores[1:]
        return CHORES[chores[0]](line, account_id, following) if chores[0] in CHORES else _Way(following).page(line, more=True)
    return _walk(line, account_id, following)


KEPT = frozenset(
    {"newest", "walk", "chores", "turn", "second", "round", "deep", "counts", "recent", "held", "titles", "closed"}
)


def _queue(cursor: Mapping[str, Any]) -> list[list[Any]]:
    deep = cursor.get("deep")
    return [entry for entry in deep if isinstance(entry, list) and len(entry) == 4] if isinstance(deep, list) else []


def _walk(line: Line, account_id: str, cursor: dict[str, Any]) -> Page:
    """Down from the newest thread to what is known."""
    walk = mapping(cursor.get("walk"))
    token, top = string(walk.get("token")), moment_of(walk.get("top"))
    counted = walk.get("pages")
    pages = counted if isinstance(counted, int) else 0
    answer, rows = threads(line, account_id, token)
    way = _Way(cursor)
    for row in rows:
        way.add_thread(row)
    after = token_of(answer)
    known = moment_of(cursor.get("newest"))
    top = max((moment for moment in (top, way.newest) if moment), default=None)
    reached = pages + 1 >= FIRST_PAGES if known is None else way.oldest is not None and way.oldest < known - OVERLAP
    if not token:
        cursor["second"] = after
    if after and not reached and after != token:
        cursor["walk"] = {"token": after, "top": top.isoformat() if top else "", "pages": pages + 1}
        return way.page(line, more=True)
    cursor.pop("walk", None)
    if top or known:
        cursor["newest"] = max(moment for moment in (top, known) if moment).isoformat()
    turn = 1 if cursor.get("turn") == 1 else 0
    cursor["turn"] = 1 - turn
    chore = "held" if turn == 0 or not (string(cursor.get("second")) or _round(cursor)[0]) else "round"
    cursor["chores"] = [] if chore == "held" and cursor.get("closed") else [chore]
    return way.page(line, more=bool(cursor["chores"]) or bool(_queue(cursor)))


def _round(cursor: Mapping[str, Any]) -> tuple[str, int]:
    place = cursor.get("round")
    if isinstance(place, list) and len(place) == 2 and isinstance(place[1], int):
        return string(place[0]), place[1]
    return "", 0


def _look_round(line: Line, account_id: str, cursor: dict[str, Any]) -> Page:
    """One further page of older threads, whose new answers move nothing at the top."""
    token, pages = _round(cursor)
    if not token:
        token, pages = string(cursor.get("second")), 0
    try:
        answer, rows = threads(line, account_id, token)
    except Rejected:
        # Names of pages do not live for ever.
        cursor.pop("round", None)
        return _Way(cursor).page(line, more=bool(_queue(cursor)))
    way = _Way(cursor)
    for row in rows:
        way.add_thread(row)
    after = token_of(answer)
    cursor["round"] = [after, pages + 1] if after and after != token and pages + 1 < ROUND_PAGES else ["", 0]
    return way.page(line, more=bool(_queue(cursor)))


def _look_at_held(line: Line, account_id: str, cursor: dict[str, Any]) -> Page:
    """What waits for approval, as far as one page shows it. A sign-in without that right is told on the channel's page."""
    try:
        _answer, rows = threads(line, account_id, "", "heldForReview")
    except Rejected as error:
        cursor["closed"] = error.code
        return _Way(cursor).page(line, more=bool(_queue(cursor)))
    way = _Way(cursor)
    for row in rows:
        way.add_thread(row, held=True)
    seen = [string(mapping(payload["comment"]).get("id")) for payload in way.found.values()]
    before = [identifier for identifier in _strings(cursor.get("held")) if identifier not in seen]
    cursor["held"] = (before + seen)[-KEPT_HELD:]
    return way.page(line, more=bool(_queue(cursor)))


CHORES: dict[str, Callable[[Line, str, dict[str, Any]], Page]] = {"round": _look_round, "held": _look_at_held}


def _deeper(line: Line, cursor: dict[str, Any], *, filtered: bool = True) -> Page:
    """The answers of one thread that shows but some of them."""
    queue = _queue(cursor)
    thread, video, token, total = queue[0]
    rest = queue[1:]
    way = _Way(cursor)
    try:
        answer, rows = ask_list(
            line, COMMENTS, "items", sign=COMMENT_LIST, part="snippet", parentId=thread, maxResults=PAGE_ROWS,
            textFormat="plainText", pageToken=token,
        )  # fmt: skip
    except Rejected:
        # Gone meanwhile, or its page's name is worn out: the next look finds it again.
        cursor["deep"] = rest
        return way.page(line, more=True, filtered=filtered)
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("snippet"), dict) and video:
            # Answers that are listed by themselves do not say under which video they stand.
            row = {**row, "snippet": {**row["snippet"], "videoId": row["snippet"].get("videoId") or video}}
        way.add(row, thread)
    after = token_of(answer)
    if after and after != token:
        cursor["deep"] = [[thread, video, after, total], *rest]
    else:
        cursor["deep"] = rest
        counts = {**mapping(cursor.get("counts")), thread: total}
        cursor["counts"] = dict(list(counts.items())[-KEPT_COUNTS:])
    return way.page(line, more=True, filtered=filtered)


def fetch_back(line: Line, account_id: str, cursor: Cursor, *, since: datetime) -> Page:
    """The next page downwards to threads begun before `since`. The cursor is {"token", "deep", "titles", "over"}."""
    following: Cursor = {name: value for name, value in cursor.items() if name in ("token", "deep", "titles", "over")}
    if _queue(following):
        page = _deeper(line, following, filtered=False)
        page.cursor.pop("counts", None)
        return Page(page.items, page.cursor, bool(_queue(page.cursor)) or not cursor.get("over"), page.quota, page.broken)
    token = string(following.get("token"))
    answer, rows = threads(line, account_id, token)
    way = _Way(following)
    for row in rows:
        way.add_thread(row, counts=False)
    after = token_of(answer)
    arrived = way.oldest is not None and way.oldest < since
    following["over"] = arrived or not after or after == token
    following["token"] = after or token
    return way.page(line, more=not following["over"] or bool(_queue(following)), filtered=False)


def _put_titles(line: Line, cursor: dict[str, Any], fresh: Mapping[str, dict[str, Any]]) -> None:
    """Write the videos' titles into the envelopes. What cannot be asked for just now stays unknown; no comment waits for it."""
    titles = {name: string(title) for name, title in mapping(cursor.get("titles")).items()}
    stand_under = {version: string(mapping(payload["comment"].get("snippet")).get("videoId")) for version, payload in fresh.items()}
    wanted = list(dict.fromkeys(video for video in stand_under.values() if is_video(video) and video not in titles))
    if wanted:
        try:
            _answer, rows = ask_list(line, VIDEOS, "items", sign=VIDEO_LIST, part="snippet", id=",".join(wanted[:TITLES_A_CALL]))
            titles |= {string(row.get("id")): string(mapping(row.get("snippet")).get("title"))[:300] for row in mappings(rows)}
        except Unauthorized:
            raise
        except NetworkError:
            wanted = []
    for version, payload in fresh.items():
        payload["title"] = titles.get(stand_under[version], "")
    if titles:
        cursor["titles"] = dict(list(titles.items())[-KEPT_TITLES:])


def as_used_up(error: NetworkError) -> NetworkError:
    """Remember what YouTube said about its units, and hand the error on."""
    if isinstance(error, TryLater) and error.code == "quota_exceeded":
        units.use_up()
    return error
