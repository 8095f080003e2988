"""Who calls just now, for whatever page is open."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from inbox import selectors
from inbox.views.shown import conversation_url


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def ringing(request: MemberRequest, slug: str) -> HttpResponse:
    """A notice for each caller, with their name and the way to their conversation; nothing when nobody calls."""
    calls = [(row, conversation_url(slug, row.conversation_id)) for row in selectors.ringing_calls()]
    return render(request, "inbox/_ringing.html", {"calls": calls})
