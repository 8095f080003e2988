"""Colleagues offered while a note is written."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from inbox.selectors.note_mentions import mentionables


@require_GET
@member_view(Permission.CONVERSATIONS_REPLY)
def offered(request: MemberRequest, slug: str) -> HttpResponse:
    """Members and teams whose name holds the letters typed behind @."""
    words = request.GET.get("q", "")[:80]
    return render(request, "inbox/_mentionables.html", {"options": mentionables(words), "words": words})
