"""The formatting a message came with, as a document of its own that a frame in the thread draws."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from inbox.services import originals

#: What a letter may do in the frame: its links open elsewhere. Its pictures come with the reader's session, so the origin stays;
#: scripts are not among what is allowed, and everything else that loads or leads is forbidden by name.
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
POLICY = (
    "sandbox {sandbox}; default-src 'none'; script-src 'none'; img-src 'self' data:{remote}; style-src 'self' 'unsafe-inline'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


@require_GET
@xframe_options_sameorigin
@member_view(Permission.CONVERSATIONS_VIEW)
def original(request: MemberRequest, slug: str, message_id: int) -> HttpResponse:
    """A message as its writer formatted it; with `remote=yes` also the pictures that lie elsewhere. 404 where there is none."""
    remote = request.GET.get("remote") == "yes"

    def address_of(place: int) -> str:
        return reverse("message_medium", args=[slug, message_id, place])

    found = originals.drawn(message_id=message_id, address_of=address_of, remote=remote)
    response = render(request, "inbox/original.html", {"drawn": found})
    response["Content-Security-Policy"] = POLICY.format(sandbox=SANDBOX, remote=" https: http:" if remote else "")
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
