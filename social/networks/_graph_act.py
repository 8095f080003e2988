"""What can be done over the Graph to comments and messages that exist, once however often it is asked for.

developers.facebook.com/docs/graph-api/reference/comment (is_hidden, message, delete), …/object/likes, and
docs/instagram-platform/instagram-graph-api/reference/ig-comment (hide, delete), read 2026-11. Signs below messages:
…/documentation/business-messaging/messenger-platform/send-messages/sender-actions, of 2026-01-21, and Instagram's, where a
heart is called `love`.
"""

import json
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from social.networks._graph_pages import rows_of
from social.networks._graph_shapes import DIRECT, is_person, message_key
from social.networks._graph_wire import Graph, Line, ask, ask_list, unreadable
from social.networks._shapes import mappings, string
from social.networks._versions import base_id
from social.networks._wire import Answer
from social.networks.errors import Rejected
from social.networks.values import Deed, DeedKind

#: Of a long name only a digest is kept (`message_key`); the name itself stands in the conversation, among the newest messages.
DIGEST = "m-"
LOOKED_THROUGH = 20

Question = Callable[[Graph], Any]


def act(line: Line, deed: Deed, *, hide_field: str) -> None:
    """Do it, once or again. `hide_field` is what a network calls being hidden. Raises Rejected, TryLater, Unauthorized.

    “Gone” may also mean that the token does not allow it (100/33): the engine knows whether we tried before.
    """
    comment = base_id(deed.external_id)
    try:
        answer = ask(line, _question(comment, deed, hide_field))
    except Rejected as error:
        if error.code != "not_found":
            raise
        raise _gone(line) from error
    if answer.body.get("success") is not True:
        raise unreadable(Answer(answer.status, answer.headers, None), line.whom)


def put_sign(line: Line, deed: Deed, *, on: str, platform: str, sign: str) -> None:
    """Put a sign to a private message of the customer's, or take ours back. Raises Rejected, TryLater, Unauthorized.

    Messages of before the reply window are beyond it, like words.
    """
    person = deed.thread_key.removeprefix(DIRECT)
    if not is_person(person):
        raise Rejected(_("A direct message needs somebody to go to."), code="no_customer")
    said: dict[str, str] = {"message_id": _name_of(line, base_id(deed.external_id), person, on, platform)}
    action = "react" if deed.kind == DeedKind.LIKE else "unreact"
    said |= {"reaction": sign} if action == "react" else {}
    form = {"recipient": json.dumps({"id": person}), "sender_action": action, "payload": json.dumps(said)}
    try:
        answer = ask(line, lambda graph: graph.put_object(on, "messages", **form))
    except Rejected as error:
        raise _gone(line) if error.code == "not_found" else error from error
    if not string(answer.body.get("recipient_id")) and answer.body.get("success") is not True:
        raise unreadable(Answer(answer.status, answer.headers, None), line.whom)


def _name_of(line: Line, key: str, person: str, on: str, platform: str) -> str:
    """What the network calls a message. Raises Rejected (`gone`), TryLater, Unauthorized."""
    if not key.startswith(DIGEST):
        return key
    fields = f"messages.limit({LOOKED_THROUGH}){{id}}"
    question = {"platform": platform, "user_id": person, "fields": fields, "limit": 1}
    _answer, talks = ask_list(line, lambda graph: graph.get_connections(on, "conversations", **question))
    names = [string(row.get("id")) for talk in mappings(talks) for row in mappings(rows_of(talk.get("messages")))]
    found = next((name for name in names if message_key(name) == key), "")
    if not found:
        raise _gone(line)
    return found


def _gone(line: Line) -> Rejected:
    words = _("{network} no longer has this message, or this account may not do that to it.").format(network=line.whom)
    return Rejected(words, code="gone")


def _question(comment: str, deed: Deed, hide_field: str) -> Question:
    def change(**fields: str) -> Question:
        return lambda graph: graph.request(f"{graph.version}/{comment}", post_args=fields, method="POST")

    questions: dict[DeedKind, Question] = {
        DeedKind.LIKE: lambda graph: graph.put_object(comment, "likes"),
        DeedKind.UNLIKE: lambda graph: graph.request(f"{graph.version}/{comment}/likes", method="DELETE"),
        DeedKind.HIDE: change(**{hide_field: "true"}),
        DeedKind.UNHIDE: change(**{hide_field: "false"}),
        DeedKind.DELETE: lambda graph: graph.delete_object(comment),
        DeedKind.EDIT: change(message=deed.text),
    }
    return questions[deed.kind]
