"""Faces of members who are named by number over the socket."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from accounts.selectors import members_named
from core.errors import Invalid
from core.keyset import number_after

#: A page asks for those it does not know yet.
MAX_FACES = 100


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def faces(request: MemberRequest, slug: str) -> HttpResponse:
    """Names and faces of these members (`ids`, joined by commas); numbers of nobody here are left out. One query."""
    texts = request.GET.get("ids", "").split(",")[: MAX_FACES + 1]
    ids = [number for number in (number_after(text, field="ids") for text in texts) if number is not None]
    if len(ids) > MAX_FACES:
        raise Invalid(_("At most {count} at once.").format(count=MAX_FACES), field="ids", code="too_many")
    return render(request, "inbox/_faces.html", {"people": members_named(ids)})
