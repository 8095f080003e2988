"""Reading the inbox: lists, counts, threads, and what changed since a mark. All inside the caller's `tenant()`."""

from inbox.selectors.counted import Numbers, Tally, mine_count, numbers, tag_counts, tallies
from inbox.selectors.drafts import drafts_of, own_drafts
from inbox.selectors.facets import Facet, add_facet, facets
from inbox.selectors.followers import FollowerShown, followers_of, habit_of
from inbox.selectors.lists import MAX_CHANGES, PAGE_SIZE, Changes, ListPage, changes, list_page, with_tags
from inbox.selectors.people import (
    MAX_RINGING,
    RINGS_FOR,
    conversations_of,
    daily_messages,
    ringing_calls,
    visible_channel_ids,
    visible_channel_of,
)
from inbox.selectors.planned import planned_of
from inbox.selectors.queries import VIEWS, ListQuery, Sort, add_sort, sorts
from inbox.selectors.saved_views import default_view, get_view, visible_views
from inbox.selectors.threads import (
    ANSWERED,
    THREAD_PAGE,
    ThreadPage,
    changed_messages,
    first_post,
    get_conversation,
    get_message,
    message_of_delivery,
    published_above,
    thread_page,
    with_answered,
    with_reactions,
)

__all__ = [
    "ANSWERED",
    "MAX_CHANGES",
    "MAX_RINGING",
    "PAGE_SIZE",
    "RINGS_FOR",
    "THREAD_PAGE",
    "VIEWS",
    "Changes",
    "Facet",
    "FollowerShown",
    "ListPage",
    "ListQuery",
    "Numbers",
    "Sort",
    "Tally",
    "ThreadPage",
    "add_facet",
    "add_sort",
    "changed_messages",
    "changes",
    "conversations_of",
    "daily_messages",
    "default_view",
    "drafts_of",
    "facets",
    "first_post",
    "followers_of",
    "get_conversation",
    "get_message",
    "get_view",
    "habit_of",
    "list_page",
    "message_of_delivery",
    "mine_count",
    "numbers",
    "own_drafts",
    "planned_of",
    "published_above",
    "ringing_calls",
    "sorts",
    "tag_counts",
    "tallies",
    "thread_page",
    "visible_channel_ids",
    "visible_channel_of",
    "visible_views",
    "with_answered",
    "with_reactions",
    "with_tags",
]
