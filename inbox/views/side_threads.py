"""Asking somebody outside, from the conversation: who was asked, a new link, closing one."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.clock import now
from core.keyset import number_after
from inbox import selectors
from inbox.models import Shows
from inbox.models.side_thread import MAX_DAYS, MAX_QUESTION
from inbox.services import side_threads

DAYS = (1, 3, 7, 14, 30)


def _sheet(request: MemberRequest, conversation_id: int, *, link: str = "", guest: str = "") -> HttpResponse:
    moment = now()
    rows = [(row, row.is_open(moment)) for row in selectors.side_threads_of(conversation_id)]
    context = {
        "conversation": selectors.get_conversation(conversation_id),
        "side_threads": rows,
        "choosable": selectors.choosable(conversation_id),
        "shows": Shows.choices,
        "days": [number for number in DAYS if number <= MAX_DAYS],
        "longest": MAX_QUESTION,
        "link": link,
        "guest": guest,
    }
    response = render(request, "inbox/_side_threads.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
@member_view(Permission.CONVERSATIONS_VIEW, post=Permission.CONVERSATIONS_REPLY)
def side_threads_of(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Who was asked about a conversation; POST makes a link, which this one answer shows."""
    if request.method != "POST":
        return _sheet(request, conversation_id)
    chosen = [number_after(text, field="messages") for text in request.POST.getlist("messages")]
    side, token = side_threads.open_side_thread(
        member=request.membership,
        conversation_id=conversation_id,
        guest_name=request.POST.get("guest_name", ""),
        question=request.POST.get("question", ""),
        days=number_after(request.POST.get("days", ""), field="days") or 0,
        shows=request.POST.get("shows", ""),
        message_ids=[number for number in chosen if number is not None],
    )
    link = request.build_absolute_uri(reverse("guest", args=[token]))
    return _sheet(request, conversation_id, link=link, guest=side.guest_name)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def say(request: MemberRequest, slug: str, side_thread_id: int) -> HttpResponse:
    """Say something more to a guest."""
    side = side_threads.say(member=request.membership, side_thread_id=side_thread_id, body=request.POST.get("question", ""))
    return _sheet(request, side.conversation_id)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def revoke(request: MemberRequest, slug: str, side_thread_id: int) -> HttpResponse:
    """Close a link."""
    side = side_threads.revoke(member=request.membership, side_thread_id=side_thread_id)
    return _sheet(request, side.conversation_id)
