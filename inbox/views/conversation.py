"""One conversation: its thread, and what stands beside it."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from accounts.selectors import members_who_may, teams
from core.clock import now
from core.htmx import page_or_part
from crm.selectors import identities_of
from inbox import selectors
from inbox.models import Conversation, Direction, Message, Priority, Status, Visibility
from inbox.panels import activity_of
from inbox.selectors import ListQuery, ThreadPage
from inbox.services import letters
from inbox.services.approval_rule import binds
from inbox.views.drafts import drafts_shown, first_draft
from inbox.views.heard import heard_in
from inbox.views.listing import list_context
from inbox.views.planned_shown import asked_shown, planned_shown
from inbox.views.scroll import is_whole, opening, run_context
from inbox.views.shown import channel_trouble, conversation_url, messages_shown
from inbox.views.tree import list_url
from social.models import ChannelState
from social.networks import network_of, networks
from social.selectors import templates_of
from social.services import chosen_files

#: Threads so short show their first post anyway.
PIN_FROM = 4


def thread_context(request: MemberRequest, conversation: Conversation) -> dict[str, Any]:
    """What the parts around the messages show: head, strip, state, composer. No query, or one for templates."""
    member, channel = request.membership, conversation.channel
    network = network_of(channel.network)
    public = conversation.visibility == Visibility.PUBLIC
    answers = network.answers(conversation.visibility)
    followers = selectors.followers_of(conversation)
    return {
        "followers": followers,
        "follows": any(one.id == member.id for one in followers),
        "conversation": conversation,
        "network": network,
        "may_reply": member.may(Permission.CONVERSATIONS_REPLY),
        "answers": answers,
        "templates": () if public else templates_of(channel),
        "answers_privately": public and network.answers_privately(conversation.thread_key),
        "may_assign": member.may(Permission.CONVERSATIONS_ASSIGN),
        "may_resolve": member.may(Permission.CONVERSATIONS_RESOLVE),
        "channel_trouble": channel_trouble(channel),
        "reply_closed": channel.state == ChannelState.DISCONNECTED,
        "statuses": [(value, label) for value, label in Status.choices if value != Status.SNOOZED or conversation.status == value],
        "priorities": Priority.choices,
        "threads_replies": public and network.threads_replies,
        "planned": planned_shown(conversation),
        "asked": asked_shown(conversation),
        "may_approve": member.may(Permission.REPLIES_APPROVE),
        "needs_approval": binds(
            selectors.rule_of(conversation), member, channel_id=channel.id, visibility=conversation.visibility
        ),
        "drafts": drafts_shown(conversation, slug=request.workspace.slug),
        "composer": {
            **first_draft(conversation, closed=channel.state == ChannelState.DISCONNECTED or not answers),
            "key": secrets.token_urlsafe(18),
            "limit": network.limits.public_length if public else network.limits.private_length,
            "counts": (network.counting if public else network.private_counting or network.counting).for_page(),
            "files": network.media_count(private=not public),
            "file_bytes": chosen_files.largest(network),
            "file_types": chosen_files.accepted_types(network),
            "parting": None if public else network.parting,
            "signature": letters.signature_of(conversation, member),
        },
    }


def open_context(request: MemberRequest, conversation: Conversation, query: ListQuery) -> dict[str, Any]:
    """The whole open conversation: thread, composer, contact. Nine queries at any length, one more where words are unread."""
    first = selectors.first_post(conversation) if conversation.visibility == Visibility.PUBLIC else None
    page, unread = opening(request, conversation)
    is_past = bool(page.after)
    contact_id = conversation.contact_id
    slug = request.workspace.slug
    known = networks()
    around = thread_context(request, conversation)
    around["composer"]["seen"] = max((row.id for row in page.messages), default=0)
    others = [row for row in selectors.conversations_of(contact_id, limit=8) if row.id != conversation.id]
    return {
        **around,
        "query": query,
        "list_url": list_url(slug, query),
        "page_url": next((row.url for row in reversed(page.messages) if row.direction == Direction.IN and row.url), ""),
        # Whoever named us later may be answered as anybody.
        "found_by": _found_by(page),
        "pinned": _pinned(request, conversation, first, page),
        "is_past": is_past,
        "above": None if page.before else selectors.published_above(conversation, first),
        "closes_at": _closes_at(conversation, page),
        "now": now(),
        "customer_words": heard_in(page.messages),
        "names_me": any(request.membership.id in row.shown_context.get("mentioned", ()) for row in page.messages),
        "thread_mark": page.mark,
        **_ways(request, conversation, query),
        **_beside(slug, first),
        **run_context(request, conversation, page, first_id=first.id if first else None, unread=unread),
        "identities": [(row, known.get(row.network), _profile_url(row)) for row in identities_of(contact_id)],
        **activity_of(contact_id),
        "others": [(row, network_of(row.channel.network), conversation_url(slug, row.id)) for row in others],
    }


def _closes_at(conversation: Conversation, page: ThreadPage) -> datetime | None:
    """Until when the network lets us answer, counted from the customer's last word; None where it sets no end."""
    window = network_of(conversation.channel.network).limits.reply_window_seconds
    if window is None or conversation.visibility != Visibility.PRIVATE:
        return None
    heard = max((row.occurred_at for row in page.messages if row.direction == Direction.IN), default=None)
    if page.after:  # opened further up: the list knows who spoke last, and when
        heard = conversation.last_activity_at if conversation.last_direction == Direction.IN else heard
    return heard + timedelta(seconds=window) if heard else None


