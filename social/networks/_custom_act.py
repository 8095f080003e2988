"""What a system of one's own does to messages, once however often it is asked: `POST /deeds` (docs/custom-channel.md)."""

from django.utils.translation import gettext as _

from social.networks._custom_wire import NOT_ALLOWED, Line, unreadable
from social.networks._shapes import mapping
from social.networks._wire import Unanswered
from social.networks.errors import Rejected
from social.networks.values import Deed, DeedKind


def act(opened: Line, deed: Deed) -> None:
    """Do it, once or again. Raises Rejected, TryLater, Unauthorized as `Network.act` says."""
    words = {"text": deed.text} if deed.kind == DeedKind.EDIT else {}
    try:
        # Versions stand behind the id here, and nowhere else.
        answer = opened.post("/deeds", {"kind": deed.kind.value, "id": deed.external_id.partition("#")[0], **words})
    except Unanswered as error:
        raise error.as_trouble(_("The system"), refused=NOT_ALLOWED) from error
    if answer.good and mapping(answer.body).get("done") is True:
        return
    if answer.status == 404 and answer.body is not None:
        raise Rejected(_("The system has no such message any more."), code="gone")
    if answer.status == 422 and answer.words:
        raise Rejected(_("The system refused it: {words}").format(words=answer.words), code="refused")
    raise unreadable(answer)
