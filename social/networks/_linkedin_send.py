"""Answering through LinkedIn as the organisation, and finding out afterwards what became of it.

learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api, read 2026-11: comments stand in two levels, so
that an answer to an answer hangs on the same first comment; what is made is named by the header x-restli-id and, mostly, by the
body.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.clock import now
from social.networks._linkedin_pages import comments_below, comments_by_number
from social.networks._linkedin_read import POSTS, base_id
from social.networks._linkedin_wire import (
    NAME,
    Answer,
    Line,
    comment_parts,
    comment_urn,
    encoded,
    garbled,
    hear,
    is_urn,
    moment_of,
    signed_out,
    sunset,
    unreadable,
)
from social.networks._shapes import mapping, string
from social.networks._text import clean
from social.networks._wire import Unanswered
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, TryLater
from social.networks.reactions import LIKE, Reaction
from social.networks.values import Found, Outgoing, Receipt, Recheck

UNSENT_SECONDS = 5.0
READ_BACK_PAGES = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes: below which post, and on which comment it hangs (empty for the post itself)."""

    post: str
    parent: str = ""

    @property
    def list_of(self) -> str:
        """Whose list of comments it will stand in."""
        return self.parent or self.post


def answerable(outgoing: Outgoing) -> bool:
    """Whether there is something to answer."""
    name = base_id(outgoing.in_reply_to)
    return bool(comment_parts(name)[1]) or is_urn(name, *POSTS)


def place_of(line: Line, outgoing: Outgoing) -> Place:
    """Where `outgoing` goes. Asking is not sending: whatever goes wrong here, nothing was posted. Raises as `Network.send`."""
    name = base_id(outgoing.in_reply_to)
    post, identifier = comment_parts(name)
    if not identifier:
        return Place(name)
    answer = hear(line, f"socialActions/{encoded(post)}/comments/{identifier}")
    if answer.status == 404 and answer.refusal:
        raise _parent_gone()
    if not answer.good:
        raise unreadable(answer)
    if comment_parts(mapping(answer.body).get("commentUrn"))[1] != identifier and mapping(answer.body).get("id") != identifier:
        raise garbled()
    below, first = comment_parts(mapping(answer.body).get("parentComment"))
    return Place(post, comment_urn(below, first) if first else name)


def send_once(line: Line, organization: str, outgoing: Outgoing, *, site: str) -> Receipt:
    """Post once. Raises Rejected, TryLater, Unauthorized, OutcomeUnknown as `Network.send` says."""
    place = place_of(line, outgoing)
    document: dict[str, Any] = {"actor": organization, "object": place.post, "message": {"text": outgoing.text}}
    if place.parent:
        document["parentComment"] = place.parent
    try:
        answer = line.ask(f"socialActions/{encoded(place.list_of)}/comments", method="POST", document=document)
    except Unanswered as error:
        trouble = error.as_trouble(NAME)
        if error.unsent:
            raise TryLater(trouble.reason, seconds=UNSENT_SECONDS, code=trouble.code) from error
        raise OutcomeUnknown(trouble.reason, code="unanswered") from error
    name = _made(answer, place) if answer.status in (200, 201) else ""
    if not name:
        raise unsent(answer)
    created = moment_of(mapping(mapping(answer.body).get("created")).get("time"))
    return Receipt(external_id=name, url=f"{site}/feed/update/{place.post}", occurred_at=created)


def _made(answer: Answer, place: Place) -> str:
    """The URN of what was made; empty when the answer names nothing."""
    body = mapping(answer.body)
    for value in (body.get("commentUrn"), answer.headers.get("x-restli-id")):
        below, identifier = comment_parts(value)
        if identifier:
            return comment_urn(below, identifier)
    bare = string(body.get("id")) or string(answer.headers.get("x-restli-id"))
    return comment_urn(place.post, bare) if bare.isascii() and bare.isdigit() and len(bare) <= 25 else ""


def _parent_gone() -> Rejected:
    words = _("{network} no longer has what you answer, or this account may not see it.")
    return Rejected(words.format(network=NAME), code="parent_gone")


