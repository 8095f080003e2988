"""The menu of tags on an open conversation."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.keyset import number_after
from crm.selectors import tags
from crm.services.tags import MAX_NAME
from inbox import selectors
from inbox.services import tagging
from inbox.views.changes import answer_deed


@require_GET
@member_view(Permission.CONVERSATIONS_ASSIGN)
def menu(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Every tag, those on this conversation marked."""
    conversation = selectors.get_conversation(conversation_id)
    there = {tag["id"] for tag in conversation.tags}
    rows = sorted(((tag, tag.pk in there) for tag in tags()), key=lambda row: not row[1])
    return render(request, "inbox/_tag_menu.html", {"tags": rows, "conversation": conversation, "limit": MAX_NAME})


@require_POST
@member_view(Permission.CONVERSATIONS_ASSIGN)
def change(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Put tags on, take tags away, find or make one by name."""
    given = {
        key: [number for text in request.POST.getlist(key) if (number := number_after(text, field=key)) is not None]
        for key in ("add", "remove")
    }
    names = [text for text in request.POST.getlist("name") if text.strip()]
    tagging.change_tags(member=request.membership, conversation_id=conversation_id, names=names, **given)
    return answer_deed(request, conversation_id)
