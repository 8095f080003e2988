"""Reading what happens around an organisation at LinkedIn, sparing with questions: most apps have a few hundred a day.

Each poll asks for the notifications (one list for comments below our posts, their edits, and posts that mention us), newest
first, and for the comments they tell of as a whole. Once in a while one of the newest posts is looked through besides, as a net
under them; the first round looks through all of those. The cursor, all JSON:

    {"told": {"floor": 1790000000000,            everything up to this time (milliseconds) has been read
              "walk": {"start": 50, "top": …},   a walk under way, and what becomes the next floor
              "recent": ["urn:…@1790…"]},        notifications that were taken, so that nothing comes twice
     "net": {"queue": [["urn:li:share:…", 0]],   posts, and comments with answers, to be looked through, and from where
             "asked": 3},                        questions of this round
     "rest": 12}                                 polls until the net is cast again
"""

import time
from collections.abc import Mapping
from typing import Any

from core.clock import now
from social.networks._linkedin_read import POSTS, bare, base_id, name_of, version_of
from social.networks._linkedin_wire import Line, ask, comment_parts, comment_urn, encoded, has_more, is_urn, listed
from social.networks._shapes import mapping, mappings, string
from social.networks.errors import Rejected, TryLater
from social.networks.features import Limits
from social.networks.values import Access, Cursor, Envelope, Page

#: …/organizations/organization-social-action-notifications, read 2026-11. Notifications are kept for 60 days.
COMMENT, EDIT, MENTION = ACTIONS = ("COMMENT", "COMMENT_EDIT", "SHARE_MENTION")
TOLD_ROWS, COMMENT_ROWS, POST_ROWS = 50, 100, 20
FIRST_PAGES = 20
#: The net: so many questions a round at most, and so many polls between two rounds.
NET_QUESTIONS, FIRST_NET_QUESTIONS, NET_REST = 6, 60, 12
WHOLE_QUESTIONS = 5
NO_ID = "An item without a usable id."


def fetch_page(line: Line, access: Access, cursor: Cursor, limits: Limits, *, until: float) -> Page:
    """The next page after `cursor`. `until`, on the monotonic clock, ends the questions about comments as a whole."""
    net = mapping(cursor.get("net"))
    if net:
        return _look_through(line, access, cursor, net)
    return _hear_what_is_told(line, access, cursor, limits, until)


# --- what we are told -------------------------------------------------------------------------------------------------
def _hear_what_is_told(line: Line, access: Access, cursor: Cursor, limits: Limits, until: float) -> Page:
    state = mapping(cursor.get("told"))
    walk = mapping(state.get("walk"))
    start = whole_number(walk.get("start"))
    place = f"&start={start}" if start else ""
    path = (
        f"organizationalEntityNotifications?q=criteria&actions={listed(ACTIONS)}"
        f"&organizationalEntity={encoded(access.external_id)}&count={TOLD_ROWS}{place}"
    )
    answer = ask(line, path, "elements", list)
    rows, broken = _usable(answer.body["elements"])
    recent = [string(mark) for mark in state.get("recent") or []]
    fresh = [row for row in rows if _mark(row) not in recent]
    whole = _whole(line, [row for row in fresh if row["action"] != MENTION], until)
    seen_at = now().isoformat(timespec="seconds")
    items: dict[str, Envelope] = {}
    waiting: set[str] = set()
    for row in reversed(fresh):
        comment = whole.get(name_of(row, {}), {})
        if row["action"] == EDIT and not comment:
            # Without the comment nobody knows which version it is: it is met again at the next poll.
            waiting.add(_mark(row))
            continue
        payload = {"notification": bare(row), "comment": bare(comment), "seen_at": seen_at}
        items[version_of(row, comment)] = Envelope(version_of(row, comment), payload)
    times = [moment for row in rows if (moment := whole_number(row.get("lastModifiedAt")))]
    floor, top = whole_number(state.get("floor")), whole_number(walk.get("top")) or max(times, default=0)
    deep = bool(floor and times) and min(times) < floor - limits.overlap_seconds * 1000
    pages = start // TOLD_ROWS + 1
    further = has_more(answer, TOLD_ROWS) and bool(answer.body["elements"]) and not deep and pages < FIRST_PAGES
    marks = [_mark(row) for row in rows if _mark(row) not in waiting]
    kept = [*recent, *marks] if start else [*marks, *recent]
    told: dict[str, Any] = {"recent": list(dict.fromkeys(kept))[: limits.overlap_items]}
    bottom = floor if further else min(max(floor, top), int(now().timestamp() * 1000))
    if bottom:
        told["floor"] = bottom
    if further:
        told["walk"] = {"start": start + len(answer.body["elements"]), "top": top}
    following: Cursor = {"told": told, "rest": whole_number(cursor.get("rest"))}
    if not further:
        following = _cast(following, first="rest" not in cursor)
    return Page(items=tuple(items.values()), cursor=following, more=further or "net" in following, broken=broken)


def _cast(cursor: Cursor, *, first: bool) -> Cursor:
    """Whether the net is cast in this round."""
    rest = whole_number(cursor.get("rest"))
    if rest > 0:
        return {**cursor, "rest": rest - 1}
    return {**cursor, "rest": NET_REST, "net": {"asked": 0, "most": FIRST_NET_QUESTIONS if first else NET_QUESTIONS}}


def _usable(rows: list[Any]) -> tuple[list[dict[str, Any]], tuple[tuple[str, Any], ...]]:
    """The notifications that can be told apart, each once, and the others. Newest first."""
    found: dict[str, dict[str, Any]] = {}
    broken: list[tuple[str, Any]] = []
    for row in rows:
        action = mapping(row).get("action")
        if isinstance(action, str) and action not in ACTIONS:
            continue
        if not isinstance(action, str) or not name_of(mapping(row), {}):
            broken.append((NO_ID, bare(row)))
        else:
            found.setdefault(_mark(row), dict(row))
    ordered = sorted(found.values(), key=lambda row: whole_number(row.get("lastModifiedAt")), reverse=True)
    return ordered, tuple(broken)


