"""What can be done on YouTube to comments that exist, once however often it is asked for.

developers.google.com/youtube/v3/docs/comments/setModerationStatus, …/update, …/delete, read 2026-11: each costs 50 units; others'
comments are held for review, let through or rejected by whose channel or video they stand on, ours are changed and deleted. Nothing
likes comments.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from social.networks import _youtube_units as units
from social.networks._google_wire import Answer, Line, next_day, unreadable
from social.networks._shapes import string
from social.networks._versions import base_id
from social.networks._wire import TROUBLE_SECONDS, Unanswered
from social.networks._youtube_pages import COMMENTS
from social.networks._youtube_read import is_id
from social.networks.errors import Rejected, Text, TryLater
from social.networks.values import Deed, DeedKind

STATUS = {DeedKind.HIDE: "heldForReview", DeedKind.UNHIDE: "published", DeedKind.DELETE: "rejected"}
#: What the documents' refusals mean here, by their reason: code and sentence.
REFUSALS: dict[str, tuple[str, Text]] = {
    "commentNotFound": ("gone", gettext_lazy("The message is no longer there, or its author hides it from this account.")),
    "commentTextTooLong": ("too_long", gettext_lazy("{network} refused it: {words}")),
    "commentTextRequired": ("empty", gettext_lazy("{network} refused it: {words}")),
    "operationNotSupported": ("not_allowed", gettext_lazy("{network} does not let this comment be changed: {words}")),
    "banWithoutReject": ("invalid_request", gettext_lazy("{network} refused it: {words}")),
    "processingFailure": ("not_allowed", gettext_lazy("{network} does not let this comment be changed: {words}")),
}


def act(line: Line, deed: Deed) -> None:
    """Do it, once or again. Raises Rejected, TryLater, Unauthorized as `Network.act` says."""
    comment = base_id(deed.external_id)
    if not is_id(comment):
        raise Rejected(_("Nobody knows which message this is."), code="no_place")
    if units.left() < units.WRITE_COST:
        reason = _("The day's quota of this installation at {network} is used up. It begins anew at midnight Pacific time.")
        seconds = (next_day(now()) - now()).total_seconds()
        raise TryLater(reason.format(network=line.whom), seconds=seconds, code="quota_exceeded")
    if deed.kind == DeedKind.EDIT:
        body = {"id": comment, "snippet": {"textOriginal": deed.text}}
        answer = _ask(line, "PUT", COMMENTS, body=body, part="snippet")
        if answer.good and string((answer.body or {}).get("id")) == comment:
            return
    elif deed.kind == DeedKind.DELETE and deed.ours:
        answer = _ask(line, "DELETE", COMMENTS, id=comment)
        if answer.status == 204:
            return
    else:
        answer = _ask(line, "POST", f"{COMMENTS}/setModerationStatus", id=comment, moderationStatus=STATUS[deed.kind])
        if answer.status == 204:
            return
    raise _trouble(answer, line.whom)


def _ask(line: Line, method: str, url: str, *, body: Any = None, **query: str) -> Answer:
    try:
        return line.ask(method, url, query=query, body=body, cost=units.WRITE_COST)
    except Unanswered as error:
        raise error.as_trouble(line.whom) from error


def _trouble(answer: Answer, whom: Text) -> Exception:
    """What an answer means that does not say that it is so. Asking again does no harm, so all doubt is for later."""
    if answer.status in (400, 403, 404) and not answer.limited and not answer.used_up:
        for name in answer.reasons:
            if name in REFUSALS:
                code, text = REFUSALS[name]
                return Rejected(str(text).format(network=whom, words=answer.words), code=code)
    trouble = unreadable(answer, whom)
    if not isinstance(trouble, Rejected) or answer.error:
        return trouble
    return TryLater(trouble.reason, seconds=TROUBLE_SECONDS, code=trouble.code)
