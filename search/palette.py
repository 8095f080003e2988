"""What the palette finds: people, conversations, channels, views, pages that this member may see. Inside the caller's `tenant()`.

Actions are the page's own (accounts.keys); the browser finds them without asking.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.urls import resolve, reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from accounts.policies import Permission
from core.folding import fold
from core.names import addressed
from core.templatetags.ui import folded
from core.tenancy import current_workspace_id
from crm.models import Contact, Identity
from crm.selectors import tags
from inbox.models import Conversation
from inbox.selectors import VIEWS, visible_views
from search.models import Kind
from search.selectors import ids_found_by
from social.networks import networks
from social.networks.base import Network
from social.selectors import channels

#: Of each kind so many are shown; so many messages are looked at for their conversations.
MOST = 6
MESSAGES = 40
MAX_WORDS = 6
MAX_RECENT = 8

#: Pages by the name of their address. What their view asks for is asked here, too.
PAGES: tuple[tuple[str, str, str | Promise], ...] = (
    ("inbox", "inbox", _("Inbox")),
    ("contacts", "users", _("Contacts")),
    ("search", "search", _("Search")),
    ("forms", "forms", _("Forms")),
    ("surveys", "mood-smile", _("Surveys")),
    ("posts", "send", _("Posts")),
    ("channels", "plug", _("Channels")),
    ("connect", "plug-connected", _("Connect an account")),
    ("capabilities", "circle-check", _("What each network can do")),
    ("files", "photo", _("Files")),
    ("outbox", "alert-triangle", _("Settle in one list")),
    ("people", "users-group", _("People")),
    ("tags", "tags", _("Tags")),
    ("tokens", "key", _("API tokens")),
)
#: Pages of the person, in no workspace.
OWN_PAGES: tuple[tuple[str, str, str | Promise], ...] = (
    ("profile", "user-circle", _("Profile and display")),
    ("keys", "keyboard", _("Keys")),
    ("sessions", "devices", _("Devices")),
    ("mfa_index", "shield-lock", _("Two-step sign-in")),
    ("account_change_password", "lock", _("Password")),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette. `key` names it to the browser's list of what was chosen last."""

    key: str
    label: str
    url: str
    icon: str = ""
    network: Network | None = None
    about: str = ""
    #: What it is found by, folded; empty where the server has found it already.
    words: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of one kind under a heading."""

    label: str | Promise
    entries: list[Entry] = field(default_factory=list)


def places(slug: str, member: Membership) -> list[Group]:
    """Views, channels, tags and pages: few enough that the browser looks through them itself. Three queries."""
    inbox = reverse("inbox", args=[slug])
    views = [Entry(f"view-{key}", str(label), f"{inbox}?view={key}", "list", words=folded(label)) for key, label in VIEWS.items()]
    for row in visible_views(member):
        address = f"{inbox}?{urlencode({**row.parameters, 'saved': row.pk})}"
        views.append(Entry(f"kept-{row.pk}", row.name, address, row.icon, words=fold(row.name)))
    labels = [Entry(f"tag-{row.pk}", row.name, f"{inbox}?view=open&tag={row.pk}", "tag", words=row.folded) for row in tags()]
    known = networks()
    lines = [
        Entry(
            f"channel-{row.pk}", row.name, f"{inbox}?{urlencode({'view': 'open', 'channel': row.pk})}",
            network=known.get(row.network), about=addressed(row.handle),
            words=fold(f"{row.name} {row.handle} {row.network}"),
        )
        for row in channels()
    ]  # fmt: skip
    pages = [Entry(f"page-{name}", str(label), reverse(name), icon, words=folded(label)) for name, icon, label in OWN_PAGES]
    within = [
        Entry(f"page-{name}", str(label), reverse(name, args=[slug]), icon, words=folded(label))
        for name, icon, label in PAGES
        if member.may(_right(reverse(name, args=[slug])))
    ]
    settings = Group(_("Pages and settings"), [*within, *pages])
    return [Group(_("Views"), views), Group(_("Tags"), labels), Group(_("Channels"), lines), settings]


def _right(address: str) -> Permission:
    view: Any = resolve(address).func
    right: Permission = view.permission
    return right


def found(slug: str, member: Membership, text: str) -> list[Group]:
    """People and conversations whose names or words begin so. One query each, none for an empty text."""
    words = fold(text.replace("\x00", "")).split()[:MAX_WORDS]
    if not words:
        return []
    question, given = _question(words)
    groups = []
    people = ""
    if member.may(Permission.CONTACTS_VIEW):
        people = f"SELECT e.source_id FROM ({ids_found_by(question)}) f JOIN search_entry e ON e.workspace_id = %s AND e.id = f.id"
        of_people = [*given, ["contact"], MOST, _here()]
        groups.append(Group(_("People"), _people(slug, _chosen(_contacts(), "crm_contact", people, of_people))))
    talks = f"SELECT e.conversation_id FROM ({ids_found_by(question)}) f JOIN search_entry e ON e.workspace_id = %s AND e.id = f.id"
    parameters: list[Any] = [*given, [str(Kind.IN), str(Kind.OUT), str(Kind.NOTE)], MESSAGES, _here()]
    if people:
        talks += f" UNION SELECT c.id FROM inbox_conversation c WHERE c.workspace_id = %s AND c.contact_id IN ({people})"
        parameters += [_here(), *given, ["contact"], MOST, _here()]
    rows = _chosen(_talks(), "inbox_conversation", talks, parameters)
    return [*groups, Group(_("Conversations"), _conversations(slug, rows))]


def recent(slug: str, member: Membership, keys: Iterable[str]) -> list[Group]:
    """What was chosen last and is still there and theirs to see, in that order. One query a kind."""
    wanted = list(dict.fromkeys(keys))[:MAX_RECENT]
    people_ids, talk_ids = _numbers(wanted, "contact-"), _numbers(wanted, "conversation-")
    entries: list[Entry] = []
    if people_ids and member.may(Permission.CONTACTS_VIEW):
        entries += _people(slug, _contacts().filter(id__in=people_ids))
    if talk_ids:
        entries += _conversations(slug, _talks().filter(id__in=talk_ids))
    by_key = {entry.key: entry for entry in entries}
    return [Group(_("Recent"), [by_key[key] for key in wanted if key in by_key])]


def _numbers(keys: list[str], prefix: str) -> list[int]:
    texts = [key.removeprefix(prefix) for key in keys if key.startswith(prefix)]
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]


def _question(words: list[str]) -> tuple[str, list[Any]]:
    """SQL for all of these words, each as a beginning."""
    one = "coalesce(search_question(%s, true), ''::tsquery)"
    return f"nullif({' && '.join([one] * len(words))}, ''::tsquery)", list(words)


def _chosen(rows: QuerySet[Any], table: str, sql: str, given: list[Any]) -> QuerySet[Any]:
    """Rows by ids that a statement of ours finds. As an array they are known before the plan reads any row."""
    return rows.extra(where=[f"{table}.id = ANY(ARRAY({sql}))"], params=given)  # noqa: S610 - ours


def _here() -> int:
    return current_workspace_id() or 0


def _contacts() -> QuerySet[Contact]:
    surest = Identity.objects.filter(workspace_id=OuterRef("workspace_id"), contact_id=OuterRef("id")).order_by("-confidence", "id")
    rows = Contact.objects.annotate(on=Subquery(surest.values("network")[:1]), handle=Subquery(surest.values("handle")[:1]))
    return rows.order_by(F("last_interaction_at").desc(nulls_last=True), "-id")


def _people(slug: str, rows: QuerySet[Contact]) -> list[Entry]:
    known, address = networks(), _address("contact", slug)
    return [
        Entry(
            f"contact-{row.pk}", row.name, address(row.pk), "user",
            network=known.get(row.on or ""), about=addressed(row.handle or ""),
        )
        for row in rows[:MAX_RECENT]
    ]  # fmt: skip


def _talks() -> QuerySet[Conversation]:
    return Conversation.objects.select_related("contact", "channel").order_by("-last_activity_at", "-id")


def _conversations(slug: str, rows: QuerySet[Conversation]) -> list[Entry]:
    known, address = networks(), _address("inbox_conversation", slug)
    return [
        Entry(
            f"conversation-{row.pk}", row.contact.name, f"{address(row.pk)}?view=all", "message",
            network=known.get(row.channel.network), about=row.snippet,
        )
        for row in rows[:MAX_RECENT]
    ]  # fmt: skip


def _address(name: str, slug: str) -> Callable[[int], str]:
    return lambda number: reverse(name, args=[slug, number])
