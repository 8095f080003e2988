"""The list of conversations, and the views beside it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.names import addressed
from inbox import selectors
from inbox.models import Visibility
from inbox.selectors import VIEWS, ListQuery
from inbox.views.shown import rows_shown
from social.models import Channel, ChannelState
from social.networks import network_of
from social.networks.base import Network
from social.selectors import channels

ICONS = {
    "mine": "user-check",
    "unassigned": "user-off",
    "open": "inbox",
    "pending": "zzz",
    "drafts": "pencil",
    "scheduled": "calendar",
    "trouble": "alert-triangle",
    "resolved": "circle-check",
    "all": "archive",
}
#: Views that hold a count worth showing: what waits for somebody.
COUNTED = ("mine", "unassigned", "open", "pending", "drafts", "scheduled", "trouble")
#: Lines of the tree whose count pages mend: the views above, and the outbox.
KEPT_COUNTS = (*COUNTED, "outbox", "approvals")


@dataclass(frozen=True, slots=True)
class ViewShown:
    """One line of the tree. `key` names its count on the page."""

    key: str
    label: str
    url: str
    current: bool
    count: int | None
    icon: str = ""
    network: Network | None = None
    trouble: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Tallies:
    """The numbers of the tree: each view's, and each channel's open ones."""

    views: dict[str, int]
    channels: dict[int, int]

    @classmethod
    def read(cls, request: MemberRequest) -> "Tallies":
        """Three queries at any size."""
        return cls(selectors.counts(request.membership), selectors.channel_counts())

    def of(self, query: ListQuery) -> int | None:
        """How many a list holds; None where no counter knows."""
        if query.visibility:
            return None
        if query.channel_id:
            return self.channels.get(query.channel_id, 0) if query.view == "open" else None
        return self.views.get(query.view)

    def texts(self, query: ListQuery) -> dict[str, int]:
        """Id of an element → its number, for pages that are already open."""
        found = {f"count-{key}": self.views.get(key, 0) for key in KEPT_COUNTS}
        found |= {f"count-channel-{channel_id}": number for channel_id, number in self.channels.items()}
        found["rail-count"] = self.views.get("mine", 0)
        number = self.of(query)
        return found if number is None else {**found, "view-count": number}


def list_url(slug: str, query: ListQuery) -> str:
    """The address of a list."""
    return f"{reverse('inbox', args=[slug])}?{urlencode(query.parameters())}"


def list_context(request: MemberRequest, query: ListQuery) -> dict[str, Any]:
    """Everything the list and the tree show: the first page, counts, filters. Six queries at any size."""
    slug = request.workspace.slug
    tallies = Tallies.read(request)
    known = channels()
    return {
        "section": "inbox",
        "query": query,
        "tree": _tree(slug, query, tallies, may_approve=request.membership.may(Permission.REPLIES_APPROVE)),
        "channel_tree": [_channel_line(slug, query, tallies, channel) for channel in known],
        "tabs": _tabs(slug, query),
        "title": _title(query, known),
        "view_count": tallies.of(query),
        "inbox_count": tallies.views.get("mine", 0),
        "list_url": list_url(slug, query),
        "empty": _empty(request, query, known),
        **rows_context(request, query),
    }


def rows_context(request: MemberRequest, query: ListQuery, *, after: str = "") -> dict[str, Any]:
    """One page of rows and the address of the next. Two queries."""
    slug = request.workspace.slug
    page = selectors.list_page(query, request.membership, after=after)
    more = f"{reverse('inbox_rows', args=[slug])}?{urlencode({**query.parameters(), 'after': page.after})}"
    return {
        "rows": rows_shown(page.rows, slug=slug, query=query),
        "next_url": more if page.after else "",
        "mark": page.mark,
        "after": after,
    }


def _tree(slug: str, query: ListQuery, tallies: Tallies, *, may_approve: bool) -> list[ViewShown]:
    lines = []
    for key, label in VIEWS.items():
        number = tallies.views.get(key, 0) if key in COUNTED else None
        lines.append(
            ViewShown(
                key=f"count-{key}",
                label=str(label),
                url=list_url(slug, ListQuery(view=key)),
                current=query.view == key and not query.channel_id,
                count=number,
                icon=ICONS[key],
                trouble=key == "trouble" and bool(number),
            )
        )
        if key == "trouble" and tallies.views.get("outbox", 0):
            lines.append(_outbox_line(slug, tallies))
        if key == "scheduled" and may_approve:
            lines.append(_approvals_line(slug, tallies))
    return lines


def _approvals_line(slug: str, tallies: Tallies) -> ViewShown:
    """Leads out of the list: replies that wait for a supervisor's word."""
    address = reverse("approvals", args=[slug])
    number = tallies.views.get("approvals", 0)
    return ViewShown(key="count-approvals", label=_("To approve"), url=address, current=False, count=number, icon="checks")


