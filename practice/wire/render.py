"""Rows to the JSON X sends: chosen fields, expansions and the partial errors that come with them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .. import media as uploads
from .. import people, posts, texts
from ..clock import format_time
from . import errors
from .fields import chosen

if TYPE_CHECKING:
    from ..world import World


class Renderer:
    """Renders one answer; collects what the expansions pull in, each thing once."""

    def __init__(self, world: World, given: Mapping[str, str]) -> None:
        self.world = world
        self.tweet_fields = chosen(given, "tweet.fields")
        self.user_fields = chosen(given, "user.fields")
        self.media_fields = chosen(given, "media.fields")
        self.dm_fields = chosen(given, "dm_event.fields")
        self.expansions = chosen(given, "expansions")
        self.fractions = not world.rules["fractionless"]
        self.users: dict[int, dict[str, Any]] = {}
        self.tweets: dict[int, dict[str, Any]] = {}
        self.media: dict[str, dict[str, Any]] = {}
        self.errors: dict[tuple[str, str], dict[str, Any]] = {}

    def time(self, ms: int) -> str:
        return format_time(ms, fractions=self.fractions)

    def user(self, row: sqlite3.Row) -> dict[str, Any]:
        """A user object; `id`, `name` and `username` always, the rest when asked for."""
        full = {
            "created_at": self.time(row["created_ms"]),
            "description": texts.escape(row["bio"]),
            "location": texts.escape(row["location"]),
            "profile_image_url": f"{self.world.settings.base_url}/faces/{row['id']}.svg",
            "protected": bool(row["protected"]),
            "public_metrics": {
                "followers_count": row["followers"], "following_count": row["following"],
                "tweet_count": self.world.store.one(
                    "SELECT count(*) AS n FROM posts WHERE author_id = ? AND deleted_ms IS NULL", (row["id"],)
                )["n"] if "public_metrics" in self.user_fields else 0,
                "listed_count": 0, "like_count": 0, "media_count": 0,
            },
            "url": "",
            "verified": bool(row["verified"]),
            "verified_type": "business" if row["verified"] and row["is_brand"] else "blue" if row["verified"] else "none",
            "receives_your_dm": bool(row["dm_open"]),
        }  # fmt: skip
        if not row["location"]:
            del full["location"]
        user = {"id": str(row["id"]), "name": texts.escape(row["name"]), "username": row["handle"]}
        return user | {name: value for name, value in full.items() if name in self.user_fields}

    def tweet(self, row: sqlite3.Row, *, expand: bool = True) -> dict[str, Any]:
        """A tweet object; `id`, `text` and `edit_history_tweet_ids` always, the rest when asked for."""
        wire = json.loads(row["wire"])
        tweet: dict[str, Any] = {
            "id": str(row["id"]),
            "text": wire["text"],
            "edit_history_tweet_ids": [str(version) for version in json.loads(row["edits"])],
        }
        references = []
        if row["reply_to_id"]:
            references.append({"type": "replied_to", "id": str(row["reply_to_id"])})
        if row["quote_id"]:
            references.append({"type": "quoted", "id": str(row["quote_id"])})
        media_ids = json.loads(row["media"])
        keys = [uploads.key(self.world, media_id) for media_id in media_ids]
        full: dict[str, Any] = {
            "author_id": str(row["author_id"]),
            "conversation_id": str(row["conversation_id"]),
            "created_at": self.time(row["created_ms"]),
            "lang": row["lang"],
            "possibly_sensitive": False,
            "reply_settings": "everyone",
            "source": "Chowk",
            "edit_controls": {
                "edits_remaining": max(0, 5 - len(tweet["edit_history_tweet_ids"])), "is_edit_eligible": True,
                "editable_until": self.time(row["created_ms"] + 3_600_000),
            },
            "public_metrics": {
                "retweet_count": 0, "reply_count": row["replies"], "like_count": row["likes"],
                "quote_count": row["quotes"], "bookmark_count": 0, "impression_count": 0,
            },
            "entities": wire["entities"],
            "note_tweet": wire.get("note_tweet"),
            "referenced_tweets": references,
            "in_reply_to_user_id": str(row["reply_to_user_id"]) if row["reply_to_user_id"] else None,
            "attachments": {"media_keys": keys} if keys else None,
        }  # fmt: skip
        # X leaves empty things out altogether.
        tweet |= {name: value for name, value in full.items() if name in self.tweet_fields and value not in (None, {}, [])}
        if expand:
            self.expand(row, wire, media_ids, keys)
            if "author_id" in self.expansions:
                tweet["author_id"] = str(row["author_id"])
            if "referenced_tweets.id" in self.expansions and references:
                tweet["referenced_tweets"] = references
            if "in_reply_to_user_id" in self.expansions and row["reply_to_user_id"]:
                tweet["in_reply_to_user_id"] = str(row["reply_to_user_id"])
            if "attachments.media_keys" in self.expansions and keys:
                tweet["attachments"] = {"media_keys": keys}
        return tweet

    def expand(self, row: sqlite3.Row, wire: dict[str, Any], media_ids: list[int], keys: list[str]) -> None:
        """Pull what a tweet refers to into `includes`, or a partial error when it cannot be seen."""
        if "author_id" in self.expansions:
            self.include_user(row["author_id"], "author_id")
        if "in_reply_to_user_id" in self.expansions and row["reply_to_user_id"]:
            self.include_user(row["reply_to_user_id"], "in_reply_to_user_id")
        if "entities.mentions.username" in self.expansions:
            for user_id in texts.mentioned_ids(wire):
                self.include_user(user_id, "entities.mentions.username")
        if "referenced_tweets.id" in self.expansions or "referenced_tweets.id.author_id" in self.expansions:
            for referenced in (row["reply_to_id"], row["quote_id"]):
                if referenced:
                    self.include_tweet(referenced)
        if "edit_history_tweet_ids" in self.expansions:
            for version in json.loads(row["edits"]):
                self.include_tweet(version)
        if "attachments.media_keys" in self.expansions:
            for media_id, key in zip(media_ids, keys, strict=True):
                self.include_media(media_id, key)

    def include_user(self, user_id: int, parameter: str) -> None:
        row = people.find(self.world, user_id)
        if row is None:
            self.errors["user", str(user_id)] = errors.missing("user", parameter, user_id)
        elif row["suspended"]:
            self.errors["user", str(user_id)] = errors.suspended(parameter, user_id)
        elif user_id not in self.users:
            self.users[user_id] = self.user(row)

    def include_tweet(self, post_id: int) -> None:
        row = posts.find(self.world, post_id)
        problem = self.invisible(row, "referenced_tweets.id", post_id)
        if problem is not None:
            self.errors["tweet", str(post_id)] = problem
        elif post_id not in self.tweets:
            assert row is not None
            self.tweets[post_id] = self.tweet(row, expand=False)
            if "referenced_tweets.id.author_id" in self.expansions:
                self.tweets[post_id]["author_id"] = str(row["author_id"])
                self.include_user(row["author_id"], "referenced_tweets.id.author_id")

    def include_media(self, media_id: int, key: str) -> None:
        row = uploads.get(self.world, media_id)
        if row is None:
            return
        kind = uploads.kind_of(row["mime"])
        url = f"{self.world.settings.base_url}/media/{media_id}"
        full = {
            "url": url if kind == "photo" else None,
            "preview_image_url": url if kind != "photo" else None,
            "width": row["width"] or None,
            "height": row["height"] or None,
            "alt_text": row["alt"] or None,
        }
        self.media[key] = {"media_key": key, "type": kind} | {
            name: value for name, value in full.items() if name in self.media_fields and value is not None
        }

    def invisible(self, row: sqlite3.Row | None, parameter: str, value: Any) -> dict[str, Any] | None:
        """The partial error for a post that cannot be shown, or None when it can."""
        if row is None or row["deleted_ms"] or row["network"] != "x":
            return errors.missing("tweet", parameter, value)
        author = people.find(self.world, row["author_id"])
        if author is None or author["suspended"] or author["protected"]:
            return errors.not_authorized(parameter, value)
        return None

    def dm(self, row: sqlite3.Row, member_ids: Iterable[int]) -> dict[str, Any]:
        """A direct-message event; `id`, `event_type` and `text` when no fields are asked for."""
        wanted = self.dm_fields or {"id", "event_type", "text"}
        event: dict[str, Any] = {"id": str(row["id"]), "event_type": row["event_type"]}
        keys = [uploads.key(self.world, media_id) for media_id in json.loads(row["media"])]
        full: dict[str, Any] = {
            "created_at": self.time(row["created_ms"]),
            "dm_conversation_id": row["conversation"],
            "sender_id": str(row["sender_id"]),
            "attachments": {"media_keys": keys} if keys else None,
        }
        if row["event_type"] == "MessageCreate":
            full["text"] = texts.escape(row["text"])
        else:
            full["participant_ids"] = [str(user_id) for user_id in member_ids]
        event |= {name: value for name, value in full.items() if name in wanted and value is not None}
        if "sender_id" in self.expansions:
            event["sender_id"] = full["sender_id"]
            self.include_user(row["sender_id"], "sender_id")
        if "attachments.media_keys" in self.expansions:
            for media_id, key in zip(json.loads(row["media"]), keys, strict=True):
                self.include_media(media_id, key)
        if "participant_ids" in self.expansions and row["event_type"] != "MessageCreate":
            event["participant_ids"] = full["participant_ids"]
            for user_id in member_ids:
                self.include_user(user_id, "participant_ids")
        return event

    def body(self, data: Any, *, meta: dict[str, Any] | None = None) -> dict[str, Any]:
        """The whole answer: `data` left out when empty, `includes` and `errors` only when there is something."""
        answer: dict[str, Any] = {}
        if data not in (None, []):
            answer["data"] = data
        includes = {"users": self.users, "tweets": self.tweets, "media": self.media}
        filled = {name: list(found.values()) for name, found in includes.items() if found}
        if filled:
            answer["includes"] = filled
        if self.errors:
            answer["errors"] = list(self.errors.values())
        if meta is not None:
            answer["meta"] = meta
        return answer
