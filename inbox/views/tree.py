"""The tree of views beside the list, and its numbers."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.access import MemberRequest
from accounts.models import Team
from accounts.policies import Permission
from accounts.selectors import teams_of
from core.errors import Invalid
from core.names import addressed
from crm.models import Tag
from crm.selectors import tags_of
from inbox import selectors
from inbox.models import SavedView, Scope
from inbox.selectors import VIEWS, ListQuery, Numbers
from social.models import Channel, ChannelState
from social.networks import network_of
from social.networks.base import Network

ICONS = {
    "mine": "user-check",
    "following": "eye",
    "mentions": "at",
    "unassigned": "user-off",
    "open": "inbox",
    "pending": "player-pause",
    "snoozed": "zzz",
    "drafts": "pencil",
    "scheduled": "calendar",
    "trouble": "alert-triangle",
    "resolved": "circle-check",
    "spam": "hand-stop",
    "all": "archive",
}
#: Views that hold a count worth showing: what waits for somebody.
COUNTED = ("mine", "mentions", "unassigned", "open", "pending", "snoozed", "drafts", "scheduled", "trouble", "spam")
#: Lines of the tree whose count pages mend: the views above, and the outbox.
KEPT_COUNTS = (*COUNTED, "outbox", "approvals")
#: The tree shows the tags that most open conversations carry; the filter knows all of them.
MOST_TAGS = 12
#: This device's folded parts of the tree: names with dots between.
FOLDS_COOKIE = "folds"


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
    tone: str = ""
    #: Number of a kept list.
    saved: int | None = None


@dataclass(frozen=True, slots=True)
class PartShown:
    """A part of the tree that folds."""

    key: str
    label: str
    lines: list[ViewShown]
    folded: bool = False
    #: Where it is kept in order: address and what that is called.
    manage_url: str = ""
    manage_label: str = ""


@dataclass(frozen=True, slots=True)
class Tallies:
    """The numbers of the tree."""

    numbers: Numbers
    outbox: int = field(default=0)

    @classmethod
    def read(cls, request: MemberRequest) -> "Tallies":
        """One query at any size."""
        found = selectors.numbers(request.membership)
        return cls(found, found.views.get("outbox", 0))

    def of(self, query: ListQuery) -> int | None:
        """How many a list holds; None where no counter knows."""
        if not query.filters:
            return self.numbers.views.get(query.view)
        if len(query.filters) > 1 or query.view != "open":
            return None
        kept = {"channel": self.numbers.channels, "team": self.numbers.teams, "tag": self.numbers.tags}
        key, _values = query.filters[0]
        value = query.only(key)
        return kept[key].get(int(value), 0) if key in kept and value.isdigit() else None

    def texts(self, query: ListQuery) -> dict[str, int]:
        """Id of an element → its number, for pages that are already open."""
        kept = self.numbers
        found = {f"count-{key}": kept.views.get(key, 0) for key in KEPT_COUNTS}
        for kind, counts in (("channel", kept.channels), ("team", kept.teams), ("tag", kept.tags)):
            found |= {f"count-{kind}-{number}": count for number, count in counts.items()}
        found["rail-count"] = kept.views.get("mine", 0)
        number = self.of(query)
        return found if number is None else {**found, "view-count": number}


def list_url(slug: str, query: ListQuery) -> str:
    """The address of a list."""
    return f"{reverse('inbox', args=[slug])}?{query_text(query)}"


def query_text(query: ListQuery) -> str:
    """A list as the parameters of an address; commas stay commas."""
    return urlencode(query.parameters()).replace("%2C", ",")


def view_query(view: SavedView) -> ListQuery:
    """The list a kept view stands for. What it asked for may be gone since: then it is the plain list."""
    try:
        return ListQuery.parse({**view.parameters, "saved": str(view.pk)})
    except Invalid:
        return ListQuery(saved=view.pk)


def tree(
    request: MemberRequest, query: ListQuery, tallies: Tallies, known: list[Channel], kept: list[SavedView]
) -> list[PartShown]:
    """Every part of the tree that has something in it. Two queries: the member's teams, the tags that stand there."""
    slug = request.workspace.slug
    counts = tallies.numbers
    folds = request.COOKIES.get(FOLDS_COOKIE, "").split(".")
    teams = teams_of(request.membership.pk)
    parts = [
        PartShown("views", _("Views"), _views(request, query, tallies)),
        PartShown("kept", _("Kept"), [_kept_line(slug, query, view) for view in kept]),
        PartShown("teams", _("Teams"), [_team_line(slug, query, counts, team) for team in teams]),
        _tags(request, query, counts),
        PartShown("channels", _("Channels"), [_channel_line(slug, query, counts, channel) for channel in known]),
    ]
    return [_folded(part, folds) for part in parts if part.lines]