def _mark(row: Mapping[str, Any]) -> str:
    """One telling of one thing: an edit tells of it again. A comment that comes as new is known whatever the time."""
    when = f"@{whole_number(row.get('lastModifiedAt'))}" if row.get("action") == EDIT else ""
    return f"{name_of(row, {})}{when}"


def _whole(line: Line, rows: list[dict[str, Any]], until: float) -> dict[str, Mapping[str, Any]]:
    """The comments that notifications tell of, by their URNs, a question for each post. No reading waits for that."""
    found: dict[str, Mapping[str, Any]] = {}
    below: dict[str, list[str]] = {}
    for row in rows:
        post, identifier = comment_parts(name_of(row, {}))
        if identifier:
            below.setdefault(post, []).append(identifier)
    for post, identifiers in list(below.items())[:WHOLE_QUESTIONS]:
        if time.monotonic() > until:
            break
        try:
            shown, _gone = comments_by_number(line, post, identifiers)
        except (TryLater, Rejected) as error:
            if error.code == "rate_limited":
                raise
            break
        found |= {comment_urn(post, identifier): comment for identifier, comment in shown.items()}
    return found


def comments_by_number(line: Line, post: str, identifiers: list[str]) -> tuple[dict[str, Mapping[str, Any]], set[str]]:
    """Comments below a post by their numbers, and the numbers for which there certainly is none. Raises as `ask`."""
    path = f"socialActions/{encoded(post)}/comments?ids={listed(dict.fromkeys(identifiers))}"
    answer = ask(line, path, "results", dict, restli="BATCH_GET")
    results, errors = answer.body["results"], mapping(answer.body.get("errors"))
    shown = {number: mapping(results.get(number)) for number in identifiers if mapping(results.get(number))}
    gone = {number for number in identifiers if number not in shown and mapping(errors.get(number)).get("status") == 404}
    return shown, gone


# --- the net ------------------------------------------------------------------------------------------------------------
def _look_through(line: Line, access: Access, cursor: Cursor, net: Mapping[str, Any]) -> Page:
    """One question of a round through the newest posts. What it cannot read it leaves to the next round."""
    asked, most = whole_number(net.get("asked")) + 1, whole_number(net.get("most")) or NET_QUESTIONS
    queue = [entry for entry in net.get("queue") or [] if isinstance(entry, list) and len(entry) == 2]
    over = {name: value for name, value in cursor.items() if name != "net"}
    items: list[Envelope] = []
    broken: tuple[tuple[str, Any], ...] = ()
    try:
        if "queue" not in net:
            queue = [[urn, 0] for urn in own_posts(line, access.external_id)]
        elif queue:
            below, start = string(queue[0][0]), whole_number(queue[0][1])
            rows, more = comments_below(line, below, start)
            items, broken, answered = comments_of(rows)
            behind = [[below, start + len(rows)]] if more and rows else []
            queue = [*behind, *queue[1:], *([urn, 0] for urn in answered)]
    except Rejected:
        queue = queue[1:]
    if not queue or asked >= most:
        return Page(items=tuple(items), cursor=over, broken=broken)
    following = {**over, "net": {"queue": queue[:200], "asked": asked, "most": most}}
    return Page(items=tuple(items), cursor=following, more=True, broken=broken)


def own_posts(line: Line, organization: str) -> list[str]:
    """The organisation's newest posts. Raises as `ask`."""
    return [str(row["id"]) for row in posts_of(line, organization, 0)[0] if is_urn(row.get("id"), *POSTS)]


def posts_of(line: Line, organization: str, start: int) -> tuple[list[Mapping[str, Any]], bool]:
    """A page of the organisation's posts, those changed last first, and whether there are more. Raises as `ask`."""
    place = f"&start={start}" if start else ""
    path = f"posts?author={encoded(organization)}&q=author&count={POST_ROWS}&sortBy=LAST_MODIFIED{place}"
    answer = ask(line, path, "elements", list, restli="FINDER")
    return mappings(answer.body["elements"]), has_more(answer, POST_ROWS)


def comments_below(line: Line, urn: str, start: int) -> tuple[list[Any], bool]:
    """A page of the comments below a post, or of the answers to a comment, and whether there are more. Raises as `ask`."""
    place = f"&start={start}" if start else ""
    answer = ask(line, f"socialActions/{encoded(urn)}/comments?count={COMMENT_ROWS}{place}", "elements", list)
    return answer.body["elements"], has_more(answer, COMMENT_ROWS)


def comments_of(rows: list[Any]) -> tuple[list[Envelope], tuple[tuple[str, Any], ...], list[str]]:
    """The items of a page of comments, what cannot be told apart, and the comments that have answers."""
    seen_at = now().isoformat(timespec="seconds")
    items: dict[str, Envelope] = {}
    broken: list[tuple[str, Any]] = []
    answered: list[str] = []
    for row in rows:
        comment = mapping(row)
        name = name_of({}, comment)
        if not name:
            broken.append((NO_ID, bare(row)))
            continue
        version = version_of({}, comment)
        items[version] = Envelope(version, {"notification": {}, "comment": bare(comment), "seen_at": seen_at})
        if whole_number(mapping(comment.get("commentsSummary")).get("aggregatedTotalComments")):
            answered.append(base_id(version))
    return list(items.values()), tuple(broken), answered


def whole_number(value: Any) -> int:
    """A number above nothing, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
