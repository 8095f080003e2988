"""What hangs on messages, from our own address: the bytes, and how each thing is drawn in a thread once it was looked at."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest, calls_network, member_view
from accounts.policies import Permission
from core.reasons import in_words
from inbox.services import attaching
from inbox.services.attached import attached
from social.models import FileState, StoredFile
from social.networks import network_of
from social.views.kept import handed_out, whole_body


@require_GET
@calls_network
@member_view(Permission.CONVERSATIONS_VIEW)
def medium(request: MemberRequest, slug: str, message_id: int, number: int) -> HttpResponseBase:
    """The bytes of what hangs on a message; with `small`, a picture as a thread shows it. 424 with the reason if there are none."""
    file = attached(workspace_id=request.workspace.pk, message_id=message_id, number=number).file
    if file.state != FileState.KEPT:
        words, status = (in_words(file.error), 424) if file.state == FileState.FAILED else (_("This file is kept no longer."), 410)
        failed = HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
        failed["Cache-Control"] = "no-store"
        return failed
    return handed_out(request, file, workspace_id=request.workspace.pk, small="small" in request.GET)


@require_http_methods(["GET", "POST"])
@calls_network
@member_view(Permission.CONVERSATIONS_VIEW)
def medium_state(request: MemberRequest, slug: str, message_id: int, number: int) -> HttpResponse:
    """How one thing is drawn now that it was looked at. POST asks the network once more for what failed."""
    again = request.method == "POST"
    found = attached(workspace_id=request.workspace.pk, message_id=message_id, number=number, again=again)
    file = found.file
    looked_at = {"kind": file.kind, "size": file.size, "width": file.width, "height": file.height}
    item = {**found.said, **looked_at, "name": found.said.get("name") or file.name}
    context = {"item": item, "file": file, "number": number, "message_id": message_id, "looked": True}
    return render(request, "inbox/_medium.html", context)


@require_POST
@calls_network
@member_view(Permission.CONVERSATIONS_REPLY)
def attach(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Take one file for a reply: the body is its bytes, its name a parameter. Answers how it stands in the composer.

    Nothing is posted. What is wrong with it comes back as 422 with the sentence.
    """
    content = whole_body(request)
    file = attaching.attach(
        member=request.membership, conversation_id=conversation_id, name=request.GET.get("name", ""), content=content
    )
    return file_chosen(request, file, conversation_id)


def file_chosen(request: MemberRequest, file: StoredFile, conversation_id: int) -> HttpResponse:
    """How a file stands in the composer; with room for what it shows, where its channel's network keeps that."""
    address = reverse("inbox_chosen", args=[request.workspace.slug, conversation_id, file.pk])
    alt_kinds = network_of(file.channel.network).limits.alt_kinds
    return render(request, "social/_attachment.html", {"file": file, "address": address, "alt_kinds": alt_kinds})


@require_GET
@calls_network
@member_view(Permission.CONVERSATIONS_REPLY)
def chosen(request: MemberRequest, slug: str, conversation_id: int, file_id: int) -> HttpResponseBase:
    """A file that was chosen for a reply, as the composer shows it."""
    file = attaching.chosen_here(member=request.membership, conversation_id=conversation_id, file_id=file_id)
    return handed_out(request, file, workspace_id=request.workspace.pk, small=True)
