"""What can be done on LinkedIn to comments and posts that exist, as the organisation, once however often it is asked for.

learn.microsoft.com/linkedin/marketing/community-management/shares: comments-api (edit: POST with X-RestLi-Method PARTIAL_UPDATE and
a `$set` patch; delete: 204; both name the organisation as `actor`) and reactions-api (`root`, `reactionType`; the key of a reaction
is `(actor:…,entity:…)`), version 2026-07, read 2026-11.
"""

from django.utils.translation import gettext as _

from social.networks._linkedin_read import base_id
from social.networks._linkedin_wire import NAME, Answer, Line, comment_parts, encoded, sunset, unreadable
from social.networks._wire import TROUBLE_SECONDS, Unanswered
from social.networks.errors import NetworkError, Rejected, TryLater
from social.networks.values import Deed, DeedKind

#: A reaction that stands already, and one that stands no more.
SO_ALREADY = {DeedKind.LIKE: 409, DeedKind.UNLIKE: 404}


def act(line: Line, organization: str, deed: Deed) -> None:
    """Do it, once or again. Raises Rejected, TryLater, Unauthorized as `Network.act` says."""
    name = base_id(deed.external_id)
    post, identifier = comment_parts(name)
    actor = f"actor={encoded(organization)}"
    if deed.kind in (DeedKind.EDIT, DeedKind.DELETE) and not identifier:
        raise Rejected(_("Nobody knows which message this is."), code="no_place")
    comment = f"socialActions/{encoded(post)}/comments/{identifier}?{actor}"
    if deed.kind == DeedKind.LIKE:
        answer = _ask(line, f"reactions?{actor}", "POST", document={"root": name, "reactionType": "LIKE"})
        done = answer.status == 201
    elif deed.kind == DeedKind.UNLIKE:
        answer = _ask(line, f"reactions/(actor:{encoded(organization)},entity:{encoded(name)})", "DELETE")
        done = answer.status == 204
    elif deed.kind == DeedKind.EDIT:
        patch = {"patch": {"message": {"$set": {"text": deed.text}}}}
        answer = _ask(line, comment, "POST", restli="PARTIAL_UPDATE", document=patch)
        done = answer.status == 204 or (answer.status == 200 and isinstance(answer.body, dict) and "commentUrn" in answer.body)
    else:
        answer = _ask(line, comment, "DELETE")
        done = answer.status == 204
    if not done and not (answer.refusal and answer.status == SO_ALREADY.get(deed.kind)):
        raise _trouble(answer)


def _ask(line: Line, path: str, method: str, *, restli: str = "", document: object = None) -> Answer:
    try:
        return line.ask(path, method=method, restli=restli, document=document)
    except Unanswered as error:
        raise error.as_trouble(NAME) from error


def _trouble(answer: Answer) -> NetworkError:
    """What an answer means that does not say that it is so. Asking again does no harm, so all doubt is for later."""
    if answer.status in (400, 403, 404, 422) and not answer.refusal:
        reason = _("{network} gave no clear answer (status {status}).").format(network=NAME, status=answer.status)
        return TryLater(reason, seconds=TROUBLE_SECONDS, code=f"http_{answer.status}")
    if answer.status == 404 and sunset(answer) is None:
        return Rejected(_("The message is no longer there, or its author hides it from this account."), code="gone")
    if answer.status == 403:
        words = _("{network} does not allow this with the rights of this token: {words}")
        return Rejected(words.format(network=NAME, words=answer.words), code="forbidden")
    return unreadable(answer)
