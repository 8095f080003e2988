"""What can be done on Reddit to posts and comments that exist, once however often it is asked for.

www.reddit.com/dev/api: POST /api/del, /api/editusertext, /api/remove, /api/approve, read 2026-11. Deleting, removing and approving
are answered with an empty object, also the second time. Removing and approving are moderators' alone. There is no like: Reddit
wants votes cast by people, one for one and at once, and these deeds are done by a worker, later, and again where it is in doubt.
"""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from social.networks._reddit_read import base_id, is_thing
from social.networks._reddit_send import unsent
from social.networks._reddit_wire import NAME, Answer, Line, lacks_scope, unreadable
from social.networks._shapes import mapping, mappings, string
from social.networks._wire import TROUBLE_SECONDS, Unanswered
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, TryLater
from social.networks.values import Deed, DeedKind

#: Refusals of an edit that mean that there is nothing to edit any more.
GONE = frozenset({"deleted_comment", "deleted_link", "no_thing_id"})


def act(line: Line, deed: Deed) -> None:
    """Do it, once or again. Raises Rejected, TryLater, Unauthorized as `Network.act` says."""
    name = base_id(deed.external_id)
    if not is_thing(name):
        raise Rejected(_("Nobody knows which message this is."), code="no_place")
    try:
        answer = line.ask(_question(name, deed))
    except Unanswered as error:
        raise error.as_trouble(NAME) from error
    if not _done(answer, deed, name):
        raise _trouble(answer, deed)


def _question(name: str, deed: Deed) -> Callable[[Any], Any]:
    paths: dict[DeedKind, tuple[str, dict[str, str]]] = {
        DeedKind.EDIT: ("api/editusertext/", {"thing_id": name, "text": deed.text}),
        DeedKind.DELETE: ("api/del/", {"id": name}),
        DeedKind.HIDE: ("api/remove/", {"id": name, "spam": "false"}),
        DeedKind.UNHIDE: ("api/approve/", {"id": name}),
    }
    path, data = paths[deed.kind]
    return lambda reddit: reddit.post(path, data=data)


def _done(answer: Answer, deed: Deed, name: str) -> bool:
    if deed.kind != DeedKind.EDIT:
        return answer.good and answer.body == {} and isinstance(answer.body, dict)
    envelope = mapping(mapping(answer.body).get("json"))
    things = mappings(mapping(envelope.get("data")).get("things")) if answer.good and not envelope.get("errors") else []
    return bool(things) and string(mapping(things[0].get("data")).get("name")) == name


def _trouble(answer: Answer, deed: Deed) -> NetworkError:
    """What an answer means that does not say that it is so. Asking again does no harm, so all doubt is for later."""
    moderating = deed.kind in (DeedKind.HIDE, DeedKind.UNHIDE)
    if answer.status == 404 and answer.body is not None:
        return Rejected(_("The message is no longer there, or its author hides it from this account."), code="gone")
    if moderating and answer.status == 403 and answer.body is not None and not lacks_scope(answer):
        return Rejected(_("This account does not moderate that subreddit, or may not do this there."), code="not_moderator")
    trouble = unsent(answer)
    if isinstance(trouble, Rejected):
        return Rejected(trouble.reason, code="gone") if trouble.code in GONE else trouble
    if not isinstance(trouble, OutcomeUnknown):
        return trouble
    later = unreadable(answer)
    return later if isinstance(later, TryLater) else TryLater(trouble.reason, seconds=TROUBLE_SECONDS, code=trouble.code)
