"""Reading X page by page: mentions by `since_id`, direct messages back to the newest one known, then what searches find.

The cursor, all JSON, stands where stored items end:

    {"turn": "mentions",
     "mentions": {"since_id": "…",    everything up to this id has been read
                  "tail": "…",        the overlap never reads behind this id
                  "page": {"token": "…", "after": "…", "newest": "…", "oldest": "…", "seen": 200},   a catch-up under way
                  "again": "…",       something behind this id came without its own: it is read once more
                  "lost_since": "…"}, X no longer served what followed this id
     "dm": {"newest_id": "…", "page": {…}, "not_before": 1763900000, "trouble": "forbidden"},
     "search": {…}}                   see `_x_search`

X answers newest first, so `since_id` moves only when a catch-up has arrived at its end: a worker killed half-way goes
on with the page token, and if X no longer takes the token, from `since_id` again.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.clock import now
from social.networks import _x_again, _x_search
from social.networks._shapes import mapping, mappings, string
from social.networks._x_names import EVENT_EXPANSIONS, EVENT_FIELDS, MEDIA_FIELDS, POSTS_ASKED, USER_FIELDS, pick
from social.networks._x_read import DIRECT, MENTIONS, QUOTES, SEARCH, direct_id, first_id_at, is_id, references, written_at
from social.networks._x_wire import Answer, Line, ask_list, unreadable
from social.networks.errors import Rejected, TryLater
from social.networks.features import Limits
from social.networks.values import Access, Cursor, Envelope, Page

PAGE_POSTS = 100
#: Fewer than X's hundred: each event on a page is paid for anew every day, and the newest page is read at every poll.
PAGE_EVENTS = 50
#: Where the account's tokens do not cover direct messages, X is asked again after so many seconds.
CLOSED_SECONDS = 6 * 3600.0
#: Ids this far ahead of our clock are somebody's mistake and move no cursor.
AHEAD_SECONDS = 3600.0
_TOKEN_WORDS = frozenset({"pagination_token", "next_token"})


def fetch_page(line: Line, access: Access, cursor: Cursor, limits: Limits) -> Page:
    """The next page after `cursor`. Mentions first; when they are caught up, direct messages; then what searches find; then it is
    everybody else's turn.
    """
    parts = {name: dict(mapping(cursor.get(name))) for name in (MENTIONS, DIRECT, SEARCH)}
    if cursor.get("turn") == DIRECT and _may_ask(access, parts[DIRECT]):
        return _direct_page(line, access, parts)
    if cursor.get("turn") == SEARCH and _x_search.searches(access):
        return _search_page(line, access, parts)
    return _mentions_page(line, access, parts, limits)


def _following(access: Access, parts: dict[str, dict[str, Any]], *, after: str, stays: bool) -> tuple[Cursor, bool]:
    """The cursor with whose turn is next, and whether that is at once. `stays`: there is more of the same."""
    turn = MENTIONS
    if stays:
        turn = after
    elif after == MENTIONS and _may_ask(access, parts[DIRECT]):
        turn = DIRECT
    elif after != SEARCH and _x_search.due(parts[SEARCH]) and _x_search.searches(access):
        turn = SEARCH
    cursor = {"turn": turn, MENTIONS: parts[MENTIONS], DIRECT: parts[DIRECT]}
    return {**cursor, **({SEARCH: parts[SEARCH]} if parts[SEARCH] else {})}, stays or turn != MENTIONS


def reopened(cursor: Cursor) -> Cursor:
    """The cursor of an account that was connected anew: direct messages and searches may be covered now."""
    found = dict(cursor)
    for name in (DIRECT, SEARCH):
        if name in cursor:
            found[name] = {key: value for key, value in mapping(cursor[name]).items() if key not in ("trouble", "not_before")}
    for key, state in mapping(found.get(SEARCH)).items():
        if isinstance(state, dict):
            found[SEARCH][key] = {name: value for name, value in state.items() if name != "trouble"}
    return found


def _may_ask(access: Access, direct: Mapping[str, Any]) -> bool:
    """Whether direct messages are covered by the tokens and not on hold."""
    scope = access.secrets.get("scope")
    if scope and "dm.read" not in scope.split():
        return False
    until = direct.get("not_before")
    return not (isinstance(until, int | float) and until > now().timestamp())


# --- mentions -------------------------------------------------------------------------------------------------------
def _mentions_page(line: Line, access: Access, parts: dict[str, dict[str, Any]], limits: Limits) -> Page:
    mentions = parts[MENTIONS]
    page = dict(mapping(mentions.get("page")))
    if not string(page.get("token")):
        page = {"after": _after(mentions, limits)}
    answer = _ask_mentions(line, access, page)
    wrong = answer.parameters if answer.status == 400 else frozenset()
    if wrong & _TOKEN_WORDS and "token" in page:
        # The token is too old, or was never X's: start this catch-up again.
        page = {"after": _after(mentions, limits)}
        answer = _ask_mentions(line, access, page)
        wrong = answer.parameters if answer.status == 400 else frozenset()
    if "since_id" in wrong and page.get("after"):
        # X no longer goes back that far (or never did): take what it still has, and say so on the channel page.
        mentions = parts[MENTIONS] = {"lost_since": string(mentions.get("since_id"))}
        page = {"after": ""}
        answer = _ask_mentions(line, access, page)
    if not answer.good:
        raise unreadable(answer)
    items, broken, ids = envelopes(answer.body, MENTIONS)
    newest = _newest([*ids, string(page.get("newest"))])
    seen = _number(page.get("seen")) + len(ids)
    oldest = string(page.get("oldest")) or (min(ids, key=_number) if ids and seen >= limits.overlap_items else "")
    token = _next_token(answer, page)
    broke = _x_again.broken_behind(page, broken, ids)
    if token:
        counted = {"newest": newest, "oldest": oldest, "seen": seen}
        mentions["page"] = {"token": token, "after": page.get("after", ""), **counted, **({"broke": broke} if broke else {})}
    else:
        mentions.pop("page", None)
        _x_again.read_again(mentions, broke)
        if not _repeats(answer, page):
            mentions["since_id"] = _newest([newest, string(mentions.get("since_id"))])
            mentions["tail"] = _newest([oldest, string(mentions.get("tail"))])
    following, more = _following(access, parts, after=MENTIONS, stays=bool(token))
    return _page(answer, MENTIONS, items, broken, following, more=more)


def _after(mentions: Mapping[str, Any], limits: Limits) -> str:
    """Behind which id a catch-up begins: `since_id`, or a little before it for posts that became visible late."""
    since = _newest([string(mentions.get("since_id"))])
    if not since:
        return ""
    again = _number(mentions.get("again")) or int(since)
    if not limits.overlap_seconds:
        return str(min(int(since), again))
    floor = first_id_at(now()) - (int(limits.overlap_seconds * 1000) << 22)
    return str(min(int(since), again, max(floor, _number(mentions.get("tail")))))


def _ask_mentions(line: Line, access: Access, page: Mapping[str, Any]) -> Answer:
    return ask_list(
        line,
        lambda client: client.get_users_mentions(
            access.external_id,
            max_results=PAGE_POSTS,
            since_id=page.get("after") or None,
            pagination_token=page.get("token") or None,
            **POSTS_ASKED,
        ),
    )


# --- direct messages ------------------------------------------------------------------------------------------------
def _direct_page(line: Line, access: Access, parts: dict[str, dict[str, Any]]) -> Page:
    """One page of direct messages. Whatever goes wrong here waits by itself and never stops mentions."""
    direct = parts[DIRECT]
    page = dict(mapping(direct.get("page")))
    try:
        answer = _ask_events(line, page)
        if answer.status == 400 and answer.parameters & _TOKEN_WORDS and page.get("token"):
            page = {}
            answer = _ask_events(line, page)
        if not answer.good:
            raise unreadable(answer)
    except (TryLater, Rejected) as error:
        seconds = error.seconds if isinstance(error, TryLater) else CLOSED_SECONDS
        direct.update(trouble=error.code, not_before=int(now().timestamp() + seconds) + 1)
        following, more = _following(access, parts, after=DIRECT, stays=False)
        return Page(items=(), cursor=following, more=more)
    direct.pop("trouble", None)
    items, broken, ids = envelopes(answer.body, DIRECT)
    newest = _newest([*ids, string(page.get("newest"))])
    known = _number(_newest([string(direct.get("newest_id"))]))
    arrived = bool(known) and any(_number(identifier) <= known for identifier in ids)
    token = "" if arrived else _next_token(answer, page)
    direct["not_before"] = _paced(answer, under_way=bool(token))
    if token:
        direct["page"] = {"token": token, "newest": newest}
    else:
        direct.pop("page", None)
        if not _repeats(answer, page):
            direct["newest_id"] = _newest([newest, string(direct.get("newest_id"))])
    following, more = _following(access, parts, after=DIRECT, stays=bool(token))
    return _page(answer, DIRECT, items, broken, following, more=more)


def _ask_events(line: Line, page: Mapping[str, Any]) -> Answer:
    return ask_list(
        line,
        lambda client: client.get_direct_message_events(
            user_auth=False,
            event_types="MessageCreate",
            max_results=PAGE_EVENTS,
            pagination_token=page.get("token") or None,
            dm_event_fields=EVENT_FIELDS,
            expansions=EVENT_EXPANSIONS,
            user_fields=USER_FIELDS,
            media_fields=MEDIA_FIELDS,
        ),
    )


def _paced(answer: Answer, *, under_way: bool) -> int:
    """When direct messages may be asked for again, in seconds since 1970.

    X allows fifteen such questions in fifteen minutes: spread evenly, nobody waits long; spent at once, everybody
    waits a quarter of an hour.
    """
    quota = answer.quota()
    if quota is None or quota.remaining is None or quota.resets_at is None:
        return 0
    left = (quota.resets_at - now()).total_seconds()
    if left <= 0 or (under_way and quota.remaining > 0):
        return 0
    return int(now().timestamp() + left / max(quota.remaining, 1))


# --- searches -------------------------------------------------------------------------------------------------------
def _search_page(line: Line, access: Access, parts: dict[str, dict[str, Any]]) -> Page:
    """One page of one search. Whatever goes wrong here waits by itself and never stops mentions or messages."""
    questions = {search.key: search for search in _x_search.searches(access)}
    keys = list(questions)
    # What an admin no longer asks for is forgotten.
    state = parts[SEARCH] = {key: value for key, value in parts[SEARCH].items() if key in questions or key in _x_search.OWN_KEYS}
    turn = string(state.get("turn"))
    turn = turn if turn in questions else keys[0]
    own = dict(mapping(state.get(turn)))
    try:
        answer, page = _x_search.ask(line, questions[turn], own)
    except TryLater as error:
        parts[SEARCH] = _x_search.held(state, error)
        following, more = _following(access, parts, after=SEARCH, stays=False)
        return Page(items=(), cursor=following, more=more)
    except Rejected as error:
        state[turn] = {"trouble": str(error.reason)[:300]}
        return _next_search(access, parts, keys, turn, Page(items=(), cursor={}))
    own.pop("trouble", None)
    items, broken, ids = envelopes(answer.body, QUOTES if turn == QUOTES else SEARCH)
    newest = _newest([*ids, string(page.get("newest"))])
    # The first look, which begins nowhere, ends with its first page: what is older is paid for by nobody.
    token = _next_token(answer, page) if page.get("after") else ""
    broke = _x_again.broken_behind(page, broken, ids)
    quota = {"quota": {SEARCH: answer.quota()}} if answer.quota() else {}
    found = Page(items=items, cursor={}, broken=broken, feed=_x_search.feed_of(turn), **quota)  # type: ignore[arg-type]
    if token:
        way = {"token": token, "after": page.get("after", ""), "newest": newest, **({"broke": broke} if broke else {})}
        state[turn] = {**own, "page": way}
        state["turn"] = turn
        following, more = _following(access, parts, after=SEARCH, stays=True)
        return replace(found, cursor=following, more=more)
    own.pop("page", None)
    _x_again.read_again(own, broke)
    if not _repeats(answer, page):
        own["since_id"] = _newest([newest, string(own.get("since_id"))])
    state[turn] = own
    return _next_search(access, parts, keys, turn, found)


def _next_search(access: Access, parts: dict[str, dict[str, Any]], keys: list[str], turn: str, page: Page) -> Page:
    """The page with the next search's turn in its cursor; after the last one they all rest for a while."""
    state = parts[SEARCH]
    rest = keys[keys.index(turn) + 1 :]
    state["turn"] = rest[0] if rest else ""
    state.pop("trouble", None)
    if not rest:
        state["not_before"] = int(now().timestamp() + _x_search.SEARCH_SECONDS)
    following, more = _following(access, parts, after=SEARCH, stays=bool(rest))
    return replace(page, cursor=following, more=more)


