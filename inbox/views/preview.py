"""How a reply will look, while it is written."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from inbox import selectors
from inbox.services.previews import preview
from social.networks import network_of


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def shown(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """The parts of a reply as the network will show them. Nothing is sent or kept."""
    conversation = selectors.get_conversation(conversation_id)
    context = {
        "preview": preview(conversation, request.POST.get("body", "")),
        "conversation": conversation,
        "network": network_of(conversation.channel.network),
    }
    return render(request, "inbox/_preview.html", context)
