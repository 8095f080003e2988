"""Reading an organisation's older comments on demand: its posts one after the other, and what stands below them.

The cursor, all JSON: {"start": 20, "queue": [["urn:li:share:…", 0]], "over": false}: which page of posts comes next, what is still
to be looked through and from where, and whether that page was the last one.
"""

from datetime import datetime, timedelta

from social.networks._linkedin_pages import comments_below, comments_of, posts_of, whole_number
from social.networks._linkedin_read import POSTS
from social.networks._linkedin_wire import Line, is_urn, moment_of
from social.networks._shapes import mapping, string
from social.networks.errors import Rejected
from social.networks.values import Cursor, Page

#: Comments do not move a post in the list: so much older posts than the day are looked through as well.
REACH = timedelta(days=90)
KEPT = 500


def fetch_back(line: Line, organization: str, cursor: Cursor, *, since: datetime) -> Page:
    """One question of the way back to `since`. Raises Unauthorized, TryLater, Rejected."""
    queue = [entry for entry in cursor.get("queue") or [] if isinstance(entry, list) and len(entry) == 2]
    start, over = whole_number(cursor.get("start")), cursor.get("over") is True
    if not queue:
        return _posts(line, organization, start, since)
    below, place = string(queue[0][0]), whole_number(queue[0][1])
    try:
        rows, more = comments_below(line, below, place)
    except Rejected as error:
        if error.code not in ("not_found", "forbidden", "invalid_request"):
            raise
        rows, more = [], False  # deleted meanwhile, or closed to us: the others are read all the same
    items, broken, answered = comments_of(rows)
    young = tuple(item for item in items if _written(item.payload) >= since.timestamp())
    behind = [[below, place + len(rows)]] if more and rows else []
    queue = [*behind, *([urn, 0] for urn in answered), *queue[1:]]
    return Page(young, {"start": start, "queue": queue[:KEPT], "over": over}, more=bool(queue) or not over, broken=broken)


def _posts(line: Line, organization: str, start: int, since: datetime) -> Page:
    rows, more = posts_of(line, organization, start)
    reached = False
    queue = []
    for row in rows:
        changed = moment_of(row.get("lastModifiedAt"))
        if changed is not None and changed < since - REACH:
            reached = True
        elif is_urn(row.get("id"), *POSTS):
            queue.append([str(row["id"]), 0])
    over = reached or not more or not rows
    return Page((), {"start": start + len(rows), "queue": queue, "over": over}, more=bool(queue) or not over)


def _written(payload: object) -> float:
    """When a comment was written, in seconds; of what tells no time it is for the reader to judge."""
    moment = moment_of(mapping(mapping(mapping(payload).get("comment")).get("created")).get("time"))
    return moment.timestamp() if moment else float("inf")
