"""Where others name an account of Instagram: in captions of their posts, and in comments anywhere. Webhooks bring numbers only.

developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/mentioned_comment, …/mentioned_media and
…/mentions, read 2026-11. Mentions in stories are messages (`_graph_notices`).
"""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from social.networks._graph_shapes import is_person
from social.networks._graph_wire import Graph, Line, ask, post, quotas_of, unsent
from social.networks._shapes import mapping, string, web
from social.networks._versions import base_id
from social.networks._wire import Answer
from social.networks.errors import Rejected, TryLater
from social.networks.values import Envelope, Outgoing, Page, Quota, Receipt

#: Before the key of a thread below somebody else's post.
ELSEWHERE = "mention-"
#: The documents list no `username`, which is answered all the same; without it nobody would know whom to answer.
COMMENT = ("id,text,timestamp,username,media{id,permalink}", "id,text,timestamp,media{id}")
MEDIA = ("id,caption,media_type,media_url,permalink,timestamp,username",)


def named(value: Mapping[str, Any]) -> str:
    """What a change of the field `mentions` names, for `look_up`; empty for what names nothing."""
    media, comment = string(value.get("media_id")), string(value.get("comment_id"))
    if not is_person(media):
        return ""
    return f"comment:{media}:{comment}" if is_person(comment) else "" if comment else f"media:{media}"


def look_up(line: Line, account: str, names: list[str], *, until: float) -> Page:
    """Ask what stands there. What is gone, or closed to us, is no more asked for.

    Raises Unauthorized, and TryLater when nothing was answered.
    """
    found: list[Envelope] = []
    left: list[str] = []
    quota: dict[str, Quota] = {}
    trouble: TryLater | None = None
    for name in names:
        if time.monotonic() > until or (trouble and trouble.code == "rate_limited"):
            left.append(name)
            continue
        try:
            found += _asked(line, account, name, quota)
        except Rejected:
            continue
        except TryLater as error:
            trouble = error
            left.append(name)
    if trouble is not None and len(left) == len(names):
        raise trouble
    return Page(tuple(found), {}, quota=quota, wanted=tuple(left))


def _asked(line: Line, account: str, name: str, quota: dict[str, Quota]) -> list[Envelope]:
    kind, _colon, rest = name.partition(":")
    media, _colon, comment = rest.partition(":")
    field, number = ("mentioned_comment.comment_id", comment) if kind == "comment" else ("mentioned_media.media_id", media)
    if not is_person(number):
        return []
    ways = COMMENT if kind == "comment" else MEDIA
    for fields in ways:
        question = partial(_object, account=account, fields=f"{field}({number}){{{fields}}}")
        try:
            answer = ask(line, question)
        except Rejected as error:
            if error.code != "invalid_request" or fields == ways[-1]:
                raise
            continue
        quota.update(quotas_of(answer))
        item = mapping(answer.body.get(field.partition(".")[0]))
        item = item if string(item.get("id")) else {**item, "id": number}
        if kind == "media":
            return [Envelope(number, {"kind": "tag", "page": account, "item": item})]
        link = web(mapping(item.get("media")).get("permalink"))
        return [Envelope(number, {"kind": "mention", "page": account, "post": media, "link": link, "item": item})]
    return []


def _object(graph: Graph, *, account: str, fields: str) -> Any:
    return graph.get_object(account, fields=fields)


def is_elsewhere(outgoing: Outgoing) -> bool:
    """Whether an answer goes below somebody else's post: one that tags or names us, or a comment there."""
    return outgoing.thread_key.startswith(ELSEWHERE) or base_id(outgoing.in_reply_to) == outgoing.thread_key


def answer(line: Line, account: str, outgoing: Outgoing) -> Receipt:
    """A comment below somebody else's post that names us. Raises as `Network.send` says."""
    said = {"media_id": outgoing.thread_key.removeprefix(ELSEWHERE), "message": outgoing.text}
    if outgoing.thread_key.startswith(ELSEWHERE):
        said["comment_id"] = base_id(outgoing.in_reply_to)
    given = post(line, lambda graph: graph.put_object(account, "mentions", **said))
    identifier = string(given.body.get("id"))
    if not is_person(identifier):
        raise unsent(Answer(given.status, given.headers, None), line.whom)
    return Receipt(identifier, quota=quotas_of(given))
