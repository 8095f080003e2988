"""Sending through Bluesky, and finding out afterwards what became of it.

A post is written with com.atproto.repo.putRecord under a key of our own and `swapRecord: null`, which means: only if nothing stands
there yet (lexicon, and the reference server's packages/pds, read 2026-11). The same sending tried twice is then refused as
InvalidSwap, and what stands under the key is the proof that the first try arrived.
"""

import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from core.clock import now
from social.networks import _bluesky_files
from social.networks._bluesky_pages import PAGE_ROWS, posts_by_uri
from social.networks._bluesky_read import refs_of, time_of
from social.networks._bluesky_text import POST, facets_for, handles_in, is_did, is_post, key_of, page_of, parts_of
from social.networks._bluesky_wire import NAME, Answer, Line, ask, garbled, hear, refuses_token, signed_out, unreadable
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks._wire import Unanswered
from social.networks.errors import DUPLICATE, NetworkError, OutcomeUnknown, Rejected, TryLater
from social.networks.reactions import LIKE, QUOTE, REPOST, Reaction
from social.networks.values import Access, Found, Outgoing, Receipt, Recheck

UNSENT_SECONDS = 5.0
READ_BACK_PAGES = 5
READ_BACK_ROWS = 50
#: How many people of a text are looked up before it is sent, each a call; further ones stand there as plain words.
MAX_LOOKUPS = 3
#: How many posts that are not shown are asked for one by one, each a call.
SINGLE_LOOKUPS = 20


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, and where posts have their pages."""

    line: Line
    did: str
    handle: str
    site: str

    @classmethod
    def of(cls, line: Line, access: Access, site: str) -> "Sender":
        return cls(line, access.external_id, access.handle, site)

    def receipt(self, uri: str, record: Mapping[str, Any], answer: Answer | None = None, kind: str = "") -> Receipt:
        quota = answer.quota() if answer is not None else None
        when = time_of({}, record)
        return Receipt(uri, page_of(uri, self.site, self.handle), when, {kind: quota} if quota else {})


def send_once(sender: Sender, outgoing: Outgoing) -> Receipt:
    """Post once. Raises Rejected, TryLater, Unauthorized, OutcomeUnknown as `Network.send` says."""
    record, key = _record(sender, outgoing), key_of(sender.did, outgoing)
    document = {"repo": sender.did, "collection": POST, "rkey": key, "record": record, "swapRecord": None, "validate": True}
    try:
        answer = sender.line.ask(lambda client: put(client, document))
    except Unanswered as error:
        if error.unsent:
            trouble = error.as_trouble(NAME)
            raise TryLater(trouble.reason, seconds=UNSENT_SECONDS, code=trouble.code) from error
        reason = _("{network} did not answer completely, or not in time.").format(network=NAME)
        raise OutcomeUnknown(reason, code="unanswered") from error
    uri = string(mapping(answer.body).get("uri")) if answer.good else ""
    if parts_of(uri) == (sender.did, key):
        return sender.receipt(uri, record, answer, outgoing.kind)
    if answer.status == 400 and answer.error == "InvalidSwap":
        return _earlier(sender, outgoing)
    raise unsent(answer)


def put(client: Any, document: dict[str, Any]) -> None:
    """Write a record, with whatever nulls the document holds."""
    # The library's model for this call drops every null, and `swapRecord: null` is the point; its open document keeps it.
    from atproto_client.models.dot_dict import DotDict  # noqa: PLC0415

    client.invoke_procedure("com.atproto.repo.putRecord", data=DotDict(document), input_encoding="application/json")


def _earlier(sender: Sender, outgoing: Outgoing) -> Receipt:
    """What an earlier try of this sending left under its key. Raises OutcomeUnknown when it cannot be seen just now."""
    try:
        earlier, _certain = _kept(sender, outgoing)
    except NetworkError as error:
        raise OutcomeUnknown(_("Bluesky already has this post; it could not be read back."), code=DUPLICATE) from error
    if earlier is None:
        raise OutcomeUnknown(_("Bluesky already has this post; it could not be read back."), code=DUPLICATE)
    return earlier


# --- what is sent -----------------------------------------------------------------------------------------------------
def _record(sender: Sender, outgoing: Outgoing) -> dict[str, Any]:
    """The post as it will stand. Asking is not sending: whatever goes wrong here, nothing was posted."""
    try:
        record: dict[str, Any] = {"$type": POST, "text": outgoing.text}
        dids: dict[str, str] = {}
        if outgoing.kind == "reply":
            parent = posts_by_uri(sender.line, [outgoing.in_reply_to]).get(outgoing.in_reply_to)
            record["reply"] = _place(parent)
            author = mapping(mapping(parent).get("author"))
            dids[string(author.get("handle")).lower()] = string(author.get("did"))
        facets = facets_for(outgoing.text, _people(sender, outgoing.text, dids))
    except TryLater as error:
        raise TryLater(error.reason, seconds=max(error.seconds, UNSENT_SECONDS), code=error.code) from error
    if facets:
        record["facets"] = facets
    record |= _bluesky_files.embedded(outgoing.media)
    return {**record, "createdAt": now().isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def _place(parent: Mapping[str, Any] | None) -> dict[str, Any]:
    """Root and parent of an answer, each by name and content, as app.bsky.feed.post#replyRef asks. Raises Rejected, TryLater."""
    if parent is None:
        raise Rejected(_("The post you answer was deleted, or its author hides it from this account."), code="parent_gone")
    if mapping(parent.get("viewer")).get("replyDisabled") is True:
        raise Rejected(_("The author of this post lets this account write no answers."), code="reply_forbidden")
    above = {"uri": string(parent.get("uri")), "cid": string(parent.get("cid"))}
    if not above["cid"]:
        raise garbled()
    first = mapping(mapping(mapping(parent.get("record")).get("reply")).get("root"))
    root = {"uri": string(first.get("uri")), "cid": string(first.get("cid"))}
    return {"root": root if is_post(root["uri"]) and root["cid"] else above, "parent": above}


