"""X's field names, in one table. X is renaming tweet.* to post.*: document 2.159 says the former, 2.167 the latter
(read 2026-11).

We ask in the old dialect, which the client library speaks and every sample of July 2026 still answers in, and read
both.
"""

from collections.abc import Mapping
from typing import Any

#: Our word → the names under which X may send it, the usual one first.
NAMES: dict[str, tuple[str, ...]] = {
    "edit_history": ("edit_history_tweet_ids", "edit_history_post_ids"),
    "long_text": ("note_tweet", "note_post"),
    "references": ("referenced_tweets", "referenced_posts"),
    "included_posts": ("tweets", "posts"),
}

POST_FIELDS = [
    "attachments",
    "author_id",
    "conversation_id",
    "created_at",
    "edit_history_tweet_ids",
    "entities",
    "in_reply_to_user_id",
    "lang",
    "note_tweet",
    "possibly_sensitive",
    "public_metrics",
    "referenced_tweets",
]
USER_FIELDS = [
    "created_at",
    "description",
    "location",
    "name",
    "profile_image_url",
    "protected",
    "public_metrics",
    "username",
    "verified",
]
MEDIA_FIELDS = ["alt_text", "height", "preview_image_url", "type", "url", "variants", "width"]
POST_EXPANSIONS = ["author_id", "attachments.media_keys", "referenced_tweets.id"]
#: What every list of posts is asked with.
POSTS_ASKED: dict[str, Any] = {
    "user_auth": False,
    "expansions": POST_EXPANSIONS,
    "tweet_fields": POST_FIELDS,
    "user_fields": USER_FIELDS,
    "media_fields": MEDIA_FIELDS,
}
EVENT_FIELDS = [
    "attachments",
    "created_at",
    "dm_conversation_id",
    "entities",
    "event_type",
    "id",
    "participant_ids",
    "sender_id",
    "text",
]
EVENT_EXPANSIONS = ["sender_id", "attachments.media_keys"]

#: How X says `what`, in the last part of an error's `type` or in its `parameter` and `resource_type`.
POST_WORDS = frozenset({"tweet", "post"})


def pick(thing: Mapping[str, Any], word: str) -> Any:
    """The value X sent under any of its names for `word`, or None."""
    for name in NAMES[word]:
        if thing.get(name) is not None:
            return thing[name]
    return None
