"""The list of conversations: what narrows it down, its rows, and the numbers that come after the page."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from inbox import selectors
from inbox.models import SavedView, Visibility
from inbox.selectors import VIEWS, ListQuery, facets, sorts
from inbox.selectors.facets import Choice, Facet
from inbox.services.saved_views import ICONS as VIEW_ICONS
from inbox.views.shown import rows_shown
from inbox.views.tree import ICONS, Tallies, list_url, query_text, shown_of, tree, view_query
from social.models import Channel
from social.networks import networks
from social.selectors import channels

#: Chosen beside the list's name, not in the filter.
TABS = ("visibility",)


@dataclass(frozen=True, slots=True)
class FilterShown:
    """One facet that is on: what it is set to, and the list without it."""

    key: str
    label: str
    icon: str
    words: str
    without_url: str


def list_context(request: MemberRequest, query: ListQuery, kept: list[SavedView] | None = None) -> dict[str, Any]:
    """Everything the list and the tree show: the first page, counts, filters. Six queries at any size, and one for each facet
    that is set to names.
    """
    slug = request.workspace.slug
    tallies = Tallies.read(request)
    known = channels()
    views = selectors.visible_views(request.membership) if kept is None else kept
    shown = shown_of(views, query)
    on = _filters(request, query, known)
    return {
        "section": "inbox",
        "query": query,
        "query_text": query_text(query),
        "tree": tree(request, query, tallies, known, views),
        "tabs": _tabs(slug, query),
        "orders": _orders(slug, query),
        "order": sorts()[query.sort],
        "filters": on,
        "bare_url": list_url(slug, query.plain()),
        "kept": shown,
        "kept_changed": shown is not None and view_query(shown) != query,
        "may_keep_kept": shown is not None and (shown.scope == "private" or request.membership.may(Permission.VIEWS_SHARE)),
        "view_icons": VIEW_ICONS,
        "title": _title(query, known, shown, on),
        "view_count": tallies.of(query),
        "inbox_count": tallies.numbers.views.get("mine", 0),
        "list_url": list_url(slug, query),
        "empty": _empty(request, query, known),
        **rows_context(request, query, mark=tallies.numbers.mark),
    }


def rows_context(request: MemberRequest, query: ListQuery, *, after: str = "", mark: int | None = None) -> dict[str, Any]:
    """One page of rows and the address of the next. Two queries; one with a mark."""
    slug = request.workspace.slug
    page = selectors.list_page(query, request.membership, after=after, mark=mark)
    more = f"{reverse('inbox_rows', args=[slug])}?{query_text(query)}&{urlencode({'after': page.after})}"
    return {
        "rows": rows_shown(page.rows, slug=slug, query=query),
        "next_url": more if page.after else "",
        "mark": page.mark,
        "after": after,
    }


def _tabs(slug: str, query: ListQuery) -> list[dict[str, Any]]:
    kinds = (("", _("All")), (Visibility.PUBLIC, _("Public")), (Visibility.PRIVATE, _("Private")))
    return [
        {
            "label": label,
            "url": list_url(slug, query.having("visibility", *([str(kind)] if kind else []))),
            "current": query.only("visibility") == kind,
        }
        for kind, label in kinds
    ]


def _orders(slug: str, query: ListQuery) -> list[dict[str, Any]]:
    """The orders this list may have; none where there is no choice."""
    found = [sort for sort in sorts().values() if sort.any_size or query.sortable]
    return [
        {"label": sort.label, "url": list_url(slug, query.sorted(sort.key)), "current": sort.key == query.sort} for sort in found
    ]


def _filters(request: MemberRequest, query: ListQuery, known: list[Channel]) -> list[FilterShown]:
    slug, there = request.workspace.slug, facets()
    names = {str(row.id): row.name for row in known}
    shown = []
    for key, values in query.filters:
        if key in TABS:
            continue
        facet = there[key]
        words = [names.get(v, v) for v in values] if key == "channel" else facet.said(values, request.membership)
        label = str(facet.label)
        shown.append(FilterShown(key, label, facet.icon, _and_more(words), list_url(slug, query.having(key))))
    return shown


def _and_more(words: list[str]) -> str:
    """Two of several, and how many more."""
    joined = _(", ").join(words[:2])
    return joined if len(words) <= 2 else f"{joined} +{len(words) - 2}"


def _title(query: ListQuery, known: list[Channel], kept: SavedView | None, on: list[FilterShown]) -> str:
    if kept:
        return kept.name
    if len(query.filters) == 1 and query.view == "open" and query.filters[0][0] in ("channel", "team", "tag") and on:
        return on[0].words
    return str(VIEWS[query.view])


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
    if any(key not in ("channel", "team", "tag") for key, _values in query.filters):
        return {
            "icon": "filter",
            "title": _("Nothing fits these filters"),
            "text": _("Take one away to see more."),
            "url": list_url(request.workspace.slug, query.plain()),
            "action": _("Clear all filters"),
            "action_icon": "x",
        }
    texts = {
        "mine": (_("Nothing of yours is waiting"), _("Take one from Unassigned, or enjoy the quiet.")),
        "following": (_("You follow nothing"), _("Press F in a conversation, and it stays here whoever answers it.")),
        "mentions": (_("Nobody named you"), _("Notes in which colleagues name you gather here.")),
        "unassigned": (_("Everything has somebody"), _("New conversations appear here until a person takes them.")),
        "open": (_("All answered"), _("New messages appear here by themselves.")),
        "pending": (_("Nothing is on hold"), _("What you set to pending waits here.")),
        "snoozed": (_("Nothing sleeps"), _("What you snooze rests here until its time.")),
        "drafts": (_("Nothing begun and not sent"), _("What you begin to write and leave is kept here, on any device.")),
        "scheduled": (_("Nothing is planned"), _("Replies that wait for their time stand here.")),
        "trouble": (_("Every reply arrived"), _("Replies that fail, or that need your decision, gather here.")),
        "resolved": (_("Nothing resolved yet"), _("Finished conversations rest here, and reopen when the customer writes.")),
        "spam": (_("Nobody is blocked"), _("What blocked people and spam write gathers here, resolved, and rings nowhere.")),
        "all": (_("No conversations yet"), _("What customers write on your channels appears here.")),
    }
    title, text = texts[query.view]
    return {"icon": ICONS[query.view], "title": title, "text": text, "url": "", "action": ""}


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def inbox(request: MemberRequest, slug: str) -> HttpResponse:
    """The inbox with nothing open. Asked for nothing in particular, it opens with the list that the member chose for that."""
    query, kept = ListQuery.parse(request.GET), selectors.visible_views(request.membership)
    opens = next((view for view in kept if view.opens), None) if not request.GET else None  # type: ignore[attr-defined]
    if opens is not None:
        return redirect(list_url(slug, view_query(opens)))
    return render(request, "inbox/page.html", list_context(request, query, kept))


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def rows(request: MemberRequest, slug: str) -> HttpResponse:
    """Older rows for the end of the list, or the list anew."""
    query = ListQuery.parse(request.GET)
    context = rows_context(request, query, after=request.GET.get("after", ""))
    context["empty"] = _empty(request, query, channels()) if not context["rows"] and not context["after"] else {}
    return render(request, "inbox/_rows.html", context)


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def filters(request: MemberRequest, slug: str) -> HttpResponse:
    """What the list can be narrowed down by, each with its choices: the filter's content, fetched when it first opens."""
    query = ListQuery.parse(request.GET)
    groups = [_group(request, facet, query) for facet in facets().values() if facet.key not in TABS]
    context = {"groups": [group for group in groups if group["choices"] or group["facet"].field != "choices"], "query": query}
    return render(request, "inbox/_filters.html", context)


def _group(request: MemberRequest, facet: Facet, query: ListQuery) -> dict[str, Any]:
    on = query.values(facet.key)
    choices = facet.choices(request.membership)
    there = {choice.value for choice in choices}
    missing = [value for value in on if value not in there] if facet.field == "choices" else []
    named = zip(missing, facet.said(missing, request.membership), strict=True) if missing else ()
    # What an address asks for beside what is offered stays chosen.
    choices = [*choices, *(Choice(value, words) for value, words in named)]
    known = networks()
    shown = [(choice, choice.value in on, known.get(choice.mark)) for choice in choices]
    return {"facet": facet, "choices": shown, "values": on, "chosen": sum(is_on for _c, is_on, _n in shown)}


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def kept_counts(request: MemberRequest, slug: str) -> HttpResponse:
    """Numbers of the kept lists, and of the list on screen where no counter knows it. Read after the page, and as things change."""
    query = ListQuery.parse(request.GET)
    views = selectors.visible_views(request.membership)
    asked = {f"count-kept-{view.pk}": view_query(view) for view in views}
    if query.filters or query.view in ("resolved", "all"):
        asked["view-count"] = query
    return render(request, "inbox/_kept_counts.html", {"tallies": selectors.tallies(asked, request.membership)})
