"""Resolving where something must be filled in first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from inbox import selectors
from inbox.models import FormSubject, Status
from inbox.selectors.filling import forms_for
from inbox.services import triage
from inbox.services.filling import Unfilled
from inbox.views.deeds import said_resolved
from inbox.views.resolve_sheet import asking, filled_in, resolve_sheet


@require_http_methods(["GET", "POST"])
@member_view(Permission.CONVERSATIONS_RESOLVE)
def resolving(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """The sheet that asks; with POST, resolve with what was filled in. What is wrong comes back in the sheet, as 422."""
    row = selectors.get_conversation(conversation_id)
    forms = forms_for(FormSubject.CONVERSATION, channel_id=row.channel_id)
    if request.method == "GET":
        return render(request, "inbox/_resolving.html", resolve_sheet(row, forms))
    try:
        filled = filled_in(request.POST, forms)
        triage.set_status(member=request.membership, conversation_id=conversation_id, status=Status.RESOLVED, filled=filled)
    except Unfilled as error:
        return asking(request, row, error, given=request.POST)
    return said_resolved(request, conversation_id, row.status)
