"""Drafts as the composer keeps them and gets them back."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Conflict, Invalid
from core.keyset import MAX_ID, number_after
from inbox import selectors
from inbox.models import Conversation, Draft, DraftKind
from inbox.services import drafts
from inbox.services.outgoings import parts_of
from inbox.services.wording import MAX_CHARACTERS
from social.networks import network_of


def chosen_files_of(request: HttpRequest) -> list[tuple[int, str]]:
    """The files of a composer's form, in their order, each with what it shows. Raises Invalid for what is no number."""
    numbers = [number_after(text, field="media") for text in request.POST.getlist("media")]
    return [(number, request.POST.get(f"alt-{number}", "")) for number in numbers if number is not None]


def drafts_shown(conversation: Conversation, *, slug: str) -> dict[str, dict[str, Any]]:
    """Kind → what a composer draws of the reader's drafts, where the conversation was read with them. No query."""
    return {kind: _shown(draft, conversation.id, slug) for kind, draft in selectors.drafts_of(conversation).items()}


def first_draft(conversation: Conversation, *, closed: bool) -> dict[str, Any]:
    """What a composer opens with: the kind written last, and its words. A reply that cannot be sent stays beside it."""
    found = selectors.drafts_of(conversation)
    kind = next((kind for kind in found if not (closed and kind == DraftKind.REPLY)), "")
    return {"text": found[kind]["body"], "kind": kind} if kind else {}


def _shown(draft: dict[str, Any], conversation_id: int, slug: str) -> dict[str, Any]:
    files = [
        {**entry, "pk": entry["file"], "address": reverse("inbox_chosen", args=[slug, conversation_id, entry["file"]])}
        for entry in draft["files"]
    ]
    return {**draft, "files": files}


def _whole(request: HttpRequest, field: str) -> int:
    text = request.POST.get(field, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_ID):
        raise Invalid(_("This must be a whole number."), field=field, code="not_a_number")
    return int(text)


@require_http_methods(["GET", "POST"])
@member_view(Permission.CONVERSATIONS_REPLY)
def draft(request: MemberRequest, slug: str, conversation_id: int, kind: str) -> HttpResponse:
    """GET: one's own draft, for the composer. POST: keep it; answers its counter, or with 409 what another window wrote."""
    member = request.membership
    if request.method == "GET":
        return _fragment(request, drafts.get(member=member, conversation_id=conversation_id, kind=kind))
    try:
        kept = drafts.keep(
            member=member,
            conversation_id=conversation_id,
            kind=kind,
            body=request.POST.get("body", ""),
            media=chosen_files_of(request),
            manner={
                "template": request.POST.get("template", "")[:200],
                "parameters": [value[:1000] for value in request.POST.getlist("variable")][:50],
                "privately": request.POST.get("privately") == "yes",
            },
            base=_whole(request, "base"),
            writer=request.POST.get("writer", "")[: drafts.MAX_WRITER],
            sequence=_whole(request, "sequence"),
        )
    except Conflict:
        return _fragment(request, drafts.get(member=member, conversation_id=conversation_id, kind=kind), status=409)
    return JsonResponse({"counter": kept.counter, "empty": kept.is_empty})


def _fragment(request: MemberRequest, found: Draft, *, status: int = 200) -> HttpResponse:
    told = {name: getattr(found, name) for name in ("kind", "body", "files", "manner", "counter", "remark", "saved_at")}
    context = {"draft": _shown(told, found.conversation_id, request.workspace.slug)}
    return render(request, "inbox/_draft.html", context, status=status)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def parts(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """The answers as which a text would go that is too long for one: numbered, as the network counts. Nothing is kept."""
    conversation = selectors.get_conversation(conversation_id)
    text = request.POST.get("body", "").replace("\x00", "")[:MAX_CHARACTERS]
    found = parts_of(conversation, text.strip(), whole=False) if text.strip() else ()
    network = network_of(conversation.channel.network)
    shown = [{"text": part, "length": network.length(part)} for part in found] if len(found) > 1 else []
    return render(request, "inbox/_parts.html", {"parts": shown, "limit": network.limits.public_length})
