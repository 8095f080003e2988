"""Understanding one stored review of Google, or the business's answer to it. Pure functions.

An envelope stands by itself: `{"kind": "review" | "answer", "review": {…}, "location": "the location's id", "seen_at": "…"}`, where
`review` is an accounts.locations.reviews resource (developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews,
read 2026-11), for the second kind with its `reviewReply`.

A review is a conversation of its own. Reviewers have no id, only a name, so each review has a person of its own. A review has one
answer: another one replaces it, and is another message by its time.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from social.networks._google_wire import moment_of
from social.networks._shapes import mapping, mappings, string, web
from social.networks._text import clean, stars
from social.networks._versions import revision_between, version_id
from social.networks.errors import Malformed
from social.networks.values import Author, Item, Media

REVIEW, ANSWER = "review", "answer"
STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
#: Before Google had reviews; and how far ahead of ours its clock may be.
FIRST_DAY = datetime(2004, 1, 1, tzinfo=UTC)
MAX_AHEAD = timedelta(days=1)
_ID = re.compile(r"^[A-Za-z0-9_=-]{6,130}$")
_LOCATION = re.compile(r"^accounts/[A-Za-z0-9_-]{1,60}/locations/([A-Za-z0-9_-]{1,60})$")
_ANSWERED = re.compile(r"^(.+)\.reply-([0-9]{1,15})$")
#: What Google puts around the translation it shows, in either order.
TRANSLATED, ORIGINAL = "(Translated by Google)", "(Original)"


def is_id(value: Any) -> bool:
    """Whether `value` can be the id of a review."""
    return isinstance(value, str) and _ID.match(value) is not None


def location_id(name: str) -> str:
    """The id in a location's name `accounts/…/locations/…`; empty when it is none."""
    found = _LOCATION.match(name)
    return found[1] if found else ""


def answer_id(review: str, written: datetime) -> str:
    """The name of an answer: a review has one at a time, so its moment tells it from the one before."""
    return f"{review}.reply-{round(written.timestamp() * 1000)}"


def review_of(name: str) -> str:
    """The review that the name of a version, or of an answer, belongs to; empty when it is none."""
    bare = name.partition("~")[0]
    found = _ANSWERED.match(bare)
    identifier = found[1] if found else bare
    return identifier if is_id(identifier) else ""


def original_of(comment: str) -> str:
    """What a person wrote, without the translation that Google puts in front of it or behind it."""
    text = clean(comment).strip()
    before, mark, after = text.partition(TRANSLATED)
    if not mark or (before and not before.endswith("\n")):
        return text
    written = after.partition(ORIGINAL)[2].strip() if ORIGINAL in after else before.strip()
    return written or text


def version_of(payload: Mapping[str, Any]) -> str:
    """The name of the version an envelope holds; empty when it has none."""
    review = mapping(payload.get("review"))
    identifier = string(review.get("reviewId"))
    if payload.get("kind") != ANSWER:
        return version_id(identifier, _revision(review))
    answer = mapping(review.get("reviewReply"))
    written = moment_of(answer.get("updateTime"))
    return version_id(answer_id(identifier, written), int(_rejected(answer))) if written else ""


def _revision(review: Mapping[str, Any]) -> int:
    written, changed = moment_of(review.get("createTime")), moment_of(review.get("updateTime"))
    edited = written is not None and changed is not None and changed - written >= timedelta(seconds=1)
    return revision_between(written, changed) if edited else 0


def _rejected(answer: Mapping[str, Any]) -> bool:
    """Whether Google, which looks at answers after it took them, does not show this one."""
    return answer.get("reviewReplyState") == "REJECTED"


def read_item(payload: Mapping[str, Any], *, account_id: str) -> Item:
    """Understand an envelope. Raises Malformed with the reason."""
    review, kind = payload.get("review"), payload.get("kind")
    if not isinstance(review, dict):
        raise Malformed(_("The item holds nothing."), code="no_item")
    identifier = review.get("reviewId")
    if not is_id(identifier):
        raise Malformed(_("This is no id: {id}").format(id=clean(repr(identifier))[:60]), code="bad_id")
    if kind == REVIEW:
        return _review(str(identifier), review, payload)
    if kind == ANSWER:
        return _answer(str(identifier), review, payload, account_id)
    raise Malformed(_("Nobody knows this kind of item: {kind}").format(kind=clean(repr(kind))[:40]), code="bad_kind")


def _review(identifier: str, review: Mapping[str, Any], payload: Mapping[str, Any]) -> Item:
    rating = STARS.get(string(review.get("starRating")))
    words = original_of(string(review.get("comment")))
    return Item(
        external_id=version_of(payload),
        root_id=identifier,
        revision=_revision(review),
        visibility="public",
        ours=False,
        author=_author(identifier, mapping(review.get("reviewer"))),
        counterpart_id="",
        text="\n\n".join(part for part in (stars(rating) if rating else "", words) if part),
        lang="",
        occurred_at=_written_at(review.get("createTime"), payload),
        thread_key=identifier,
        url=web(review.get("reviewReplyUrl")),
        media=_media(review),
    )


def _answer(identifier: str, review: Mapping[str, Any], payload: Mapping[str, Any], account_id: str) -> Item:
    answer = mapping(review.get("reviewReply"))
    written = _written_at(answer.get("updateTime"), payload)
    text, rejected = original_of(string(answer.get("comment"))), _rejected(answer)
    if rejected:
        why = clean(string(answer.get("policyViolation")))[:100]
        text = "\n\n".join((_("Google does not show this answer ({reason}):").format(reason=why or "REJECTED"), text))
    root = answer_id(identifier, written)
    return Item(
        external_id=version_id(root, int(rejected)),
        root_id=root,
        revision=int(rejected),
        visibility="public",
        ours=True,
        author=Author(external_id=account_id),
        counterpart_id=person_of(identifier),
        text=text,
        lang="",
        occurred_at=written,
        thread_key=identifier,
        parent_id=identifier,
        url=web(review.get("reviewReplyUrl")),
    )


def person_of(review: str) -> str:
    """The person behind a review: nobody knows whether two of them are one."""
    return f"review-{review}"


def _author(identifier: str, reviewer: Mapping[str, Any]) -> Author:
    picture = web(reviewer.get("profilePhotoUrl"))
    return Author(
        external_id=person_of(identifier),
        # For somebody who stays anonymous Google writes words of its own there, such as “A Google user”.
        name=clean(string(reviewer.get("displayName"))).strip()[:120],
        profile={"profile_image_url": picture} if picture else {},
    )


def _media(review: Mapping[str, Any]) -> tuple[Media, ...]:
    found = []
    for entry in mappings(review.get("reviewMediaItems"))[:20]:
        film, picture = web(entry.get("videoUrl")), web(entry.get("thumbnailUrl"))
        if film or picture:
            found.append(Media("video", film) if film else Media("image", picture))
    return tuple(found)


def _written_at(stated: Any, payload: Mapping[str, Any]) -> datetime:
    when = moment_of(stated)
    if when is None:
        raise Malformed(_("The time cannot be read: {time}").format(time=clean(repr(stated))[:60]), code="bad_time")
    seen = moment_of(payload.get("seen_at"))
    if when < FIRST_DAY or (seen is not None and when > seen + MAX_AHEAD):
        raise Malformed(_("The time cannot be right: {time}").format(time=when.isoformat()), code="bad_time")
    return when
