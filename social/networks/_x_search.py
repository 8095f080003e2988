"""Searching X: posts that quote one of ours without naming us, and the streams an admin asked for.

A quote names nobody, so mentions do not bring it. Asking for each recent post's quotes would be a question a post; one search for
the address that a quote carries finds those of all our posts together, and only what it finds is paid for. What mentions bring is
left out of every search, so that nobody pays twice.

The cursor's part: {"turn": "quotes", "not_before": 1763900000, "quotes": {"since_id": "…", "page": {…}}, "12": {…}}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.clock import now
from social.networks._shapes import mapping, string
from social.networks._x_names import POSTS_ASKED
from social.networks._x_query import MAX_QUERY
from social.networks._x_read import QUOTES, SEARCH, first_id_at
from social.networks._x_wire import Answer, Line, ask_list, unreadable
from social.networks.errors import Rejected, TryLater
from social.networks.values import Access

#: docs.x.com/x-api/posts/search/migrate, read 2026-11: at the least 60 questions in a quarter of an hour. Six searches (five
#: streams and the quotes) every three minutes are 30.
SEARCH_SECONDS = 180.0
MAX_STREAMS = 5
#: X reaches back seven days; its own answer to what lies before is a refusal, so a little less is asked for.
REACH_SECONDS = 7 * 86400.0 - 600.0
#: A first look at quotes ends after one page: what is older was read by nobody here anyway, and costs.
PAGE_POSTS = 100
HOLD_SECONDS = 3600.0
#: What stands beside the searches in the cursor.
OWN_KEYS = frozenset({"turn", "not_before", "trouble"})


@dataclass(frozen=True, slots=True)
class Search:
    """One question: its key in the cursor, what X is asked, where a new one begins."""

    key: str
    query: str
    begins: str


def left_out(handle: str) -> str:
    """What every search leaves out: what mentions bring, what we wrote, and what was merely passed on."""
    return f"-@{handle} -from:{handle} -is:retweet"


def room_for(handle: str) -> int:
    """How many characters an admin's words may have."""
    return MAX_QUERY - len(f"() {left_out(handle)}")


def searches(access: Access) -> list[Search]:
    """Every question of this account, the quotes first. None without a handle: nothing could be left out."""
    handle = access.handle
    if not handle:
        return []
    places = " OR ".join(f'url:"{name}/{handle}/status"' for name in ("x.com", "twitter.com"))
    found = [Search(QUOTES, f"({places}) is:quote {left_out(handle)}", "")]
    for stream in access.streams[:MAX_STREAMS]:
        begins = str(first_id_at(datetime.fromisoformat(stream.since)))
        found.append(Search(stream.key, f"({stream.words}) {left_out(handle)}", begins))
    return found


def due(state: Mapping[str, Any]) -> bool:
    """Whether searching is to go on, or to begin again."""
    until = state.get("not_before")
    return bool(state.get("turn")) or not (isinstance(until, int | float) and until > now().timestamp())


def ask(line: Line, search: Search, state: Mapping[str, Any]) -> tuple[Answer, dict[str, Any]]:
    """Put the next question of a search. Returns the answer and the page it belongs to. Raises TryLater, Rejected, Unauthorized."""
    page = dict(mapping(state.get("page")))
    if not string(page.get("token")):
        page = {"after": _after(search, state)}
    answer = _ask(line, search, page)
    wrong = answer.parameters if answer.status == 400 else frozenset()
    if wrong & {"next_token", "pagination_token"} and page.get("token"):
        page = {"after": _after(search, state)}
        answer = _ask(line, search, page)
        wrong = answer.parameters if answer.status == 400 else frozenset()
    if "since_id" in wrong and page.get("after"):
        page = {"after": ""}
        answer = _ask(line, search, page)
    if not answer.good:
        raise unreadable(answer)
    return answer, page


def _after(search: Search, state: Mapping[str, Any]) -> str:
    """Behind which id to begin; empty for the newest page. Never behind what X can reach: it refuses that."""
    since = string(state.get("again")) or string(state.get("since_id")) or search.begins
    if not since:
        return ""
    floor = first_id_at(now()) - (int(REACH_SECONDS * 1000) << 22)
    return str(max(int(since), floor))


def _ask(line: Line, search: Search, page: Mapping[str, Any]) -> Answer:
    return ask_list(
        line,
        lambda client: client.search_recent_tweets(
            search.query,
            max_results=PAGE_POSTS,
            since_id=page.get("after") or None,
            next_token=page.get("token") or None,
            **POSTS_ASKED,
        ),
    )


def feed_of(key: str) -> str:
    """What the meter calls a search."""
    return key if key == QUOTES else f"{SEARCH}:{key}"


def held(state: Mapping[str, Any], error: TryLater | Rejected) -> dict[str, Any]:
    """Searching rests by itself, and stops neither mentions nor messages."""
    seconds = error.seconds if isinstance(error, TryLater) else HOLD_SECONDS
    return {**state, "turn": "", "trouble": error.code, "not_before": int(now().timestamp() + seconds) + 1}
