"""The palette's part that the server knows."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from search import palette as selectors


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def palette(request: MemberRequest, slug: str) -> HttpResponse:
    """Lines for a text (`q`); without one what was chosen last (`recent`, keys with commas) and all places there are."""
    text = request.GET.get("q", "")[:200]
    if text.strip():
        groups = selectors.found(slug, request.membership, text)
    else:
        last = request.GET.get("recent", "")[:600].split(",")
        groups = [*selectors.recent(slug, request.membership, last), *selectors.places(slug, request.membership)]
    return render(request, "search/_palette.html", {"groups": [group for group in groups if group.entries]})
