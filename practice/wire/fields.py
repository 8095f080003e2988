"""Names of fields, expansions and parameters, and the checks X makes on them (document 2.159, tweet dialect)."""

from __future__ import annotations

from collections.abc import Mapping

from .. import clock
from .errors import invalid

TWEET_FIELDS = (
    "article", "attachments", "author_id", "card_uri", "community_id", "context_annotations", "conversation_id",
    "created_at", "display_text_range", "edit_controls", "edit_history_tweet_ids", "entities", "geo", "id",
    "in_reply_to_user_id", "lang", "media_metadata", "non_public_metrics", "note_tweet", "organic_metrics",
    "possibly_sensitive", "promoted_metrics", "public_metrics", "referenced_tweets", "reply_settings", "scopes",
    "source", "suggested_source_links", "text", "withheld",
)  # fmt: skip
USER_FIELDS = (
    "affiliation", "confirmed_email", "connection_status", "created_at", "description", "entities", "id",
    "is_identity_verified", "location", "most_recent_tweet_id", "name", "parody", "pinned_tweet_id",
    "profile_banner_url", "profile_image_url", "protected", "public_metrics", "receives_your_dm",
    "subscription", "subscription_type", "url", "username", "verified", "verified_followers_count",
    "verified_type", "withheld",
)  # fmt: skip
MEDIA_FIELDS = (
    "alt_text", "duration_ms", "height", "media_key", "non_public_metrics", "organic_metrics", "preview_image_url",
    "promoted_metrics", "public_metrics", "type", "url", "variants", "width",
)  # fmt: skip
DM_FIELDS = (
    "attachments", "created_at", "dm_conversation_id", "entities", "event_type", "id", "participant_ids",
    "referenced_tweets", "sender_id", "text",
)  # fmt: skip
POLL_FIELDS = ("duration_minutes", "end_datetime", "id", "options", "voting_status")
PLACE_FIELDS = ("contained_within", "country", "country_code", "full_name", "geo", "id", "name", "place_type")
TWEET_EXPANSIONS = (
    "article.cover_media", "article.media_entities", "attachments.media_keys", "attachments.media_source_tweet",
    "attachments.poll_ids", "author_id", "edit_history_tweet_ids", "entities.mentions.username", "geo.place_id",
    "in_reply_to_user_id", "entities.note.mentions.username", "referenced_tweets.id",
    "referenced_tweets.id.author_id", "author_screen_name",
)  # fmt: skip
USER_EXPANSIONS = ("affiliation.user_id", "most_recent_tweet_id", "pinned_tweet_id")
DM_EXPANSIONS = ("attachments.media_keys", "participant_ids", "referenced_tweets.id", "sender_id")
EVENT_TYPES = ("MessageCreate", "ParticipantsJoin", "ParticipantsLeave")

FIELD_PARAMETERS = {
    "tweet.fields": TWEET_FIELDS,
    "user.fields": USER_FIELDS,
    "media.fields": MEDIA_FIELDS,
    "dm_event.fields": DM_FIELDS,
    "poll.fields": POLL_FIELDS,
    "place.fields": PLACE_FIELDS,
    "event_types": EVENT_TYPES,
    "exclude": ("replies", "retweets"),
    "sort_order": ("recency", "relevancy"),
}
TWEET_PARAMETERS = ("expansions", "tweet.fields", "user.fields", "media.fields", "poll.fields", "place.fields")
TIMELINE_PARAMETERS = (
    *TWEET_PARAMETERS, "max_results", "pagination_token", "since_id", "until_id", "start_time", "end_time",
)  # fmt: skip


def check_parameters(given: Mapping[str, str], allowed: tuple[str, ...], *, expansions: tuple[str, ...] = TWEET_EXPANSIONS) -> None:
    """Refuse unknown parameters and unknown values of field lists, as X does."""
    for name, value in given.items():
        if name not in allowed:
            raise invalid({name: [value]}, f"The query parameter [{name}] is not one of [{','.join(sorted(allowed))}]")
        known = expansions if name == "expansions" else FIELD_PARAMETERS.get(name)
        if known is None:
            continue
        for part in value.split(","):
            if part not in known:
                raise invalid({name: [value]}, f"The `{name}` query parameter value [{part}] is not one of [{','.join(known)}]")


def chosen(given: Mapping[str, str], name: str) -> frozenset[str]:
    """The values of a comma-separated parameter."""
    return frozenset(part for part in given.get(name, "").split(",") if part)


def read_id(given: Mapping[str, str], name: str) -> int | None:
    """A snowflake parameter, or None when absent."""
    value = given.get(name)
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 19 or int(value) > clock.MAX_ID:
        raise invalid({name: [value]}, f"The `{name}` query parameter value [{value}] is not valid")
    return int(value)


def read_count(given: Mapping[str, str], name: str, *, low: int, high: int, default: int) -> int:
    """A number parameter within X's bounds."""
    value = given.get(name)
    if value is None:
        return default
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        raise invalid({name: [value]}, f"The `{name}` query parameter value [{value}] is not between {low} and {high}")
    return int(value)


def read_moment(given: Mapping[str, str], name: str) -> int | None:
    """A time parameter in milliseconds, or None when absent."""
    value = given.get(name)
    if value is None:
        return None
    try:
        return clock.parse_time(value)
    except ValueError:
        raise invalid({name: [value]}, f"The `{name}` query parameter value [{value}] is not a valid RFC3339 date-time") from None


def path_id(value: str, name: str = "id") -> int:
    """A snowflake in the path."""
    number = read_id({name: value}, name)
    assert number is not None
    return number
