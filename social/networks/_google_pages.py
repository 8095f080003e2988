"""Reading a location's reviews page by page. The cursor, all JSON:

    {"newest": "…",                     changes up to then have been read
     "walk": {"token": "…", "top": "…", "pages": 2},   a reading on its way down
     "look": true,                           the slow look at older ones is still to be done in this poll
     "second": "…", "round": ["…", 3],       which page of it is next
     "recent": ["…"]}                        versions that were stored lately

Google orders by the last change, so an edited review comes up again. What does not come up is the answer somebody writes on
Google's own page below an old one: for that, each poll looks at one further page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.clock import now
from social.networks._google_read import ANSWER, REVIEW, is_id, location_id, version_of
from social.networks._google_wire import Answer, Line, ask, moment_of, token_of, unreadable
from social.networks._shapes import mapping, string
from social.networks._versions import digest
from social.networks.errors import Rejected
from social.networks.values import Cursor, Envelope, Page

API = "https://mybusiness.googleapis.com/v4"
#: developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews/list, read 2026-11.
PAGE_ROWS = 50
KNOWN = frozenset({"reviews", "averageRating", "totalReviewCount", "nextPageToken"})
#: How far the first reading goes, and how many further pages the slow look goes round.
FIRST_PAGES = 20
ROUND_PAGES = 20
OVERLAP = timedelta(hours=1)
RECENT = 300
NO_ID = "An item without a usable id."


@dataclass
class _Way:
    """One page under way: what was understood of it so far."""

    location: str
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: list[tuple[str, Any]] = field(default_factory=list)
    oldest: datetime | None = None
    newest: datetime | None = None

    def add(self, row: Any) -> None:
        review = mapping(row)
        if not is_id(review.get("reviewId")):
            self.broken.append((NO_ID, row))
            return
        bare = {name: value for name, value in review.items() if name != "reviewReply"}
        self._put({"kind": REVIEW, "review": bare})
        if mapping(review.get("reviewReply")):
            self._put({"kind": ANSWER, "review": dict(review)})
        changed = moment_of(review.get("updateTime")) or moment_of(review.get("createTime"))
        if changed is not None:
            self.oldest = min(self.oldest or changed, changed)
            self.newest = max(self.newest or changed, changed)

    def _put(self, payload: dict[str, Any]) -> None:
        payload |= {"location": self.location, "seen_at": now().isoformat()}
        version = version_of(payload)
        if version:
            self.found.setdefault(version, payload)

    def page(self, cursor: dict[str, Any], *, more: bool, filtered: bool = True) -> Page:
        """What is new of it."""
        recent = _strings(cursor.get("recent")) if filtered else []
        marks = {version: digest(version) for version in self.found}
        fresh = {version: payload for version, payload in self.found.items() if marks[version] not in recent}
        if filtered:
            cursor["recent"] = (recent + [marks[version] for version in fresh])[-RECENT:]
        items = tuple(Envelope(version, payload) for version, payload in fresh.items())
        return Page(items=items, cursor=cursor, more=more, broken=tuple(self.broken))


def _strings(value: Any) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def _pair(value: Any) -> tuple[str, int]:
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], int):
        return string(value[0]), value[1]
    return "", 0


def list_reviews(line: Line, location: str, token: str) -> tuple[Answer, list[Any]]:
    """A page of reviews, last changed first. Raises Unauthorized, TryLater, Rejected."""
    answer = ask(line, f"{API}/{location}/reviews", pageSize=PAGE_ROWS, orderBy="updateTime desc", pageToken=token)
    rows = answer.body.get("reviews", [])
    # A place without reviews answers with an empty object; anything else without a list is somebody else's.
    if not isinstance(rows, list) or ("reviews" not in answer.body and not KNOWN.issuperset(answer.body)):
        raise unreadable(Answer(answer.status, answer.headers, None), line.whom)
    return answer, rows


def fetch_page(line: Line, location: str, cursor: Cursor) -> Page:
    """The next page after `cursor`."""
    following = {name: value for name, value in cursor.items() if name in ("newest", "walk", "look", "second", "round", "recent")}
    walk = mapping(following.get("walk"))
    if following.pop("look", False) and not walk:
        return _look_round(line, location, following)
    token, top = string(walk.get("token")), moment_of(walk.get("top"))
    counted = walk.get("pages")
    pages = counted if isinstance(counted, int) else 0
    answer, rows = list_reviews(line, location, token)
    way = _Way(location_id(location))
    for row in rows:
        way.add(row)
    after = token_of(answer)
    known = moment_of(following.get("newest"))
    top = max((moment for moment in (top, way.newest) if moment), default=None)
    reached = pages + 1 >= FIRST_PAGES if known is None else way.oldest is not None and way.oldest < known - OVERLAP
    if not token:
        following["second"] = after
    if after and not reached and after != token:
        following["walk"] = {"token": after, "top": top.isoformat() if top else "", "pages": pages + 1}
        return way.page(following, more=True)
    following.pop("walk", None)
    if top or known:
        following["newest"] = max(moment for moment in (top, known) if moment).isoformat()
    # After a whole first reading there is nothing to look for yet.
    if known is not None and (string(following.get("second")) or _pair(following.get("round"))[0]):
        following["look"] = True
    return way.page(following, more="look" in following)


def _look_round(line: Line, location: str, cursor: dict[str, Any]) -> Page:
    """One further page of older reviews."""
    token, pages = _pair(cursor.get("round"))
    if not token:
        token, pages = string(cursor.get("second")), 0
    way = _Way(location_id(location))
    try:
        answer, rows = list_reviews(line, location, token)
    except Rejected:
        # Names of pages do not live for ever.
        cursor.pop("round", None)
        return way.page(cursor, more=False)
    for row in rows:
        way.add(row)
    after = token_of(answer)
    cursor["round"] = [after, pages + 1] if after and after != token and pages + 1 < ROUND_PAGES else ["", 0]
    return way.page(cursor, more=False)


def fetch_back(line: Line, location: str, cursor: Cursor, *, since: datetime) -> Page:
    """The next page downwards to what was changed before `since`. The cursor is {"token"}."""
    token = string(cursor.get("token"))
    answer, rows = list_reviews(line, location, token)
    way = _Way(location_id(location))
    for row in rows:
        way.add(row)
    after = token_of(answer)
    more = bool(after) and after != token and not (way.oldest is not None and way.oldest < since)
    return way.page({"token": after or token}, more=more, filtered=False)


def shown_versions(row: Mapping[str, Any]) -> tuple[str, str]:
    """The review in a row, and the answer that stands below it; empty where there is none."""
    identifier = string(row.get("reviewId"))
    written = moment_of(mapping(row.get("reviewReply")).get("updateTime"))
    answer = version_of({"kind": ANSWER, "review": row}).partition("~")[0] if is_id(identifier) and written else ""
    return identifier if is_id(identifier) else "", answer
