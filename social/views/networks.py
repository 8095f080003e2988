"""What each network can do."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from social import matrix


@require_GET
@member_view(Permission.CHANNELS_VIEW)
def capabilities(request: MemberRequest, slug: str) -> HttpResponse:
    """The matrix, from the network files. No queries of its own."""
    known = matrix.known()
    context = {"section": "channels", "networks": known, "matrix": matrix.abilities(known)}
    return render(request, "social/capabilities.html", context)
