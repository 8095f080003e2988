"""What can be done through Mastodon to posts that exist, once however often it is asked for.

docs.joinmastodon.org/methods/statuses: favourite, unfavourite, delete, edit; read 2026-11.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from mastodon import Mastodon

from social.networks._mastodon_send import unsent
from social.networks._mastodon_text import addressed
from social.networks._mastodon_wire import Answer, Line, unreadable
from social.networks._shapes import mapping, mappings, string
from social.networks._wire import TROUBLE_SECONDS, Unanswered
from social.networks.errors import OutcomeUnknown, Rejected, TryLater
from social.networks.values import Deed, DeedKind

#: Two questions at most: an edit looks first whom the post answers.
CALLS = 2


def act(line: Line, deed: Deed) -> None:
    """Do it, once or again. Raises Rejected, TryLater, Unauthorized as `Network.act` says."""
    post = deed.external_id
    if deed.kind == DeedKind.EDIT:
        text, media = _rewritten(line, deed)
        answer = _ask(line, partial(Mastodon.status_update, id=post, status=text, media_ids=media or None))
    else:
        question: dict[DeedKind, Callable[..., Any]] = {
            DeedKind.LIKE: Mastodon.status_favourite,
            DeedKind.UNLIKE: Mastodon.status_unfavourite,
            DeedKind.DELETE: Mastodon.status_delete,
        }
        answer = _ask(line, partial(question[deed.kind], id=post))
        if deed.kind == DeedKind.DELETE and answer.status in (404, 410) and answer.body is not None:
            return  # it is gone, by whoever's hand
    if answer.good and string(mapping(answer.body).get("id")) == post:
        return
    raise _trouble(answer)


def _ask(line: Line, question: Callable[[Mastodon], Any]) -> Answer:
    try:
        return line.ask(question)
    except Unanswered as error:
        raise error.as_trouble("Mastodon") from error


def _rewritten(line: Line, deed: Deed) -> tuple[str, list[str]]:
    """The new words behind the handle of whom the post answers (without it nobody is told), and the pictures that stay: an edit
    that names none takes them away. Raises Rejected, TryLater, Unauthorized.
    """
    answer = _ask(line, lambda client: client.status(deed.external_id))
    if not answer.good or string(mapping(answer.body).get("id")) != deed.external_id:
        raise _trouble(answer)
    body = mapping(answer.body)
    answered = string(body.get("in_reply_to_account_id"))
    handle = next((string(who.get("acct")) for who in mappings(body.get("mentions")) if string(who.get("id")) == answered), "")
    media = [string(entry.get("id")) for entry in mappings(body.get("media_attachments"))]
    return addressed(deed.text, handle) if handle else deed.text, [name for name in media if name]


def _trouble(answer: Answer) -> Exception:
    """What an answer means that does not say that it is so. Asking again does no harm, so all doubt is for later."""
    if answer.status in (404, 410) and answer.body is not None:
        return Rejected(_("The message is no longer there, or its author hides it from this account."), code="gone")
    trouble = unsent(answer)
    if not isinstance(trouble, OutcomeUnknown):
        return trouble
    if answer.status == 403 and answer.words:
        return Rejected(_("The instance refused it: {words}").format(words=answer.words), code="forbidden")
    later = unreadable(answer)
    return later if isinstance(later, TryLater) else TryLater(trouble.reason, seconds=TROUBLE_SECONDS, code=trouble.code)
