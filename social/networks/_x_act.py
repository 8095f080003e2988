"""What can be done through X to posts that exist. Each is done once however often it is asked for (deleting twice is 200 twice).

docs.x.com/x-api: users/like-post, posts/hide-reply, posts/delete-post, read 2026-11.
"""

from collections.abc import Callable
from typing import Any

import tweepy
from django.utils.translation import gettext as _

from social.networks._shapes import mapping
from social.networks._wire import Unanswered
from social.networks._x_send import unsent
from social.networks._x_wire import Line, unreadable
from social.networks.errors import OutcomeUnknown, Rejected, TryLater
from social.networks.values import Deed, DeedKind

#: What X answers that it did: name and value inside `data`.
SAID: dict[DeedKind, tuple[str, bool]] = {
    DeedKind.LIKE: ("liked", True),
    DeedKind.UNLIKE: ("liked", False),
    DeedKind.HIDE: ("hidden", True),
    DeedKind.UNHIDE: ("hidden", False),
    DeedKind.DELETE: ("deleted", True),
}


def _question(deed: Deed) -> Callable[[tweepy.Client], Any]:
    post = deed.external_id
    questions: dict[DeedKind, Callable[[tweepy.Client], Any]] = {
        DeedKind.LIKE: lambda x: x.like(post, user_auth=False),
        DeedKind.UNLIKE: lambda x: x.unlike(post, user_auth=False),
        DeedKind.HIDE: lambda x: x.hide_reply(post, user_auth=False),
        DeedKind.UNHIDE: lambda x: x.unhide_reply(post, user_auth=False),
        DeedKind.DELETE: lambda x: x.delete_tweet(post, user_auth=False),
    }
    return questions[deed.kind]


def act(line: Line, deed: Deed) -> None:
    """Do it, once or again. Raises Rejected, TryLater, Unauthorized as `Network.act` says."""
    try:
        answer = line.ask(_question(deed))
    except Unanswered as error:
        raise error.as_trouble("X") from error
    name, value = SAID[deed.kind]
    if answer.good and mapping(mapping(answer.body).get("data")).get(name) is value:
        return
    if answer.status == 403 and deed.kind in (DeedKind.HIDE, DeedKind.UNHIDE):
        reason = _("X lets accounts hide only what stands below their own posts.")
        raise Rejected(reason, code="not_permitted")
    trouble = unsent(answer)
    if isinstance(trouble, Rejected) and trouble.code in ("target_gone", "parent_gone"):
        raise Rejected(_("The message is no longer there, or its author hides it from this account."), code="gone")
    if not isinstance(trouble, OutcomeUnknown):
        raise trouble
    if answer.status == 403 and answer.body is not None:
        raise Rejected(trouble.reason, code="forbidden")
    # Whatever was unclear is asked again: there is no harm in that.
    later = unreadable(answer)
    raise later if isinstance(later, TryLater) else TryLater(trouble.reason, seconds=15.0, code=trouble.code)
