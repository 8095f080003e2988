"""What can be done over the Graph to comments that exist, once however often it is asked for.

developers.facebook.com/docs/graph-api/reference/comment (is_hidden, message, delete), …/object/likes, and
docs/instagram-platform/instagram-graph-api/reference/ig-comment (hide, delete), read 2026-11.
"""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from social.networks._graph_wire import Graph, Line, ask, unreadable
from social.networks._versions import base_id
from social.networks._wire import Answer
from social.networks.errors import Rejected
from social.networks.values import Deed, DeedKind

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
        words = _("{network} no longer has this message, or this account may not do that to it.").format(network=line.whom)
        raise Rejected(words, code="gone") from error
    if answer.body.get("success") is not True:
        raise unreadable(Answer(answer.status, answer.headers, None), line.whom)


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
