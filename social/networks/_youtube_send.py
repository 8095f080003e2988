"""Answering comments on YouTube, reading back, and looking whether comments are still there.

developers.google.com/youtube/v3/docs/comments/insert, …/list, read 2026-11.
"""

import time
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from social.networks import _youtube_units as units
from social.networks._google_wire import Answer as Answered
from social.networks._google_wire import Line, Refusals, ask_list, moment_of, next_day, token_of, unsent, write
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks._versions import base_id
from social.networks._youtube_pages import COMMENT_LIST, COMMENTS, PAGE_ROWS, threads
from social.networks._youtube_read import address_of, author_key, is_id, text_of
from social.networks.errors import Rejected, TryLater
from social.networks.reactions import LIKE, Reaction
from social.networks.values import Found, Outgoing, Receipt, Recheck

READ_BACK_PAGES = 5
#: No document says how many ids one question may hold; YouTube's other lists take fifty.
BATCH_IDS = 50
SINGLE_LOOKUPS = 10
#: Looking for deletions can wait, answers cannot: so much is left to them, in units.
RESERVED = 1000

_REFUSED = gettext_lazy("{network} refused it: {words}")
_GONE = gettext_lazy("{network} no longer has what you answer, or this account may not see it.")
REFUSALS: Refusals = {
    "commentTextRequired": ("empty", _REFUSED),
    "commentTextTooLong": ("too_long", _REFUSED),
    "invalidCustomEmoji": ("invalid_request", _REFUSED),
    "invalidCommentMetadata": ("invalid_request", _REFUSED),
    "parentIdMissing": ("invalid_request", _REFUSED),
    "operationNotSupported": ("not_allowed", gettext_lazy("{network} takes no answer below this comment.")),
    "parentCommentIsPrivate": ("not_allowed", gettext_lazy("{network} takes no answer to a comment that is not public.")),
    "parentCommentNotFound": ("parent_gone", _GONE),
    "commentsDisabled": ("comments_disabled", gettext_lazy("Comments are switched off for this video.")),
    "ineligibleAccount": ("forbidden", gettext_lazy("This Google account cannot comment before it has a YouTube channel.")),
    "forbidden": ("forbidden", gettext_lazy("{network} does not allow this with the rights of this token: {words}")),
}


def thread_of(outgoing: Outgoing) -> str:
    """The top-level comment below which an answer stands: there is one level of answers only."""
    below = base_id(outgoing.in_reply_to)
    return below.partition(".")[0] if is_id(below) else ""


def send_once(line: Line, outgoing: Outgoing, *, site: str) -> Receipt:
    """Answer below the thread's first comment. Raises as `Network.send` says."""
    if units.left() < units.WRITE_COST:
        reason = _("The day's quota of this installation at {network} is used up. It begins anew at midnight Pacific time.")
        seconds = (next_day(now()) - now()).total_seconds()
        raise TryLater(reason.format(network=line.whom), seconds=seconds, code="quota_exceeded")
    body = {"snippet": {"parentId": thread_of(outgoing), "textOriginal": outgoing.text}}
    answer = write(line, "POST", COMMENTS, body, REFUSALS, cost=units.WRITE_COST, part="snippet")
    identifier, snippet = string(answer.body.get("id")), mapping(answer.body.get("snippet"))
    if not is_id(identifier):
        raise unsent(Answered(answer.status, answer.headers, None), line.whom, REFUSALS)
    url = address_of(identifier, string(snippet.get("videoId")), string(snippet.get("channelId")), site)
    return Receipt(identifier, url=url, occurred_at=moment_of(snippet.get("publishedAt")))


