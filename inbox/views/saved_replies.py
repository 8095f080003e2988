"""Saved replies: offered in the composer, and the page on which they are kept."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest, calls_network, member_view
from accounts.policies import Permission
from core.errors import Conflict, Invalid
from inbox import selectors
from inbox.forms import SavedReplyForm
from inbox.models import SavedReply, Scope
from inbox.selectors import saved_replies as kept
from inbox.services import blanks, saved_replies, saved_reply_attachments, saved_reply_files
from inbox.views.media import file_chosen
from social.views.kept import whole_body


@require_GET
@member_view(Permission.CONVERSATIONS_REPLY)
def offered(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """What fits a conversation, for the list above the composer; each with its words as the customer would read them."""
    conversation = selectors.get_conversation(conversation_id)
    values = blanks.values_of(conversation, request.membership)
    rows = kept.fitting_replies(conversation, request.membership, words=request.GET.get("q", ""))
    context = {"options": [(row, blanks.fill(row.body, values)) for row in rows], "words": request.GET.get("q", "")}
    return render(request, "inbox/_saved_replies.html", context)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def use(request: MemberRequest, slug: str, conversation_id: int, reply_id: int) -> HttpResponse:
    """The words of one, filled for a conversation."""
    filled, files = saved_replies.use(member=request.membership, conversation_id=conversation_id, reply_id=reply_id)
    along = [{"id": file.pk, "name": file.name} for file in files]
    return JsonResponse({"text": filled.text, "missing": filled.missing, "files": along})


@require_POST
@calls_network
@member_view(Permission.CONVERSATIONS_REPLY)
def lay(request: MemberRequest, slug: str, conversation_id: int, reply_id: int, attached_id: int) -> HttpResponse:
    """Lay a saved reply's file beside a reply. Answers how it stands in the composer."""
    file = saved_reply_attachments.lay(
        member=request.membership, conversation_id=conversation_id, reply_id=reply_id, file_id=attached_id
    )
    return file_chosen(request, file, conversation_id)


@require_POST
@calls_network
@member_view(Permission.CONVERSATIONS_REPLY)
def attach(request: MemberRequest, slug: str, reply_id: int) -> HttpResponse:
    """Keep a file with a saved reply: the body is its bytes, its name a parameter."""
    content = whole_body(request)
    row = saved_reply_attachments.attach(
        member=request.membership, reply_id=reply_id, name=request.GET.get("name", ""), content=content
    )
    return JsonResponse({"id": row.pk})


@require_POST
@calls_network
@member_view(Permission.CONVERSATIONS_REPLY)
def detach(request: MemberRequest, slug: str, reply_id: int, attached_id: int) -> HttpResponse:
    """Take a file away from it."""
    saved_reply_attachments.detach(member=request.membership, reply_id=reply_id, file_id=attached_id)
    return redirect("saved_reply", slug=slug, reply_id=reply_id)


@require_http_methods(["GET", "POST"])
@member_view(Permission.CONVERSATIONS_REPLY)
def listing(request: MemberRequest, slug: str) -> HttpResponse:
    """All that a member sees; POST keeps a new one."""
    form = SavedReplyForm(request.membership, request.POST if request.method == "POST" else None)
    if request.method == "POST" and _kept(request, form) is not None:
        return redirect("saved_replies", slug=slug)
    return _page(request, form=form, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@member_view(Permission.CONVERSATIONS_REPLY)
def one(request: MemberRequest, slug: str, reply_id: int) -> HttpResponse:
    """One, to be changed by whoever may."""
    row = kept.get_saved_reply(reply_id, request.membership)
    form = SavedReplyForm(request.membership, request.POST if request.method == "POST" else None, row=row)
    if request.method == "POST" and _kept(request, form, row) is not None:
        return redirect("saved_replies", slug=slug)
    context = {**_form_context(request, form), "section": "inbox", "row": row, "files": kept.files_of(row)}
    context["may_change"] = _may_change(request, row)
    return render(request, "inbox/saved_reply.html", context, status=422 if form.errors else 200)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def remove(request: MemberRequest, slug: str, reply_id: int) -> HttpResponse:
    """Throw one away."""
    saved_replies.remove(member=request.membership, reply_id=reply_id)
    return redirect("saved_replies", slug=slug)


@require_GET
@member_view(Permission.CONVERSATIONS_REPLY)
def export(request: MemberRequest, slug: str) -> HttpResponse:
    """All of them as a table."""
    answer = HttpResponse(saved_reply_files.export(member=request.membership), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="saved-replies.csv"'
    return answer


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def bring_in(request: MemberRequest, slug: str) -> HttpResponse:
    """Keep the rows of a table; what is wrong with the others is shown row by row."""
    try:
        imported = saved_reply_files.bring_in(member=request.membership, text=request.POST.get("csv", ""))
    except Invalid as error:
        return _page(request, import_error=str(error), csv=request.POST.get("csv", ""), status=422)
    return _page(request, imported=imported)


def _page(request: MemberRequest, *, form: SavedReplyForm | None = None, status: int = 200, **more: Any) -> HttpResponse:
    member = request.membership
    words, folder = request.GET.get("q", ""), request.GET.get("folder", "")
    rows = kept.saved_replies(member, words=words, folder=folder)
    context = {
        **_form_context(request, form or SavedReplyForm(member)),
        "section": "inbox",
        "rows": [(row, _may_change(request, row)) for row in rows],
        "words": words,
        "folder": folder,
        "limit": kept.LISTED,
        "columns": ", ".join(saved_reply_files.COLUMNS[1:2] + saved_reply_files.COLUMNS[3:]),
        **more,
    }
    return render(request, "inbox/saved_replies.html", context, status=status)


def _form_context(request: HttpRequest, form: SavedReplyForm) -> dict[str, Any]:
    names = [(f"{{{{{name}}}}}", label) for name, label in blanks.NAMES.items()]
    example = "{{contact.first_name|\"" + _("there") + "\"}}"
    return {"form": form, "blanks": names, "example": example, "folders": kept.saved_reply_folders(request.membership)}  # type: ignore[attr-defined]


def _may_change(request: MemberRequest, row: SavedReply) -> bool:
    return row.scope == Scope.PRIVATE or request.membership.may(Permission.SAVED_REPLIES_MANAGE)


def _kept(request: MemberRequest, form: SavedReplyForm, row: SavedReply | None = None) -> SavedReply | None:
    """Keep what the form says; None where it is refused, which the form then shows."""
    if not form.is_valid():
        return None
    try:
        return saved_replies.keep(member=request.membership, values=form.cleaned_data, reply_id=row.pk if row else None)
    except (Invalid, Conflict) as error:
        form.blame(error)
        return None
