"""Accounts, locations and reviews as Google shows them (developers.google.com/my-business/reference, read 2026-11)."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .. import people
from ..clock import now_ms

if TYPE_CHECKING:
    from ..world import World

#: Every business on the square belongs to the same owner.
ACCOUNT = "accounts/100000001"
WORDS = ("STAR_RATING_UNSPECIFIED", "ONE", "TWO", "THREE", "FOUR", "FIVE")
NAMED = re.compile(r"^\s*@[A-Za-z0-9_]+\s*")


def moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def account() -> dict[str, Any]:
    return {
        "name": ACCOUNT, "accountName": "The owners", "type": "PERSONAL", "verificationState": "VERIFIED",
        "vettedState": "NOT_VETTED",
    }  # fmt: skip


def location(row: sqlite3.Row) -> dict[str, Any]:
    """A business as the listing shows it: only what the read mask of Rabta asks for."""
    shown: dict[str, Any] = {"name": f"locations/{row['id']}", "title": row["name"]}
    if row["location"]:
        shown["storefrontAddress"] = {"regionCode": "PK", "locality": row["location"]}
    return shown


def review_id(post: int) -> str:
    return f"AbFvOq{post}"


def post_of(review: str) -> int:
    """The post behind a review's name; 0 for none."""
    bare = review.removeprefix("AbFvOq")
    return int(bare) if bare != review and bare.isascii() and bare.isdigit() and len(bare) < 20 else 0


def answer_to(world: World, review: int) -> sqlite3.Row | None:
    """The business's one answer: the newest that stands."""
    row: sqlite3.Row | None = world.store.one(
        "SELECT * FROM posts WHERE reply_to_id = ? AND by_brand AND deleted_ms IS NULL ORDER BY id DESC LIMIT 1", (review,)
    )
    return row


def changed_ms(row: sqlite3.Row) -> int:
    return int(row["edited_ms"] or row["created_ms"])


def answer(row: sqlite3.Row) -> dict[str, Any]:
    return {"comment": row["text"], "updateTime": moment(min(changed_ms(row), now_ms()))}


def review(world: World, row: sqlite3.Row, brand: int, base: str) -> dict[str, Any]:
    """A review. The name of the business in front is how the page says which one is meant, and no part of it."""
    author, name = people.get(world, row["author_id"]), review_id(row["id"])
    comment = NAMED.sub("", row["text"], count=1).strip()
    reviewer: dict[str, Any] = {"displayName": "A Google user", "isAnonymous": True}
    if not author["protected"]:
        reviewer = {"profilePhotoUrl": f"{base}/faces/{author['id']}.svg", "displayName": author["name"]}
    shown: dict[str, Any] = {
        "name": f"{ACCOUNT}/locations/{brand}/reviews/{name}", "reviewId": name, "reviewer": reviewer,
        "starRating": WORDS[row["stars"] or 5], "createTime": moment(row["created_ms"]), "updateTime": moment(changed_ms(row)),
    }  # fmt: skip
    if comment:
        shown["comment"] = comment
    stands = answer_to(world, row["id"])
    if stands is not None:
        shown["reviewReply"] = answer(stands)
    return shown
