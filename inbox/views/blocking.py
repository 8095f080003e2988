"""Blocking who writes in a conversation."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.htmx import add_event, toast, wants_part
from inbox import selectors
from inbox.selectors.unwelcome import standing_of
from inbox.services import blocking
from inbox.views.shown import conversation_url

UNDO_SECONDS = 15.0


@require_http_methods(["GET", "POST"])
@member_view(Permission.CONVERSATIONS_MODERATE)
def standing(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """How whoever writes here is taken; with POST, from now on."""
    if request.method == "GET":
        return _drawn(request, conversation_id)
    wanted = request.POST.get("standing", request.GET.get("standing", ""))
    before = standing_of(selectors.get_conversation(conversation_id))
    blocking.block(member=request.membership, conversation_id=conversation_id, standing=wanted)
    if not wants_part(request):
        return redirect(conversation_url(slug, conversation_id))
    said = _("What they write comes in resolved and rings nowhere.") if wanted else _("They are welcome again.")
    undo = f"{reverse('inbox_standing', args=[slug, conversation_id])}?standing={before}"
    response = toast(_drawn(request, conversation_id), said, undo_url="" if before == wanted else undo, seconds=UNDO_SECONDS)
    return add_event(response, "rabta:standing", {})


def _drawn(request: MemberRequest, conversation_id: int) -> HttpResponse:
    row = selectors.get_conversation(conversation_id)
    return render(request, "inbox/_standing.html", {"conversation": row, "standing": standing_of(row)})
