"""The search page: one question, what answers it, and how to ask better."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Invalid
from core.htmx import page_or_part
from search import selectors
from search.models import Kind
from search.question import MAX_LENGTH
from search.selectors import MANY, FoundPage, Hit
from social.networks import network_of

#: What can be put into a question, and what it does. The words themselves are the question's and stay as they are.
OPERATORS = ("from:", "on:", "tag:", "before:", "after:", "is:waiting", "is:open", "is:mine", "is:unread", "is:note", '""', "-")


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def search(request: MemberRequest, slug: str) -> HttpResponse:
    """The page with what was found; for htmx only that. A question that cannot be understood says so in its place."""
    text = request.GET.get("q", "").replace("\x00", "")
    kind = request.GET.get("kind", "")
    kind = kind if kind in Kind.values else ""
    trouble, found = "", FoundPage([], "", None)
    try:
        question = selectors.asked(text)
        found = selectors.find(question, request.membership, kinds=[kind] if kind else (), after=request.GET.get("after", ""))
    except Invalid as error:
        trouble = str(error)
    here = reverse("search", args=[slug])
    context = {
        "section": "search",
        "text": text[:MAX_LENGTH],
        "limit": MAX_LENGTH,
        "kind": kind,
        "tabs": _tabs(request, here, text, kind),
        "operators": OPERATORS,
        "trouble": trouble,
        "hits": [_shown(slug, hit) for hit in found.hits],
        "total": found.total,
        "is_many": found.total is not None and found.total >= MANY,
        "after": request.GET.get("after", ""),
        "next_url": f"{here}?{urlencode({'q': text, 'kind': kind, 'after': found.after})}" if found.after else "",
    }
    status = 422 if trouble else 200
    return page_or_part(request, page="search/page.html", part="search/_hits.html", context=context, status=status)


def _tabs(request: MemberRequest, here: str, text: str, kind: str) -> list[dict[str, Any]]:
    kinds = [("", _("Everything")), (Kind.IN, _("From customers")), (Kind.OUT, _("From us")), (Kind.NOTE, _("Notes"))]
    kinds += [(Kind.CONTACT, _("People"))] if request.membership.may(Permission.CONTACTS_VIEW) else []
    return [
        {"label": label, "url": f"{here}?{urlencode({'q': text, 'kind': str(value)})}", "current": kind == value}
        for value, label in kinds
    ]


def _shown(slug: str, hit: Hit) -> dict[str, Any]:
    """A hit with its address: a message opens its thread where it stands."""
    if hit.message is None:
        network = next((row.network for row in hit.contact.identities.all()), "")
        address = reverse("contact", args=[slug, hit.contact.pk])
        return {"hit": hit, "url": address, "network": network_of(network) if network else None}
    thread = reverse("inbox_conversation", args=[slug, hit.message.conversation_id])
    address = f"{thread}?{urlencode({'view': 'all', 'at': hit.message.pk})}#m-{hit.message.pk}"
    return {"hit": hit, "url": address, "network": network_of(hit.channel.network) if hit.channel else None}