def _folded(part: PartShown, folds: list[str]) -> PartShown:
    return PartShown(part.key, part.label, part.lines, part.key in folds, part.manage_url, part.manage_label)


def _views(request: MemberRequest, query: ListQuery, tallies: Tallies) -> list[ViewShown]:
    slug, lines = request.workspace.slug, []
    for key, label in VIEWS.items():
        number = tallies.numbers.views.get(key, 0) if key in COUNTED else None
        lines.append(
            ViewShown(
                key=f"count-{key}",
                label=str(label),
                url=list_url(slug, ListQuery(view=key)),
                current=query.view == key and not _placed(query),
                count=number,
                icon=ICONS[key],
                trouble=key == "trouble" and bool(number),
            )
        )
        if key == "trouble" and tallies.outbox:
            lines.append(_outbox_line(slug, tallies))
        if key == "scheduled" and request.membership.may(Permission.REPLIES_APPROVE):
            lines.append(_approvals_line(slug, tallies))
    return lines


def _approvals_line(slug: str, tallies: Tallies) -> ViewShown:
    """Leads out of the list: replies that wait for a supervisor's word."""
    address = reverse("approvals", args=[slug])
    number = tallies.numbers.views.get("approvals", 0)
    return ViewShown(key="count-approvals", label=_("To approve"), url=address, current=False, count=number, icon="checks")


def _placed(query: ListQuery) -> bool:
    """Whether another line of the tree is where this list stands."""
    return bool(query.saved) or any(query.only(key) for key in ("channel", "team", "tag"))


def _outbox_line(slug: str, tallies: Tallies) -> ViewShown:
    """Leads out of the list: each delivery that a person has to settle, whatever its conversation."""
    return ViewShown(
        key="count-outbox",
        label=_("Settle in one list"),
        url=reverse("outbox", args=[slug]),
        current=False,
        count=tallies.outbox,
        icon="send",
        trouble=True,
    )


def _kept_line(slug: str, query: ListQuery, view: SavedView) -> ViewShown:
    """Its number comes afterwards: no counter knows a list of any kind."""
    hint = view.team.name if view.scope == Scope.TEAM and view.team else str(Scope(view.scope).label)
    return ViewShown(
        key=f"count-kept-{view.pk}",
        label=view.name,
        url=list_url(slug, view_query(view)),
        current=query.saved == view.pk,
        count=0,
        icon=view.icon,
        hint=hint,
        saved=view.pk,
    )


def _team_line(slug: str, query: ListQuery, counts: Numbers, team: Team) -> ViewShown:
    return ViewShown(
        key=f"count-team-{team.pk}",
        label=team.name,
        url=list_url(slug, ListQuery().having("team", str(team.pk))),
        current=not query.saved and query.only("team") == str(team.pk),
        count=counts.teams.get(team.pk, 0),
        icon="users-group",
    )


def _channel_line(slug: str, query: ListQuery, counts: Numbers, channel: Channel) -> ViewShown:
    return ViewShown(
        key=f"count-channel-{channel.id}",
        label=channel.name,
        hint=addressed(channel.handle),
        url=list_url(slug, ListQuery().having("channel", str(channel.id))),
        current=not query.saved and query.channel_id == channel.id,
        count=counts.channels.get(channel.id, 0),
        network=network_of(channel.network),
        trouble=channel.state == ChannelState.NEEDS_RECONNECT,
    )


def _tags(request: MemberRequest, query: ListQuery, counts: Numbers) -> PartShown:
    """The tags most open conversations carry, and those the list is narrowed down to."""
    slug = request.workspace.slug
    often = sorted((-number, tag_id) for tag_id, number in counts.tags.items() if number)[:MOST_TAGS]
    wanted = {*(tag_id for _number, tag_id in often), *(int(value) for value in query.values("tag"))}
    lines = [_tag_line(slug, query, counts, tag) for tag in tags_of(wanted)]
    may = request.membership.may(Permission.TAGS_MANAGE)
    return PartShown(
        "tags", _("Tags"), lines, manage_url=reverse("tags", args=[slug]) if may else "", manage_label=_("All tags")
    )


def _tag_line(slug: str, query: ListQuery, counts: Numbers, tag: Tag) -> ViewShown:
    return ViewShown(
        key=f"count-tag-{tag.pk}",
        label=tag.name,
        url=list_url(slug, ListQuery().having("tag", str(tag.pk))),
        current=not query.saved and query.only("tag") == str(tag.pk),
        count=counts.tags.get(tag.pk, 0),
        tone=tag.tone,
    )


def shown_of(kept: Iterable[SavedView], query: ListQuery) -> SavedView | None:
    """The kept list that a list is named by, where this member sees it."""
    return next((view for view in kept if view.pk == query.saved), None)