def _ways(request: MemberRequest, conversation: Conversation, query: ListQuery) -> dict[str, Any]:
    """Where the menu of the thread leads: its newest words, this conversation alone, or all that was said with its contact."""
    here = conversation_url(request.workspace.slug, conversation.id, query)
    sign = "&" if "?" in here else "?"
    whole = is_whole(request.GET)
    kept = "&scope=contact" if whole else ""
    return {
        "whole": whole,
        "here_url": here,
        "whole_url": f"{here}{sign}scope=contact",
        "newest_url": f"{here}{sign}at=newest{kept}",
    }


def _beside(slug: str, first: Message | None) -> dict[str, Any]:
    """What stands around the post that began a public thread: what it answers elsewhere, and how many others answer it."""
    if first is None:
        return {}
    parent = first.parent
    if parent and parent["conversation"] != first.conversation_id:
        address = conversation_url(slug, parent["conversation"])
        parent = {**parent, "url": f"{address}?view=all&at={parent['id']}#m-{parent['id']}"}
    else:
        parent = None
    return {"parent": parent, "siblings": first.siblings}


def _found_by(page: ThreadPage) -> str:
    """How the customer's newest word was found, where it names nobody of ours."""
    newest = next((row for row in reversed(page.messages) if row.direction == Direction.IN), None)
    return newest.shown_context.get("found_by", "") if newest else ""


def _profile_url(identity: Any) -> str:
    network = networks().get(identity.network)
    return network.profile_url(identity.handle) if network else ""


def _pinned(request: MemberRequest, conversation: Conversation, first: Message | None, page: ThreadPage) -> Any:
    if first is None or conversation.message_count < PIN_FROM:
        return None
    return messages_shown(conversation, [first], member=request.membership, whole=True, opens_id=first.id)[0]


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def conversation(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """A conversation: for htmx the open part, else the whole inbox with it open."""
    query = ListQuery.parse(request.GET)
    row = selectors.get_conversation(conversation_id, reader=request.membership)
    context = open_context(request, row, query)
    if request.headers.get("HX-Request") != "true":
        context = {**list_context(request, query), **context}
    return page_or_part(request, page="inbox/page.html", part="inbox/_open.html", context=context)


@require_GET
@member_view(Permission.CONVERSATIONS_ASSIGN)
def assignees(request: MemberRequest, slug: str) -> HttpResponse:
    """People and teams a conversation can be given to: the menu's content, fetched when it first opens."""
    context = {"people": members_who_may(Permission.CONVERSATIONS_REPLY), "teams": teams()}
    return render(request, "inbox/_assign.html", context)


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def of_delivery(request: MemberRequest, slug: str, delivery_id: int) -> HttpResponse:
    """From something to be sent to the conversation it stands in."""
    message = selectors.message_of_delivery(delivery_id)
    return redirect(f"{conversation_url(slug, message.conversation_id)}?at={message.id}#m-{message.id}")
