"""Answering through a Facebook Page: comments, reading back, and looking whether comments are still there."""

import time
from datetime import datetime
from functools import partial
from typing import Any

from social.networks._graph_pages import ids_of
from social.networks._graph_send import find, find_message, listed_comment, read_back_rows
from social.networks._graph_shapes import is_id
from social.networks._graph_wire import GONE_OR_HIDDEN, Line, after_of, ask_list, fault_of, quotas_of, unreadable
from social.networks._shapes import mapping, string
from social.networks._versions import base_id
from social.networks._wire import Unanswered
from social.networks.errors import Rejected
from social.networks.values import Access, Found, Outgoing, Quota, Recheck

#: A post's comments are listed so far; how many posts, and how many missing comments, are looked at by themselves.
LIST_PAGES = 3
POSTS_A_LOOK = 8
SINGLE_LOOKUPS = 10
FIELDS = "id,from,message,created_time,parent{id},attachment{type}"
STREAM: dict[str, Any] = {"filter": "stream", "order": "reverse_chronological"}


def post_of(outgoing: Outgoing, page_id: str) -> str:
    """The post an answer stands under."""
    if is_id(outgoing.thread_key):
        return outgoing.thread_key
    return f"{page_id}_{base_id(outgoing.in_reply_to).partition('_')[0]}"


def find_sent(line: Line, access: Access, outgoing: Outgoing, since: datetime, *, until: float) -> Found:
    """Our own comments or messages that are this one. Raises Unauthorized, TryLater, Rejected."""
    page_id = access.external_id
    if outgoing.kind in ("direct", "private_reply"):
        return find_message(line, page_id, page_id, outgoing, since, platform="MESSENGER", until=until)
    thread, target = post_of(outgoing, page_id), base_id(outgoing.in_reply_to)
    return find(
        line,
        lambda graph, after: read_back_rows(graph, thread, "comments", after, fields=FIELDS, **STREAM),
        lambda row: listed_comment(row, below=string(mapping(row.get("parent")).get("id")) or thread),
        # There are two levels only: an answer to an answer stands beside it.
        lambda thing, places: thing.files >= len(outgoing.media)
        and thing.below in (target, places.get(target) if places.get(target) != thread else target),
        account_id=page_id,
        text=outgoing.text,
        since=since,
        until=until,
    )


def looks_at(version: str) -> bool:
    """Whether it can be asked what became of it: of private messages only webhooks tell."""
    return is_id(base_id(version))


def recheck_comments(line: Line, page_id: str, versions: list[str], *, until: float) -> Recheck:
    """Which comments are still listed under their posts, and which are certainly gone.

    100/33 alone also means that we lack the right to look, so it proves nothing. Gone is what is missing from the whole list of a
    post that we can read and is answered 100/33 as well. Of posts and messages only webhooks tell.
    """
    asked = ids_of([version for version in versions if is_id(base_id(version))])
    by_post: dict[str, list[str]] = {}
    for identifier in asked:
        head = identifier.partition("_")[0]
        if head != page_id and "_" in identifier:
            by_post.setdefault(f"{page_id}_{head}", []).append(identifier)
    present: set[str] = set()
    missing: list[str] = []
    quota: dict[str, Quota] = {}
    for post, comments in list(by_post.items())[:POSTS_A_LOOK]:
        if time.monotonic() > until:
            break
        try:
            listed, whole = _listed(line, post, set(comments), quota, until=until)
        except Rejected:
            continue
        present |= listed & set(comments)
        missing += [comment for comment in comments if whole and comment not in listed]
    gone = {comment for comment in missing[:SINGLE_LOOKUPS] if time.monotonic() <= until and _is_missing(line, comment)}

    def named(found: set[str]) -> frozenset[str]:
        return frozenset(name for identifier in found for name in (identifier, *asked[identifier]))

    return Recheck(present=named(present), gone=named(gone), quota=quota)


def _listed(line: Line, post: str, wanted: set[str], quota: dict[str, Quota], *, until: float) -> tuple[set[str], bool]:
    """The comments under a post, and whether that is all of them. Stops when all that is wanted was seen."""
    listed: set[str] = set()
    after = ""
    for _page in range(LIST_PAGES):
        place = after
        question = partial(read_back_rows, on=post, edge="comments", after=place, fields="id", **STREAM)
        answer, rows = ask_list(line, question)
        quota.update(quotas_of(answer))
        names = [string(mapping(row).get("id")) for row in rows]
        listed.update(names)
        after = after_of(answer.body)
        if not all(map(is_id, names)):
            return listed, False
        if not after:
            return listed, True
        if after == place or wanted <= listed or time.monotonic() > until:
            break
    return listed, False


def _is_missing(line: Line, identifier: str) -> bool:
    """Whether the network itself says that it has nothing under this id, or nothing for us."""
    try:
        answer = line.ask(lambda graph: graph.get_object(identifier, fields="id"))
    except Unanswered:
        return False
    fault = fault_of(answer)
    if fault is None:
        return False
    if (fault.code, fault.subcode) == GONE_OR_HIDDEN:
        return True
    if isinstance(error := unreadable(answer, line.whom), Rejected):
        return False
    raise error