def _people(sender: Sender, text: str, known: Mapping[str, str]) -> dict[str, str]:
    """The DIDs of those a text names. Whoever is not known there stays plain words. Raises TryLater, Unauthorized."""
    found = {handle: did for handle, did in known.items() if handle and is_did(did)}
    for handle in [handle for handle in handles_in(text) if handle not in found][:MAX_LOOKUPS]:
        answer = hear(sender.line, partial(_resolve, handle))
        if answer.status in (400, 404) and answer.body is not None and not refuses_token(answer):
            continue
        if not answer.good:
            raise unreadable(answer)
        did = string(mapping(answer.body).get("did"))
        if is_did(did):
            found[handle] = did
    return found


def _resolve(handle: str, client: Any) -> Any:
    return client.com.atproto.identity.resolve_handle({"handle": handle})


def lookups(text: str) -> int:
    """How many questions about people a text may cost."""
    return min(len(handles_in(text)), MAX_LOOKUPS)


def unsent(answer: Answer) -> NetworkError:
    """What an answer without a receipt means. Certain are a refused token and InvalidRequest, with which the server turns down a
    record that is not as its lexicon has it; anything else may have been taken.
    """
    if refuses_token(answer):
        return signed_out()
    if answer.status == 400 and answer.error == "InvalidRequest" and answer.words:
        if "grapheme" in answer.words or "longer than" in answer.words:
            return Rejected(_("Bluesky finds the text too long."), code="too_long")
        return Rejected(_("Bluesky refused it: {words}").format(words=answer.words), code="invalid_request")
    if answer.status == 429:
        return OutcomeUnknown(
            _("Bluesky allows no more questions just now."), code="rate_limited", hold_seconds=answer.wait_seconds()
        )
    reason = _("Bluesky gave no clear answer (status {status}).").format(status=answer.status)
    return OutcomeUnknown(reason, code=f"http_{answer.status}")


# --- reading back -----------------------------------------------------------------------------------------------------
def find(sender: Sender, outgoing: Outgoing, since: datetime, *, until: float) -> Found:
    """Our own posts that say what `outgoing` says, oldest first. First under its key, which its own server knows at once; then
    in the account's feed since `since`, where it may stand if a person wrote it. Raises Unauthorized, TryLater, Rejected.
    """
    earlier, certain = _kept(sender, outgoing)
    if earlier is not None:
        return Found(receipts=(earlier,), complete=True)
    receipts: dict[str, Receipt] = {}
    place = ""
    for _page in range(READ_BACK_PAGES):
        answer = _own(sender, place)
        reached = False
        for row in mappings(answer.body["feed"]):
            post = mapping(row.get("post"))
            if mapping(row.get("reason")) or mapping(post.get("author")).get("did") != sender.did:
                continue  # somebody else's, shared
            record, uri = mapping(post.get("record")), string(post.get("uri"))
            when = time_of(post, record)
            if when is None or not is_post(uri):
                certain = False  # something unreadable stands in the range: it may be ours
            elif when < since:
                reached = True
            elif _says(record, outgoing):
                receipts[uri] = sender.receipt(uri, record)
        down = string(answer.body.get("cursor"))
        if reached or not down or not answer.body["feed"]:
            return Found(receipts=_in_order(receipts), complete=certain)
        if down == place or time.monotonic() > until:
            break
        place = down
    return Found(receipts=_in_order(receipts), complete=False)