def unsent(answer: Answer) -> NetworkError:
    """What an answer without a receipt means: only a documented refusal is one, all else is doubt."""
    if answer.status == 401:
        return signed_out()
    if answer.status == 429:
        reason = _("{network} allows no more questions just now.").format(network=NAME)
        return OutcomeUnknown(reason, code="rate_limited", hold_seconds=answer.wait_seconds())
    if answer.refusal:
        old = sunset(answer)
        if old is not None:
            return old
        if answer.status == 404:
            return _parent_gone()
        if answer.status == 403:
            words = _("{network} does not allow this with the rights of this token: {words}")
            return Rejected(words.format(network=NAME, words=answer.words), code="forbidden")
        if answer.status in (400, 422):
            return Rejected(_("{network} refused it: {words}").format(network=NAME, words=answer.words), code="invalid_request")
    reason = _("{network} gave no clear answer (status {status}).").format(network=NAME, status=answer.status)
    return OutcomeUnknown(reason, code=f"http_{answer.status}")


# --- reading back ---------------------------------------------------------------------------------------------------
def find(line: Line, organization: str, outgoing: Outgoing, since: datetime, *, until: float) -> Found:
    """The organisation's comments since `since` where `outgoing` would stand, with its words, oldest first. The lists stand in no
    order one may rely on, so that only a whole one is complete. Raises Unauthorized, TryLater, Rejected.
    """
    place = place_of(line, outgoing)
    receipts: dict[str, Receipt] = {}
    whole, start = True, 0
    for _page in range(READ_BACK_PAGES):
        rows, more = comments_below(line, place.list_of, start)
        for row in rows:
            comment = mapping(row)
            below, identifier = comment_parts(comment.get("commentUrn"))
            when = moment_of(mapping(comment.get("created")).get("time"))
            text = mapping(comment.get("message")).get("text")
            if not identifier or when is None or not isinstance(text, str) or not is_urn(comment.get("actor")):
                # Something unreadable stands in the list: it may be ours.
                whole = False
            elif comment["actor"] == organization and when >= since and _same(text, outgoing.text) and _hangs(comment, place):
                receipts[comment_urn(below, identifier)] = Receipt(comment_urn(below, identifier), occurred_at=when)
        start += len(rows)
        if not more or not rows:
            ordered = sorted(receipts.values(), key=lambda receipt: (receipt.occurred_at, receipt.external_id))
            return Found(receipts=tuple(ordered), complete=whole)
        if time.monotonic() > until:
            break
    return Found(receipts=tuple(receipts.values()), complete=False)


def _hangs(comment: Mapping[str, Any], place: Place) -> bool:
    """Whether a comment hangs where the answer would: on that comment, or on none."""
    return comment_parts(comment.get("parentComment"))[1] == comment_parts(place.parent)[1]


def _same(theirs: str, ours: str) -> bool:
    return clean(theirs).split() == clean(ours).split()


# --- still there? ---------------------------------------------------------------------------------------------------
def looks_at(version: str) -> bool:
    """Whether it can be asked what became of it: of comments it can, of posts of others not."""
    return bool(comment_parts(base_id(version))[1])


def recheck_comments(line: Line, versions: list[str], *, until: float) -> Recheck:
    """Which comments are still there, a question for each post. Only a 404 for the comment itself says that it is gone; posts of
    others may be out of sight for many reasons, and are not looked up.
    """
    asked: dict[str, dict[str, list[str]]] = {}
    for version in versions:
        post, identifier = comment_parts(base_id(version))
        if identifier:
            asked.setdefault(post, {}).setdefault(identifier, []).append(version)
    present: set[str] = set()
    gone: set[str] = set()
    signs: list[Reaction] = []
    for post, numbers in asked.items():
        if time.monotonic() > until:
            break
        try:
            shown, missing = comments_by_number(line, post, list(numbers))
        except Rejected:
            continue  # the whole post may be gone, or closed to us: that proves nothing
        present.update(version for number in shown for version in numbers[number])
        signs += [_likes(post, number, comment) for number, comment in shown.items()]
        gone.update(version for number in missing for version in numbers[number])
    return Recheck(present=frozenset(present), gone=frozenset(gone), reactions=tuple(signs))


def _likes(post: str, number: str, comment: Mapping[str, Any]) -> Reaction:
    """How many reacted to a comment, of whatever kind: the summary does not tell them apart."""
    total = mapping(comment.get("likesSummary")).get("totalLikes")
    counted = total if isinstance(total, int) and not isinstance(total, bool) and total > 0 else 0
    return Reaction(comment_urn(post, number), {LIKE: counted} if counted else {}, at=now().isoformat())
