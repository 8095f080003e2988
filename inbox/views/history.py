"""What was done to a conversation, as a panel; and the conversation on paper."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.clock import now
from core.keyset import number_after
from inbox import selectors
from inbox.selectors.history import history as history_of
from inbox.selectors.printed import MOST_PRINTED, printed
from inbox.views.shown import messages_shown
from social.networks import network_of


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def history(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """A page of quiet lines, newest first."""
    conversation = selectors.get_conversation(conversation_id)
    before = number_after(request.GET.get("before", ""), field="before")
    found = history_of(conversation, before_id=before)
    more = f"{reverse('inbox_history', args=[slug, conversation.id])}?before={found.before}" if found.before else ""
    context = {"history": found.lines, "more_url": more, "is_first": before is None}
    return render(request, "inbox/_history.html", context)


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def paper(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """The conversation as a clean page for paper; with `notes=yes` also what only members see."""
    conversation = selectors.get_conversation(conversation_id)
    notes = request.GET.get("notes") == "yes"
    rows = printed(conversation, notes=notes)
    context = {
        "conversation": conversation,
        "network": network_of(conversation.channel.network),
        "messages_shown": messages_shown(conversation, rows, member=request.membership, whole=True),
        "notes": notes,
        "cut": len(rows) == MOST_PRINTED,
        "most": MOST_PRINTED,
        "now": now(),
    }
    return render(request, "inbox/paper.html", context)
