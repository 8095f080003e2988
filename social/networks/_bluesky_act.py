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
from social.networks._bluesky_text import POST, parts_of, tid_of
from social.networks._bluesky_wire import Line, garbled, hear, unreadable
from social.networks._shapes import mapping, string
from social.networks.errors import Rejected
from social.networks.values import Deed, DeedKind

LIKE = "app.bsky.feed.like"
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