# --- backwards --------------------------------------------------------------------------------------------------------
def fetch_back(line: Line, access: Access, cursor: Cursor, *, since: datetime) -> Page:
    """The next page towards `since`: mentions first, then direct messages where the tokens cover them.

    The cursor is {"turn", "until", "token"}: mentions go on below an id, which never grows old as a page token does.
    """
    if cursor.get("turn") == DIRECT:
        return _direct_back(line, cursor, since)
    answer = ask_list(
        line,
        lambda client: client.get_users_mentions(
            access.external_id,
            max_results=PAGE_POSTS,
            start_time=since.strftime("%Y-%m-%dT%H:%M:%SZ"),
            until_id=string(cursor.get("until")) or None,
            **POSTS_ASKED,
        ),
    )
    if not answer.good:
        raise unreadable(answer)
    items, broken, ids = envelopes(answer.body, MENTIONS)
    until = min(ids, key=int, default="")
    more = bool(answer.next_token and until)
    following = {"turn": MENTIONS, "until": until} if more else {"turn": DIRECT}
    return _page(answer, MENTIONS, items, broken, following, more=more or _may_ask(access, {}))


def _direct_back(line: Line, cursor: Cursor, since: datetime) -> Page:
    """One page of direct messages; X knows no time here, so the page that reaches behind `since` is the last."""
    page = dict(mapping(cursor.get("page")))
    try:
        answer = _ask_events(line, page)
        if answer.status == 400 and answer.parameters & _TOKEN_WORDS and page:
            answer, page = _ask_events(line, {}), {}
        if not answer.good:
            raise unreadable(answer)
    except Rejected:
        # The tokens do not cover them after all; the channel page says so already.
        return Page(items=(), cursor={"turn": DIRECT})
    items, broken, ids = envelopes(answer.body, DIRECT)
    arrived = any(written_at(int(identifier)) < since for identifier in ids)
    token = "" if arrived else _next_token(answer, page)
    return _page(answer, DIRECT, items, broken, {"turn": DIRECT, "page": {"token": token}}, more=bool(token))


