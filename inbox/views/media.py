"""What hangs on messages, from our own address: the bytes, and how each thing is drawn in a thread once it was looked at."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import MemberRequest, calls_network, member_view
from accounts.policies import Permission
from core.errors import NotFound
from core.pictures import MIME
from core.reasons import in_words
from core.serving import Served, serve
from core.vault import NoSuchFile
from inbox.services.attached import attached
from social.models import FileState, StoredFile


@require_GET
@calls_network
@member_view(Permission.CONVERSATIONS_VIEW)
def medium(request: MemberRequest, slug: str, message_id: int, number: int) -> HttpResponseBase:
    """The bytes of what hangs on a message; with `small`, a picture as a thread shows it. 424 with the reason if there are none."""
    file = attached(workspace_id=request.workspace.pk, message_id=message_id, number=number).file
    if file.state == FileState.FAILED:
        failed = HttpResponse(in_words(file.error), status=424, content_type="text/plain; charset=utf-8")
        failed["Cache-Control"] = "no-store"
        return failed
    return handed_out(request, file, workspace_id=request.workspace.pk, small="small" in request.GET)


def handed_out(request: HttpRequest, file: StoredFile, *, workspace_id: int, small: bool) -> HttpResponseBase:
    """A kept file as an answer: drawn or played where a browser may, else a download. Raises NotFound."""
    try:
        return serve(request, served_of(file, small=small), workspace_id=workspace_id)
    except NoSuchFile as error:
        raise NotFound(_("This file is kept no longer.")) from error


def served_of(file: StoredFile, *, small: bool) -> Served:
    """Which of what is kept of a file is handed out. A picture leaves as we drew it, but for one that moves."""
    name = file.name
    if file.kind == "image":
        key, size = (file.small_key, file.small_size) if small else (file.large_key, file.large_size)
        if key:
            return Served(key, size, MIME, f"{name.rpartition('.')[0] or name or 'picture'}.webp", drawn=True)
    return Served(file.key, file.size, file.mime, name, drawn=file.kind != "file")


@require_http_methods(["GET", "POST"])
@calls_network
@member_view(Permission.CONVERSATIONS_VIEW)
def medium_state(request: MemberRequest, slug: str, message_id: int, number: int) -> HttpResponse:
    """How one thing is drawn now that it was looked at. POST asks the network once more for what failed."""
    again = request.method == "POST"
    found = attached(workspace_id=request.workspace.pk, message_id=message_id, number=number, again=again)
    file = found.file
    looked_at = {"kind": file.kind, "bytes": file.size, "width": file.width, "height": file.height}
    item = {**found.said, **looked_at, "name": found.said.get("name") or file.name}
    context = {"item": item, "file": file, "number": number, "message_id": message_id, "looked": True}
    return render(request, "inbox/_medium.html", context)
