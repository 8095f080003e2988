"""Sending through Mastodon, and finding out afterwards what became of it."""

import hashlib
import json
import time
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from mastodon import Mastodon

from core.clock import now
from social.networks import _mastodon_files
from social.networks._mastodon_pages import base_ids
from social.networks._mastodon_read import DIRECT, OPEN, handle_for, is_id
from social.networks._mastodon_text import addressed, no_words, same_words
from social.networks._mastodon_wire import Answer, Line, ask, moment_of, unreadable
from social.networks._shapes import mapping, mappings, string
from social.networks._wire import Unanswered
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.reactions import LIKE, QUOTE, REPOST, Reaction
from social.networks.values import Found, Outgoing, Receipt, Recheck

UNSENT_SECONDS = 5.0
READ_BACK_PAGES = 5
READ_BACK_ROWS = 40
#: docs.joinmastodon.org/methods/statuses#index, read 2026-11: what one question about several posts may hold.
BATCH_IDS = 20
#: How many missing posts are asked for one by one, each a call.
SINGLE_LOOKUPS = 20


def send_once(line: Line, outgoing: Outgoing) -> Receipt:
    """Post once. Raises Rejected, TryLater, Unauthorized, OutcomeUnknown as `Network.send` says."""
    text, visibility, parent = _addressed(line, outgoing)
    try:
        answer = line.ask(
            lambda client: client.status_post(
                text,
                in_reply_to_id=parent or None,
                media_ids=[file.handle for file in outgoing.media] or None,
                visibility=visibility,
                idempotency_key=idempotency_key(outgoing),
            )
        )
    except Unanswered as error:
        trouble = error.as_trouble("Mastodon")
        if error.unsent:
            raise TryLater(trouble.reason, seconds=UNSENT_SECONDS, code=trouble.code) from error
        raise OutcomeUnknown(trouble.reason, code="unanswered") from error
    identifier = string(mapping(answer.body).get("id")) if answer.good else ""
    if not is_id(identifier):
        raise unsent(answer)
    quota = answer.quota()
    url = string(mapping(answer.body).get("url"))
    return Receipt(
        external_id=identifier,
        url=url if url.startswith(("https://", "http://")) else "",
        occurred_at=moment_of(mapping(answer.body).get("created_at")),
        quota={outgoing.kind: quota} if quota else {},
    )


def idempotency_key(outgoing: Outgoing) -> str:
    """One key for one sending, however often it is tried. Servers that know the header return the first post again."""
    known = outgoing.key or json.dumps(outgoing.as_json(), sort_keys=True)
    return hashlib.sha256(f"rabta:{known}".encode()).hexdigest()


def _addressed(line: Line, outgoing: Outgoing) -> tuple[str, str, str | None]:
    """The words with their addressee, who may see them, and below what they stand.

    The instance itself would let a direct message be answered in public: only what is certainly public or unlisted is
    answered so. Asking is not sending: whatever goes wrong here, nothing was posted.
    """
    if outgoing.kind == "post":
        return outgoing.text, "public", None
    if outgoing.kind == "direct":
        handle = handle_for(outgoing.to, line.host)
        return addressed(outgoing.text, handle), "direct", _direct_parent(outgoing)
    try:
        answer = line.ask(lambda client: client.status(outgoing.in_reply_to))
    except Unanswered as error:
        trouble = error.as_trouble("Mastodon")
        raise TryLater(trouble.reason, seconds=UNSENT_SECONDS, code=trouble.code) from error
    if answer.status in (404, 410) and answer.body is not None:
        raise _parent_gone()
    if not answer.good:
        raise unreadable(answer)
    handle = string(mapping(mapping(answer.body).get("account")).get("acct"))
    if not handle:
        raise unreadable(Answer(answer.status, answer.headers, None))
    seen_by = string(mapping(answer.body).get("visibility"))
    return addressed(outgoing.text, handle), seen_by if seen_by in OPEN else "direct", outgoing.in_reply_to


def _direct_parent(outgoing: Outgoing) -> str:
    """What a direct message stands below: the message answered, else the first of its thread."""
    return outgoing.in_reply_to or outgoing.thread_key.removeprefix(DIRECT)


def _parent_gone() -> Rejected:
    return Rejected(_("The post you answer was deleted, or its author hides it from this account."), code="parent_gone")


def unsent(answer: Answer) -> NetworkError:
    """What an answer without a receipt means. Documented refusals (docs.joinmastodon.org/methods/statuses#create, read
    2026-11): 401, 404 for the post answered, 422 for what does not validate (400 on GoToSocial), each with its `error`.
    """
    if answer.status == 401:
        return Unauthorized(_("The instance no longer accepts the sign-in of this account."), code="unauthorized")
    if answer.status == 404 and answer.words:
        return _parent_gone()
    if answer.status in (400, 422) and answer.words:
        waiting = _mastodon_files.still_working(answer.words)
        if waiting is not None:
            return waiting
        if "character" in answer.words.lower():
            return Rejected(_("The instance finds the text too long."), code="too_long")
        return Rejected(_("The instance refused it: {words}").format(words=answer.words), code="invalid_request")
    if answer.status == 403 and "outside the authorized scopes" in answer.words.lower():
        return Rejected(_("The access token does not cover writing. Connect again with the right write:statuses."), code="scope")
    if answer.status == 429:
        trouble = unreadable(answer)
        hold = trouble.seconds if isinstance(trouble, TryLater) else 0.0
        return OutcomeUnknown(trouble.reason, code=trouble.code, hold_seconds=hold)
    reason = _("The instance gave no clear answer (status {status}).").format(status=answer.status)
    return OutcomeUnknown(reason, code=f"http_{answer.status}")


