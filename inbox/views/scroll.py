"""Moving through a thread: where it opens, what comes before and after, a day, and who else stands below the same post."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Invalid
from core.keyset import Position, number_after
from inbox import selectors
from inbox.models import Conversation, Message
from inbox.selectors import ThreadPage, scroll
from inbox.selectors.scroll import Scope
from inbox.views.shown import MessageShown, conversation_url, messages_shown
from social.networks import network_of
from social.networks.base import Network


@dataclass(frozen=True, slots=True)
class Run:
    """Messages of one conversation that follow each other. `is_other`: not of the one that is open."""

    conversation: Conversation
    network: Network
    messages: list[MessageShown]
    is_other: bool
    url: str


def is_whole(data: QueryDict) -> bool:
    """Whether all of a contact's messages are asked for."""
    return data.get("scope") == "contact"


def opening(request: MemberRequest, conversation: Conversation) -> tuple[ThreadPage, Position | None]:
    """The page a thread opens with, and where its unread words begin: at a message (`at`), a day (`on`), the newest (`at=newest`),
    else at the first unread one. At most four queries at any length.
    """
    whole = Scope(conversation, is_whole(request.GET))
    unread = scroll.first_unread(conversation)
    at, on = request.GET.get("at", ""), request.GET.get("on", "")
    if on:
        return scroll.around(whole, scroll.day_start(_day(on), timezone.get_current_timezone())), unread
    wanted = number_after(at, field="at") if at != "newest" else None
    if wanted is not None:
        message = selectors.get_message(wanted)
        if message.conversation_id == conversation.id:
            return scroll.around(whole, Position(message.occurred_at, message.id)), unread
    if unread is not None and at != "newest":
        return scroll.around(whole, unread), unread
    return scroll.before(whole), unread


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("A day is written like 2026-03-01."), field="on") from error


def run_context(
    request: MemberRequest, conversation: Conversation, page: ThreadPage, *, first_id: int | None, unread: Position | None = None
) -> dict[str, Any]:
    """A run of messages, the addresses of what comes before and after, and the place of the line above the unread ones."""
    slug, whole = request.workspace.slug, is_whole(request.GET)
    kept = {"scope": "contact"} if whole else {}

    def more(name: str, **place: str) -> str:
        return f"{reverse(name, args=[slug, conversation.id])}?{urlencode({**place, **kept})}"

    return {
        "runs": list(_runs(request, conversation, page.messages, first_id=first_id)),
        "earlier_url": more("inbox_earlier", before=page.before) if page.before else "",
        "later_url": more("inbox_later", after=page.after) if page.after else "",
        "earlier_base": more("inbox_earlier"),
        "later_base": more("inbox_later"),
        "unread_id": unread.id if unread else None,
    }


def _runs(request: MemberRequest, conversation: Conversation, rows: Iterable[Message], *, first_id: int | None) -> Iterable[Run]:
    for number, group in groupby(rows, key=lambda row: row.conversation_id):
        run = list(group)
        own = number == conversation.id
        talk = conversation if own else run[0].conversation
        shown = messages_shown(talk, run, member=request.membership, whole=True, opens_id=first_id if own else None)
        yield Run(talk, network_of(talk.channel.network), shown, not own, conversation_url(request.workspace.slug, talk.id))


def _fragment(request: MemberRequest, conversation: Conversation, page: ThreadPage) -> HttpResponse:
    first = selectors.first_post(conversation) if not page.before else None
    context = {"conversation": conversation, "network": network_of(conversation.channel.network)}
    context |= run_context(request, conversation, page, first_id=first.id if first else None)
    return render(request, "inbox/_message_run.html", context)


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def earlier(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """The messages before a place, for the top of an open thread."""
    row = selectors.get_conversation(conversation_id)
    place = Position.decode(request.GET.get("before", ""), field="before")
    return _fragment(request, row, scroll.before(Scope(row, is_whole(request.GET)), place or scroll.END))


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def later(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """The messages after a place, for the end of a thread that was opened further up."""
    row = selectors.get_conversation(conversation_id)
    place = Position.decode(request.GET.get("after", ""), field="after")
    whole = Scope(row, is_whole(request.GET))
    return _fragment(request, row, scroll.after(whole, place) if place else scroll.before(whole))


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def siblings(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Who else stands below the same post: the fold's content, read when it is opened."""
    row = selectors.get_conversation(conversation_id)
    rows = [(other, conversation_url(slug, other.id)) for other in scroll.siblings(row)]
    return render(request, "inbox/_siblings.html", {"rows": rows})
