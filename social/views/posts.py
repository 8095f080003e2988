"""Posts: the page on which something new is written for several channels at once, and what became of what was written."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest, calls_network, member_view
from accounts.policies import Permission
from core.errors import Conflict, Invalid, RabtaError
from core.htmx import wants_part
from core.keyset import MAX_ID, number_after
from social import selectors
from social.models import Channel, Post
from social.networks import network_of
from social.services import chosen_files, outbox, publishing
from social.views.kept import handed_out, whole_body

PAGE = 20


@require_http_methods(["GET", "POST"])
@member_view(Permission.CONVERSATIONS_VIEW, post=Permission.POSTS_PUBLISH)
def posts(request: MemberRequest, slug: str) -> HttpResponse:
    """The form and the list, newest first. Four queries, however long the list is; with POST, publish.

    A refusal comes back as the sentence alone where the page's script asks, else as the page with what was typed.
    """
    if request.method == "POST":
        return _publish(request)
    return render(request, "social/posts.html", _context(request))


def _context(request: MemberRequest, **typed: Any) -> dict[str, Any]:
    before = number_after(request.GET.get("before", ""), field="before")
    found = selectors.posts(before_id=before, limit=PAGE + 1)
    may_publish = request.membership.may(Permission.POSTS_PUBLISH)
    context: dict[str, Any] = {
        "section": "channels",
        "rows": [row_shown(post) for post in found[:PAGE]],
        "may_publish": may_publish,
        "targets": [_target(channel) for channel in selectors.publishing_channels()] if may_publish else [],
        "chosen": {str(channel) for channel in typed.get("channels", ())},
        "typed": typed,
        "key": secrets.token_urlsafe(18),
        "file_bytes": settings.MEDIA_FILE_BYTES,
        "files": chosen_files.MAX_FILES,
        "past": before is not None,
    }
    if len(found) > PAGE:
        context["next_url"] = f"{reverse('posts', args=[request.workspace.slug])}?before={found[PAGE - 1].id}"
    return context


def row_shown(post: Post) -> dict[str, Any]:
    """A post as the list draws it. No query."""
    carried = [{"delivery": row, "network": network_of(row.channel.network)} for row in post.carried]
    recallable = any(row.state in outbox.RECALLABLE for row in post.carried)
    return {"post": post, "carried": carried, "recallable": recallable}


def _target(channel: Channel) -> dict[str, Any]:
    """A channel as the form offers it, with what its network counts and takes."""
    network = network_of(channel.network)
    limits = network.limits
    return {
        "channel": channel,
        "network": network,
        "files": network.media_count(private=False),
        "kinds": " ".join(limits.media_kinds),
        "types": " ".join(limits.media_types),
    }


def _publish(request: MemberRequest) -> HttpResponse:
    try:
        numbers = [_number(text, field="channels") for text in request.POST.getlist("channel")]
        publishing.publish(
            member=request.membership,
            channel_ids=numbers,
            body=request.POST.get("body", ""),
            media=list(_chosen(request)),
            send_at=_moment(request.POST.get("send_at", "")),
            idempotency_key=_own_key(request),
        )
    except (Invalid, Conflict) as error:
        if wants_part(request):
            raise
        return _again(request, error)
    messages.success(request, _("It is on its way."))
    # The page's script goes there itself: following a redirect, it would have read the message in the person's stead.
    return HttpResponse("") if wants_part(request) else redirect("posts", slug=request.workspace.slug)


def _again(request: MemberRequest, error: RabtaError) -> HttpResponse:
    typed = {"body": request.POST.get("body", ""), "channels": request.POST.getlist("channel"), "error": str(error)}
    return render(request, "social/posts.html", _context(request, **typed), status=error.status)


def _chosen(request: MemberRequest) -> Iterable[tuple[int, str]]:
    for text in request.POST.getlist("media"):
        number = _number(text, field="media")
        yield number, request.POST.get(f"alt-{number}", "")


def _number(text: str, *, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_ID):
        raise Invalid(_("This must be a whole number."), field=field, code="not_a_number")
    return int(text)


def _moment(text: str) -> datetime | None:
    """The moment that the page's script made of the reader's own clock: ISO time with its offset."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid(_("This time cannot be read."), field="send_at", code="not_a_time")
    return moment.astimezone(UTC)


def _own_key(request: MemberRequest) -> str:
    """The page's key, made the member's own, so that nobody can spend another's."""
    key = request.POST.get("idempotency_key", "")
    return f"page:{request.membership.pk}:{key}" if key else ""


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def post(request: MemberRequest, slug: str, post_id: int) -> HttpResponse:
    """One row of the list, for a page that watches it. Two queries."""
    return _row(request, selectors.get_post(post_id))


def _row(request: MemberRequest, row: Post) -> HttpResponse:
    context = {"row": row_shown(row), "may_publish": request.membership.may(Permission.POSTS_PUBLISH)}
    return render(request, "social/_post.html", context)


@require_POST
@member_view(Permission.POSTS_PUBLISH)
def take_back(request: MemberRequest, slug: str, post_id: int) -> HttpResponse:
    """Stop it wherever it has not left yet."""
    try:
        publishing.take_back(member=request.membership, post_id=post_id)
        messages.success(request, _("Taken back."))
    except Conflict as error:
        messages.error(request, str(error))
    return _back(request, post_id)


@require_POST
@member_view(Permission.POSTS_PUBLISH)
def settle(request: MemberRequest, slug: str, post_id: int, delivery_id: int) -> HttpResponse:
    """Try again, give up, or say whether it arrived: `deed` is retry, discard, arrived or again."""
    carried = next((row for row in selectors.get_post(post_id).carried if row.id == delivery_id), None)
    if carried is None:
        raise selectors.no_such_post()
    which: dict[str, Any] = {"delivery_id": carried.id, "actor_id": request.membership.pk}
    deed = request.POST.get("deed", "")
    try:
        if deed == "retry":
            outbox.retry(**which)
        elif deed == "discard":
            outbox.discard(**which)
        elif deed in ("arrived", "again"):
            outbox.decide(**which, arrived=deed == "arrived")
        else:
            raise Invalid(_("There is no such choice."), field="deed")
    except Conflict as error:
        messages.error(request, str(error))
    return _back(request, post_id)


def _back(request: MemberRequest, post_id: int) -> HttpResponse:
    return redirect(f"{reverse('posts', args=[request.workspace.slug])}#post-{post_id}")


@require_POST
@calls_network
@member_view(Permission.POSTS_PUBLISH)
def attach(request: MemberRequest, slug: str) -> HttpResponse:
    """Take one file for a post: the body is its bytes, its name a parameter. Answers how it stands in the form."""
    file = publishing.attach(
        member=request.membership, name=request.GET.get("name", ""), content=whole_body(request)
    )
    address = reverse("posts_chosen", args=[request.workspace.slug, file.pk])
    # Some of the channels take a description, whichever are ticked later.
    context = {"file": file, "address": address, "alt_kinds": ("image", "video", "audio")}
    return render(request, "social/_attachment.html", context)


@require_GET
@calls_network
@member_view(Permission.CONVERSATIONS_VIEW)
def chosen(request: MemberRequest, slug: str, file_id: int) -> HttpResponseBase:
    """A file of a post, as the form and the list show it."""
    file = publishing.chosen_here(member=request.membership, file_id=file_id)
    return handed_out(request, file, workspace_id=request.workspace.pk, small=True)