def find(line: Line, account_id: str, outgoing: Outgoing, since: datetime, *, until: float) -> Found:
    """Our own answers below that thread that say the same, oldest first. Raises Unauthorized, TryLater, Rejected."""
    matches: list[Receipt] = []
    whole, token = True, ""
    for _page in range(READ_BACK_PAGES):
        answer, rows = ask_list(
            line, COMMENTS, "items", sign=COMMENT_LIST, part="snippet", parentId=thread_of(outgoing), maxResults=PAGE_ROWS,
            textFormat="plainText", pageToken=token,
        )  # fmt: skip
        for row in rows:
            snippet = mapping(mapping(row).get("snippet"))
            identifier, written = string(mapping(row).get("id")), moment_of(snippet.get("publishedAt"))
            if not is_id(identifier) or written is None:
                whole = False
            elif written >= since and _flat(text_of(snippet)) == _flat(outgoing.text):
                if author_key(snippet) == account_id:
                    matches.append(Receipt(identifier, occurred_at=written))
                elif not author_key(snippet):
                    whole = False  # the same words, and nobody says whose: they may be ours
        after = token_of(answer)
        if not after:
            break
        if after == token or time.monotonic() > until:
            whole = False
            break
        token = after
    else:
        whole = False
    return Found(tuple(sorted(matches, key=lambda receipt: (receipt.occurred_at or now(), receipt.external_id))), whole)


def _flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", clean(text)).split())


def looks_at(version: str) -> bool:
    """Whether it is a comment's id, or that of an edit of one."""
    return is_id(base_id(version))


def recheck_comments(line: Line, account_id: str, versions: list[str], *, until: float) -> Recheck:
    """Which comments are still there, with how many like them, and which certainly not: left out of a list, not found when asked
    for alone, and not waiting for review either.
    """
    asked: dict[str, list[str]] = {}
    for version in versions:
        if looks_at(version):
            asked.setdefault(base_id(version), []).append(version)
    ids = list(asked)
    if units.left() < RESERVED:
        return Recheck(present=frozenset(), gone=frozenset())
    present: dict[str, int] = {}
    missing: list[str] = []
    for place in range(0, len(ids), BATCH_IDS):
        if time.monotonic() > until:
            break
        batch = ids[place : place + BATCH_IDS]
        listed = _listed(line, batch)
        present |= listed
        missing += [identifier for identifier in batch if identifier not in listed]
    gone: set[str] = set()
    for identifier in missing[:SINGLE_LOOKUPS]:
        if time.monotonic() > until:
            break
        found = _listed(line, [identifier])
        present |= found
        gone |= {identifier} - set(found)
    if gone:
        gone -= _held(line, account_id)

    def named(found: Iterable[str]) -> frozenset[str]:
        return frozenset(version for identifier in found for version in asked[identifier])

    at = now().isoformat()
    signs = tuple(Reaction(name, {LIKE: likes} if likes > 0 else {}, at=at) for name, likes in present.items() if likes >= 0)
    return Recheck(present=named(present), gone=named(gone), quota={units.UNITS: units.quota()}, reactions=signs)


def _listed(line: Line, ids: list[str]) -> dict[str, int]:
    """Which of these are there, with their likes (-1 where none are told). Raises Unauthorized, TryLater, Rejected."""
    try:
        wanted = {"part": "snippet", "textFormat": "plainText", "id": ",".join(ids)}
        _answer, rows = ask_list(line, COMMENTS, "items", sign=COMMENT_LIST, **wanted)
    except Rejected as error:
        if error.code != "not_found":
            raise
        return {}
    found = {string(row.get("id")): mapping(row.get("snippet")).get("likeCount") for row in mappings(rows)}
    return {name: _count(likes) for name, likes in found.items() if name in ids}


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def _held(line: Line, account_id: str) -> set[str]:
    """What waits for review, which no list of ids need show. Raises Unauthorized, TryLater; a sign-in without that right sees
    none.
    """
    try:
        _answer, rows = threads(line, account_id, "", "heldForReview")
    except Rejected:
        return set()
    found: set[str] = set()
    for row in mappings(rows):
        below = mappings(mapping(row.get("replies")).get("comments"))
        found |= {string(comment.get("id")) for comment in (mapping(mapping(row.get("snippet")).get("topLevelComment")), *below)}
    return found