# --- reading back ---------------------------------------------------------------------------------------------------
def find(line: Line, outgoing: Outgoing, since: datetime, *, until: float) -> Found:
    """Our own posts since `since` that say what `outgoing` says, oldest first. `complete` only when the whole range was
    read and nothing in it was doubtful. Raises Unauthorized, TryLater, Rejected.
    """
    me = string(mapping(ask(line, lambda client: client.account_verify_credentials(), dict).body).get("id"))
    if not is_id(me):
        raise TryLater(_("The instance answered with something that is not Mastodon's."), seconds=15.0, code="garbled")
    receipts: dict[str, Receipt] = {}
    whole, below = True, ""
    for _page in range(READ_BACK_PAGES):
        answer = _own(line, me, below)
        reached, last = False, ""
        for row in answer.body:
            when, identifier = moment_of(mapping(row).get("created_at")), string(mapping(row).get("id"))
            if when is None or not is_id(identifier):
                # Something unreadable stands in the range: it may be ours.
                whole = False
                continue
            last = identifier
            if when < since:
                reached = True
            elif _says(row, outgoing):
                if _same_place(row, outgoing):
                    receipts[identifier] = Receipt(external_id=identifier, occurred_at=when)
                elif row.get("in_reply_to_id") is None and outgoing.kind != "post":
                    # A post whose parent was deleted meanwhile forgets what it answered.
                    whole = False
        if reached or not last or not (answer.has_older() or len(answer.body) >= READ_BACK_ROWS):
            return Found(receipts=_in_order(receipts), complete=whole)
        if last == below or time.monotonic() > until:
            break
        below = last
    return Found(receipts=_in_order(receipts), complete=False)


def _says(row: Mapping[str, Any], outgoing: Outgoing) -> bool:
    """Whether a post of ours has the words and as many files as what was sent."""
    theirs = string(row.get("content"))
    same = same_words(ours=outgoing.text, theirs=theirs) if outgoing.text else no_words(theirs)
    return same and _mastodon_files.fits(row, outgoing)


def _own(line: Line, me: str, below: str) -> Answer:
    return ask(
        line,
        lambda client: client.account_statuses(me, exclude_reblogs=True, limit=READ_BACK_ROWS, max_id=below or None),
        list,
    )


def _same_place(row: Mapping[str, Any], outgoing: Outgoing) -> bool:
    parent = string(row.get("in_reply_to_id"))
    if outgoing.kind == "direct":
        return row.get("visibility") == "direct" and parent == _direct_parent(outgoing)
    return parent == outgoing.in_reply_to


def _in_order(receipts: Mapping[str, Receipt]) -> tuple[Receipt, ...]:
    return tuple(sorted(receipts.values(), key=lambda receipt: (receipt.occurred_at, receipt.external_id)))


# --- still there? ---------------------------------------------------------------------------------------------------
def recheck_posts(line: Line, versions: list[str], *, until: float) -> Recheck:
    """Which posts are still shown, and which are certainly not.

    A question about several (Mastodon 4.3) only leaves out what it does not show; each left out is asked for by itself,
    and only 404 or 410 says that it is gone for this account: deleted, or hidden, which must be honoured alike.
    """
    asked = base_ids(versions)
    present: set[str] = set()
    gone: set[str] = set()
    signs: list[Reaction] = []
    quota = None
    ids = list(asked)
    for place in range(0, len(ids), BATCH_IDS):
        if time.monotonic() > until:
            break
        batch = ids[place : place + BATCH_IDS]
        try:
            answer = ask(line, partial(Mastodon.statuses, ids=batch), list)
        except Rejected:
            break  # an instance that does not know this question: one by one, as far as time allows
        quota = answer.quota()
        shown = {string(row.get("id")): row for row in mappings(answer.body)}
        present |= set(shown) & set(batch)
        signs += [_counted(identifier, row) for identifier, row in shown.items() if identifier in batch]
    for identifier in [identifier for identifier in ids if identifier not in present][:SINGLE_LOOKUPS]:
        if time.monotonic() > until:
            break
        try:
            single = line.ask(partial(Mastodon.status, id=identifier))
        except Unanswered:
            break
        quota = single.quota() or quota
        if single.status in (404, 410) and single.body is not None:
            gone.add(identifier)
        elif single.good and string(mapping(single.body).get("id")) == identifier:
            present.add(identifier)
        elif single.status in (401, 429):
            raise unreadable(single)

    def named(found: set[str]) -> frozenset[str]:
        return frozenset(version for identifier in found for version in asked[identifier])

    left = {"posts": quota} if quota else {}
    return Recheck(present=named(present), gone=named(gone), quota=left, reactions=tuple(signs))


def _counted(identifier: str, status: Mapping[str, Any]) -> Reaction:
    """How many favourited it, passed it on and, since 4.5, quoted it (docs.joinmastodon.org/entities/Status, read 2026-11)."""
    names = {LIKE: "favourites_count", REPOST: "reblogs_count", QUOTE: "quotes_count"}
    counts = {sign: status.get(name) for sign, name in names.items()}
    signs = {sign: count for sign, count in counts.items() if isinstance(count, int) and count > 0}
    return Reaction(identifier, signs, at=now().isoformat())