def _outbox_line(slug: str, tallies: Tallies) -> ViewShown:
    """Leads out of the list: each delivery that a person has to settle, whatever its conversation."""
    number = tallies.views.get("outbox", 0)
    return ViewShown(
        key="count-outbox",
        label=_("Settle in one list"),
        url=reverse("outbox", args=[slug]),
        current=False,
        count=number,
        icon="send",
        trouble=True,
    )


def _channel_line(slug: str, query: ListQuery, tallies: Tallies, channel: Channel) -> ViewShown:
    return ViewShown(
        key=f"count-channel-{channel.id}",
        label=channel.name,
        hint=addressed(channel.handle),
        url=list_url(slug, ListQuery(channel_id=channel.id)),
        current=query.channel_id == channel.id,
        count=tallies.channels.get(channel.id, 0),
        network=network_of(channel.network),
        trouble=channel.state == ChannelState.NEEDS_RECONNECT,
    )


def _tabs(slug: str, query: ListQuery) -> list[dict[str, Any]]:
    kinds = (("", _("All")), (Visibility.PUBLIC, _("Public")), (Visibility.PRIVATE, _("Private")))
    return [
        {
            "label": label,
            "url": list_url(slug, ListQuery(query.view, query.channel_id, str(kind))),
            "current": query.visibility == kind,
        }
        for kind, label in kinds
    ]


def _title(query: ListQuery, known: list[Channel]) -> str:
    channel = next((row for row in known if row.id == query.channel_id), None)
    return channel.name if channel else str(VIEWS[query.view])


def _empty(request: MemberRequest, query: ListQuery, known: list[Channel]) -> dict[str, str]:
    """What an empty list says, and the way on."""
    if not known:
        may = request.membership.may(Permission.CHANNELS_CONNECT)
        return {
            "icon": "plug",
            "title": _("No account is connected yet"),
            "text": _("Connect one, and what customers write there appears here by itself."),
            "url": reverse("connect", args=[request.workspace.slug]) if may else "",
            "action": _("Connect an account"),
        }
    texts = {
        "mine": (_("Nothing of yours is waiting"), _("Take one from Unassigned, or enjoy the quiet.")),
        "unassigned": (_("Everything has somebody"), _("New conversations appear here until a person takes them.")),
        "open": (_("All answered"), _("New messages appear here by themselves.")),
        "pending": (_("Nothing is on hold"), _("What you set to pending waits here.")),
        "drafts": (_("Nothing begun and not sent"), _("What you begin to write and leave is kept here, on any device.")),
        "scheduled": (_("Nothing is planned"), _("Replies that wait for their time stand here.")),
        "trouble": (_("Every reply arrived"), _("Replies that fail, or that need your decision, gather here.")),
        "resolved": (_("Nothing resolved yet"), _("Finished conversations rest here, and reopen when the customer writes.")),
        "all": (_("No conversations yet"), _("What customers write on your channels appears here.")),
    }
    title, text = texts[query.view]
    return {"icon": ICONS[query.view], "title": title, "text": text, "url": "", "action": ""}


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def inbox(request: MemberRequest, slug: str) -> HttpResponse:
    """The inbox with nothing open."""
    return render(request, "inbox/page.html", list_context(request, ListQuery.parse(request.GET)))


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def rows(request: MemberRequest, slug: str) -> HttpResponse:
    """Older rows for the end of the list, or the list anew."""
    query = ListQuery.parse(request.GET)
    context = rows_context(request, query, after=request.GET.get("after", ""))
    context["empty"] = _empty(request, query, channels()) if not context["rows"] and not context["after"] else {}
    return render(request, "inbox/_rows.html", context)