def _kept(sender: Sender, outgoing: Outgoing) -> tuple[Receipt | None, bool]:
    """What stands under the key of a sending, and whether the answer was certain. Raises Unauthorized, TryLater, Rejected."""
    key = key_of(sender.did, outgoing)
    where = {"repo": sender.did, "collection": POST, "rkey": key}
    answer = hear(sender.line, lambda client: client.com.atproto.repo.get_record(where))
    if answer.status == 400 and answer.error == "RecordNotFound":
        return None, True
    if not answer.good:
        raise unreadable(answer)
    record, uri = mapping(answer.body).get("value"), mapping(answer.body).get("uri")
    if not isinstance(record, dict) or parts_of(uri) != (sender.did, key):
        raise garbled()
    return (sender.receipt(string(uri), record), True) if _says(record, outgoing) else (None, False)


def _own(sender: Sender, place: str) -> Answer:
    asked = {"actor": sender.did, "limit": READ_BACK_ROWS, "filter": "posts_with_replies", **({"cursor": place} if place else {})}
    return ask(sender.line, lambda client: client.app.bsky.feed.get_author_feed(asked), "feed", list)


def _says(record: Mapping[str, Any], outgoing: Outgoing) -> bool:
    """Whether a record is what we sent: the same words, with as many pictures, below the same post."""
    same = _flat(string(record.get("text"))) == _flat(outgoing.text) and _bluesky_files.fits(record, outgoing)
    return same and refs_of(record)[1] == outgoing.in_reply_to


def _flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", clean(text)).split())


def _in_order(receipts: Mapping[str, Receipt]) -> tuple[Receipt, ...]:
    return tuple(sorted(receipts.values(), key=lambda receipt: (receipt.occurred_at, receipt.external_id)))


# --- still there? -----------------------------------------------------------------------------------------------------
def recheck_posts(line: Line, uris: list[str], *, until: float) -> Recheck:
    """Which posts are still shown, and which are certainly not.

    getPosts only leaves out what it does not show; each left out is asked for by itself, and only NotFound says that it is gone
    for this account. One whose author blocks us is not gone.
    """
    wanted = [uri for uri in dict.fromkeys(uris) if is_post(uri)]
    present: set[str] = set()
    gone: set[str] = set()
    signs: list[Reaction] = []
    quota = None
    for place in range(0, len(wanted), PAGE_ROWS):
        if time.monotonic() > until:
            break
        shown = posts_by_uri(line, wanted[place : place + PAGE_ROWS])
        present |= set(shown)
        signs += [Reaction(uri, _counted(post), at=now().isoformat()) for uri, post in shown.items()]
    for uri in [uri for uri in wanted if uri not in present][:SINGLE_LOOKUPS]:
        if time.monotonic() > until:
            break
        try:
            answer = line.ask(partial(_thread, uri))
        except Unanswered:
            break
        quota = answer.quota() or quota
        if answer.status == 400 and answer.error == "NotFound":
            gone.add(uri)
        elif answer.good and string(mapping(mapping(mapping(answer.body).get("thread")).get("post")).get("uri")) == uri:
            present.add(uri)
        elif refuses_token(answer) or answer.status == 429:
            raise unreadable(answer)
    left = {"posts": quota} if quota else {}
    return Recheck(present=frozenset(present), gone=frozenset(gone), quota=left, reactions=tuple(signs))


def _counted(post: Mapping[str, Any]) -> dict[str, int]:
    """How many liked it, passed it on and quoted it (app.bsky.feed.defs#postView)."""
    counts = {LIKE: post.get("likeCount"), REPOST: post.get("repostCount"), QUOTE: post.get("quoteCount")}
    return {sign: count for sign, count in counts.items() if isinstance(count, int) and count > 0}


def _thread(uri: str, client: Any) -> Any:
    return client.app.bsky.feed.get_post_thread({"uri": uri, "depth": 0, "parentHeight": 0})
