"""What can be done through Bluesky to posts that exist, once however often it is asked for.

A like is a record of its own (lexicon app.bsky.feed.like, read 2026-11), written under a key made from the post, so that a second
try writes over the first; one that a person gave elsewhere stands under another key, which the post's view names. Deleting a
record that is not there is no error (com.atproto.repo.deleteRecord).
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from core.clock import now
from social.networks._bluesky_pages import posts_by_uri
from social.networks._bluesky_read import refs_of
from social.networks._bluesky_send import put
from social.networks._bluesky_text import POST, parts_of, tid_of
from social.networks._bluesky_wire import Line, garbled, hear, unreadable
from social.networks._shapes import mapping, string
from social.networks._wire import TROUBLE_SECONDS
from social.networks.errors import Rejected, TryLater
from social.networks.values import Deed, DeedKind

LIKE = "app.bsky.feed.like"
GATE = "app.bsky.feed.threadgate"
#: Lexicon app.bsky.feed.threadgate#hiddenReplies.
MOST_HIDDEN = 300
#: Questions at most: the post, and two records.
CALLS = 3


def act(line: Line, did: str, deed: Deed) -> None:
    """Do it, once or again. Raises Rejected, TryLater, Unauthorized as `Network.act` says."""
    post = deed.external_id
    if deed.kind == DeedKind.DELETE:
        owner, key = parts_of(post)
        if owner != did:
            raise Rejected(_("Only this account's own posts can be deleted."), code="not_ours")
        _remove(line, did, POST, key)
        return
    seen = posts_by_uri(line, [post]).get(post)
    own_key, given = tid_of(did, LIKE, post), _given(seen)
    if deed.kind in (DeedKind.HIDE, DeedKind.UNHIDE):
        _hide(line, did, post, seen, hidden=deed.kind == DeedKind.HIDE)
        return
    if deed.kind == DeedKind.UNLIKE:
        for key in {own_key, given} - {""}:
            _remove(line, did, LIKE, key)
        return
    if seen is None:
        raise Rejected(_("The message is no longer there, or its author hides it from this account."), code="gone")
    if given and given != own_key:
        return  # somebody liked it in this account's name already
    cid = string(seen.get("cid"))
    if not cid:
        raise garbled()
    moment = now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record = {"$type": LIKE, "subject": {"uri": post, "cid": cid}, "createdAt": moment}
    document = {"repo": did, "collection": LIKE, "rkey": own_key, "record": record}
    _write(line, lambda client: client.com.atproto.repo.put_record(document))


def _hide(line: Line, did: str, post: str, seen: Mapping[str, Any] | None, *, hidden: bool) -> None:
    """Put an answer below one of our own posts among those that are hidden there, or take it out again: a record beside the
    thread's first post says which (lexicon app.bsky.feed.threadgate, read 2026-11). Who may answer, which it says as well, stays as
    it was.
    """
    if seen is None:
        raise Rejected(_("The message is no longer there, or its author hides it from this account."), code="gone")
    root = refs_of(mapping(seen.get("record")))[0]
    owner, key = parts_of(root)
    if owner != did:
        raise Rejected(_("Only answers below this account's own posts can be hidden."), code="not_ours")
    where = {"repo": did, "collection": GATE, "rkey": key}
    answer = hear(line, lambda client: client.com.atproto.repo.get_record(where))
    missing = answer.status == 400 and answer.error == "RecordNotFound"
    if not answer.good and not missing:
        raise unreadable(answer)
    stands = {} if missing else mapping(mapping(answer.body).get("value"))
    if not missing and (not stands or not string(mapping(answer.body).get("cid"))):
        raise garbled()
    listed = stands.get("hiddenReplies")
    before = [uri for uri in listed if isinstance(uri, str)] if isinstance(listed, list) else []
    after = [uri for uri in before if uri != post] + ([post] if hidden else [])
    if set(after) == set(before):
        return
    moment = now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record = {"$type": GATE, "post": root, "createdAt": moment, **stands, "hiddenReplies": after[-MOST_HIDDEN:]}
    swap = None if missing else string(mapping(answer.body).get("cid"))
    written = hear(line, lambda client: put(client, {**where, "record": record, "swapRecord": swap}))
    if written.status == 400 and written.error == "InvalidSwap":
        raise TryLater(_("Somebody changed this thread on Bluesky at the same moment."), seconds=TROUBLE_SECONDS, code="swapped")
    if not written.good:
        raise unreadable(written)
    if not isinstance(written.body, dict):
        raise garbled()


def _given(post: Mapping[str, Any] | None) -> str:
    """The key of our like of a post, as its view tells; empty when it tells of none."""
    uri = string(mapping(mapping(post).get("viewer")).get("like"))
    return uri.rpartition("/")[2] if f"/{LIKE}/" in uri else ""


def _remove(line: Line, did: str, collection: str, key: str) -> None:
    document = {"repo": did, "collection": collection, "rkey": key}
    _write(line, lambda client: client.com.atproto.repo.delete_record(document))


def _write(line: Line, question: Callable[[Any], Any]) -> None:
    answer = hear(line, question)
    if not answer.good:
        raise unreadable(answer)
    if not isinstance(answer.body, dict):
        raise garbled()
