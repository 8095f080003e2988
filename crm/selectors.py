"""Reading contacts: lists, one person, the timeline. All inside the caller's `tenant()`."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.errors import NotFound
from core.folding import fold
from core.keyset import Position
from crm.models import Contact, Identity, Interaction, Tag

PAGE_SIZE = 40
TIMELINE_PAGE = 50


@dataclass(frozen=True, slots=True)
class ContactPage:
    """One page of contacts; `after` continues it."""

    rows: list[Contact]
    after: str


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """One page of a timeline, newest first; `after` leads to older rows."""

    rows: list[Interaction]
    after: str


def contact_page(*, search: str = "", after: str = "", size: int = PAGE_SIZE) -> ContactPage:
    """Whoever was heard of last comes first. `search` matches names and handles, forgiving spelling. Two queries at any size."""
    rows = Contact.objects.prefetch_related("identities").exclude(last_interaction_at=None)
    needle = fold(search)
    if needle:
        rows = rows.filter(folded__contains=needle)
    position = Position.decode(after)
    if position:
        rows = rows.extra(
            where=["(crm_contact.last_interaction_at, crm_contact.id) < (%s, %s)"], params=[position.at, position.id]
        )
    found = list(rows.order_by("-last_interaction_at", "-id")[: size + 1])
    shown = found[:size]
    last = shown[-1] if len(found) > size else None
    return ContactPage(shown, Position(last.last_interaction_at, last.id).encode() if last and last.last_interaction_at else "")


def get_contact(contact_id: int, *, lock: bool = False) -> Contact:
    """One contact of this workspace with their identities. Raises NotFound."""
    rows = Contact.objects.select_for_update() if lock else Contact.objects.prefetch_related("identities")
    row = rows.filter(id=contact_id).first()
    if row is None:
        raise NotFound(_("There is no such contact."))
    return row


def identities_of(contact_id: int) -> list[Identity]:
    """All handles of a contact, surest first."""
    return list(Identity.objects.filter(contact_id=contact_id).order_by("-confidence", "id"))


def timeline_page(contact_id: int, *, after: str = "", size: int = TIMELINE_PAGE) -> TimelinePage:
    """What happened with a contact, newest first. One query at any length."""
    rows = Interaction.objects.filter(contact_id=contact_id)
    position = Position.decode(after)
    if position:
        rows = rows.extra(
            where=["(occurred_at, id) < (%s, %s)"], params=[position.at, position.id]
        )
    found = list(rows.order_by("-occurred_at", "-id")[: size + 1])
    shown = found[:size]
    return TimelinePage(shown, Position(shown[-1].occurred_at, shown[-1].id).encode() if len(found) > size else "")


def tags() -> list[Tag]:
    """Every tag, by name."""
    return list(Tag.objects.order_by("folded"))


def tags_of(ids: Iterable[int]) -> list[Tag]:
    """Some tags, by name."""
    return list(Tag.objects.filter(id__in=list(ids)).order_by("folded"))


def get_tag(tag_id: int, *, lock: bool = False) -> Tag:
    """One tag of this workspace. Raises NotFound. `lock` holds it until commit."""
    rows = Tag.objects.select_for_update() if lock else Tag.objects.all()
    row = rows.filter(id=tag_id).first()
    if row is None:
        raise NotFound(_("There is no such tag."))
    return row
