"""What changed since a page last looked: one small document that the page's script puts in its places.

Everything an agent does to a conversation is answered with the same document, so the page has one way to bring itself up to date.
"""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Invalid, NotFound
from core.htmx import wants_part
from core.keyset import number_after
from inbox import selectors
from inbox.models import Conversation
from inbox.selectors import ListQuery
from inbox.views.conversation import thread_context
from inbox.views.shown import conversation_url, messages_shown, rows_shown
from inbox.views.tree import Tallies


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def changes(request: MemberRequest, slug: str) -> HttpResponse:
    """Changed rows, gone rows, counts, and of the open conversation what is new or changed."""
    return render(request, "inbox/_changes.html", changes_context(request, request.GET))


def answer_deed(request: MemberRequest, conversation_id: int) -> HttpResponse:
    """After something was done to a conversation: the changes for an open page, the conversation's page for all others."""
    if not wants_part(request):
        return redirect(conversation_url(request.workspace.slug, conversation_id))
    if "since" not in request.POST:  # an undo button, which knows no page
        return HttpResponse(status=204)
    return render(request, "inbox/_changes.html", changes_context(request, request.POST))


def changes_context(request: MemberRequest, data: QueryDict) -> dict[str, Any]:
    """From what the page says of itself: `since` and `thread_since` (marks), the list's query, `open` (a conversation)."""
    slug = request.workspace.slug
    query = _list_of(data)
    since = number_after(data.get("since", ""), field="since")
    if since is None:
        raise Invalid(_("“since” is missing."), field="since", code="required")
    found = selectors.changes(query, request.membership, since=since)
    return {
        "mark": found.mark,
        "reload": found.reload,
        "gone": " ".join(map(str, found.gone)),
        "rows": rows_shown(found.rows, slug=slug, query=query),
        "texts": Tallies.read(request).texts(query),
        **_open_changes(request, data),
    }


def _list_of(data: QueryDict) -> ListQuery:
    """The list a page shows: as one text, since what it is narrowed down by is called like what forms change."""
    return ListQuery.parse(QueryDict(data["list"]) if "list" in data else {"view": data.get("view", "")})


def _open_changes(request: MemberRequest, data: QueryDict) -> dict[str, Any]:
    """The open conversation's part; empty while nothing in it changed, or when none is open."""
    conversation_id = number_after(data.get("open", ""), field="open")
    since = number_after(data.get("thread_since", ""), field="thread_since")
    if conversation_id is None or since is None:
        return {}
    try:
        conversation: Conversation = selectors.get_conversation(conversation_id, reader=request.membership)
    except NotFound:
        return {"open_gone": True}
    page = selectors.changed_messages(conversation, since=since)
    shown: dict[str, Any] = {"open_id": conversation.id, "thread_mark": page.mark}
    if len(page.messages) >= selectors.MAX_CHANGES:
        return {**shown, "thread_reload": True}
    messages = messages_shown(conversation, page.messages, member=request.membership, whole=False)
    if messages or conversation.version >= since:
        shown |= {**thread_context(request, conversation), "changed_messages": messages}
    return shown