# --- what both have in common ---------------------------------------------------------------------------------------
def _page(
    answer: Answer,
    feed: str,
    items: tuple[Envelope, ...],
    broken: tuple[tuple[str, Any], ...],
    cursor: Cursor,
    *,
    more: bool,
) -> Page:
    quota = answer.quota()
    return Page(items=items, cursor=cursor, more=more, broken=broken, quota={feed: quota} if quota else {}, feed=feed)


def envelopes(document: Any, feed: str) -> tuple[tuple[Envelope, ...], tuple[tuple[str, Any], ...], list[str]]:
    """The items of a list that X answered or handed over, each with what it needs to be read alone; what has no id; and the ids.
    Oldest first.
    """
    body = mapping(document)
    rows = body.get("data")
    includes = mapping(body.get("includes"))
    users = {string(user.get("id")): user for user in mappings(includes.get("users"))}
    media = {string(entry.get("media_key")): entry for entry in mappings(includes.get("media"))}
    posts = {string(post.get("id")): post for post in mappings(pick(includes, "included_posts"))}
    seen_at = now().isoformat(timespec="seconds")
    found: dict[str, Envelope] = {}
    broken: list[tuple[str, Any]] = []
    for post in rows if isinstance(rows, list) else []:
        identifier = string(mapping(post).get("id"))
        if not is_id(identifier):
            broken.append(("An item without a usable id.", post))
            continue
        author = string(post.get("sender_id" if feed == DIRECT else "author_id"))
        keys = mapping(post.get("attachments")).get("media_keys")
        payload = {
            "feed": feed,
            "post": dict(post),
            "author": users.get(author),
            "media": [media[key] for key in (keys if isinstance(keys, list) else []) if isinstance(key, str) and key in media],
            "referenced": [posts[string(r["id"])] for r in references(post) if string(r["id"]) in posts],
            "seen_at": seen_at,
        }
        name = direct_id(identifier) if feed == DIRECT else identifier
        found.setdefault(identifier, Envelope(external_id=name, payload=payload))
    ordered = sorted(found, key=int)
    return tuple(found[identifier] for identifier in ordered), tuple(broken), ordered


def _next_token(answer: Answer, page: Mapping[str, Any]) -> str:
    """The token of the following page; nothing when there is none, or when X repeats the one just used."""
    return "" if _repeats(answer, page) else answer.next_token


def _repeats(answer: Answer, page: Mapping[str, Any]) -> bool:
    """Whether X went in a circle: then nothing is known about the end, and the next poll begins again."""
    return bool(answer.next_token) and answer.next_token == page.get("token")


def _newest(ids: list[str]) -> str:
    """The newest of these ids that can have been made by now: one from the future would hide everything until then."""
    limit = now().timestamp() + AHEAD_SECONDS
    made = [identifier for identifier in ids if is_id(identifier) and written_at(int(identifier)).timestamp() <= limit]
    return max(made, default="", key=int)


def _number(identifier: Any) -> int:
    with contextlib.suppress(TypeError, ValueError):
        return int(identifier)
    return 0
