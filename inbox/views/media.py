"""What hangs on messages, from our own address: the bytes, and how each thing is drawn in a thread once it was looked at."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest, calls_network, member_view
from accounts.policies import Permission
from core.errors import Invalid, NotFound
from core.pictures import MIME
from core.reasons import in_words
from core.serving import Served, serve
from core.vault import NoSuchFile
from inbox.services import attaching
from inbox.services.attached import attached
from social.models import FileState, StoredFile


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
    return render(request, "inbox/_attachment.html", {"file": file, "conversation_id": conversation_id})


def whole_body(request: HttpRequest) -> bytes:
    """The body of an upload, read no further than a file may be long. Raises Invalid for a longer one."""
    limit: int = settings.MEDIA_FILE_BYTES
    said = request.headers.get("Content-Length", "")
    if said.isascii() and said.isdigit() and int(said) > limit:
        raise _too_long(limit)
    content = request.read(limit + 1)
    if len(content) > limit:
        raise _too_long(limit)
    return content


def _too_long(limit: int) -> Invalid:
    sentence = _("This file is larger than {limit} MB.").format(limit=limit // (1024 * 1024))
    return Invalid(sentence, field="file", code="too_large")


@require_GET
@calls_network
@member_view(Permission.CONVERSATIONS_REPLY)
def chosen(request: MemberRequest, slug: str, conversation_id: int, file_id: int) -> HttpResponseBase:
    """A file that was chosen for a reply, as the composer shows it."""
    file = attaching.chosen_here(member=request.membership, conversation_id=conversation_id, file_id=file_id)
    return handed_out(request, file, workspace_id=request.workspace.pk, small=True)
