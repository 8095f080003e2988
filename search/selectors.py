"""Finding: from a question to messages and people, newest first. Inside the caller's `tenant()`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission
from core.clock import now
from core.errors import Invalid
from core.folding import fold
from core.keyset import Position
from crm.models import Contact
from crm.selectors import tags
from inbox.models import Message
from search.marking import Part, marked
from search.models import Entry, Kind
from search.question import STATUSES, Question, parse
from social.models import Channel
from social.networks import networks
from social.selectors import channels

PAGE_SIZE = 30
#: Past so many hits nobody counts on (search_find's cap).
MANY = 2001
FIND = """
SELECT id, at, hits FROM search_find(
    {question}, {person}, %(kinds)s, %(channels)s, %(since)s, %(until)s, %(statuses)s, %(who)s, %(waits)s, %(unread)s, %(seen_by)s,
    %(tags)s, %(before_at)s, %(before_id)s, %(most)s)
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found: a message with its conversation, or a person."""

    kind: str
    at: datetime
    contact: Contact
    message: Message | None
    channel: Channel | None
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Hits, newest first. `after` continues them; `total` says how many have the words, before filters: `MANY` for that or more."""

    hits: list[Hit]
    after: str
    total: int | None


def asked(text: str) -> Question:
    """A question in the asking person's days. Raises Invalid."""
    return parse(text, today=timezone.localtime(now()).date(), zone=timezone.get_current_timezone())


def find(
    question: Question, member: Membership, *, kinds: Iterable[str] = (), after: str = "", size: int = PAGE_SIZE
) -> FoundPage:
    """What answers a question, of what this member may see. At most six queries at any size. Raises Invalid for a place or a
    tag that nobody knows.
    """
    given = _parameters(question, member, frozenset(kinds))
    if question.is_empty or given["kinds"] == []:
        return FoundPage([], "", None)
    position = Position.decode(after)
    given |= {"most": size + 1, "before_at": position.at if position else None, "before_id": position.id if position else None}
    with connection.cursor() as cursor:
        cursor.execute(FIND.format(question=_tsquery(question, given), person=_person(question, given)), given)
        rows = cursor.fetchall()
    shown = rows[:size]
    last = Position(shown[-1][1], shown[-1][0]).encode() if len(rows) > size else ""
    total = shown[0][2] if shown and question.terms else None
    return FoundPage(_hits([row[0] for row in shown], question), last, total)


def _tsquery(question: Question, given: dict[str, Any]) -> str:
    """SQL of the question's words. Postgres takes texts apart, so that questions meet them as it wrote them."""
    parts = []
    for number, term in enumerate(question.terms):
        given |= {f"term{number}": term.text, f"begins{number}": term.begins}
        plain = f"coalesce(search_question(%(term{number})s, %(begins{number})s), ''::tsquery)"
        parts.append(f"!!{plain}" if term.excluded else plain)
    return f"nullif({' && '.join(parts)}, ''::tsquery)" if parts else "NULL"


def _person(question: Question, given: dict[str, Any]) -> str:
    given |= {"person": question.person}
    return "search_question(%(person)s, true)" if question.person else "NULL"


def _parameters(question: Question, member: Membership, kinds: frozenset[str]) -> dict[str, Any]:
    states = question.states
    seen_by = [word for word in ("public", "private") if word in states]
    statuses = [word for word in STATUSES if word in states]
    return {
        "kinds": _kinds(question, member, kinds),
        "channels": _channel_ids(question.places) if question.places else None,
        "since": question.since,
        "until": question.until,
        "statuses": statuses or None,
        "who": member.pk if "mine" in states else 0 if "unassigned" in states else None,
        "waits": "waiting" in states,
        "unread": "unread" in states,
        "tags": _tag_ids(question.tags) if question.tags else None,
        "seen_by": seen_by[0] if len(seen_by) == 1 else None,
    }


def _kinds(question: Question, member: Membership, kinds: frozenset[str]) -> list[str] | None:
    """Which kinds are looked through. None: all. What was said by somebody is what they wrote themselves."""
    wanted = set(Kind.values) & kinds if kinds else set(Kind.values)
    for state, kind in (("note", Kind.NOTE), ("person", Kind.CONTACT)):
        wanted &= {str(kind)} if state in question.states else wanted
    wanted &= {str(Kind.IN), str(Kind.CONTACT)} if question.person else wanted
    wanted -= set() if member.may(Permission.CONTACTS_VIEW) else {str(Kind.CONTACT)}
    return None if wanted == set(Kind.values) else sorted(wanted)


def _channel_ids(places: Iterable[str]) -> list[int]:
    """Channels by network, name or handle. Raises Invalid for a place that nobody knows."""
    known, found = channels(), set()
    labels = {slug: {fold(slug), fold(str(network.label))} for slug, network in networks().items()}
    for place in places:
        word = fold(place).lstrip("@")
        here = {
            row.pk
            for row in known
            if word in labels.get(row.network, set()) or word == fold(row.handle).lstrip("@") or (word and word in fold(row.name))
        }
        if not here:
            choices = ", ".join(sorted({row.network for row in known})) or "–"
            sentence = _("No channel is called “{place}”. Networks here: {choices}.")
            raise Invalid(sentence.format(place=place[:60], choices=choices), field="q", code="bad_operator")
        found |= here
    return sorted(found)


def _tag_ids(names: Iterable[str]) -> list[int]:
    """Tags by name. Raises Invalid for one that nobody made."""
    known = {row.folded: row for row in tags()}
    found = set()
    for name in names:
        row = known.get(fold(name))
        if row is None:
            choices = ", ".join(tag.name for tag in list(known.values())[:12]) or "–"
            sentence = _("No tag is called “{name}”. Tags here: {choices}.")
            raise Invalid(sentence.format(name=name[:60], choices=choices), field="q", code="bad_operator")
        found.add(row.pk)
    return sorted(found)


def _hits(ids: list[int], question: Question) -> list[Hit]:
    """Entries in the order of their ids, with what they stand for. What went meanwhile is left out. Three queries."""
    entries = {row.pk: row for row in Entry.objects.defer("words").filter(id__in=ids)}
    rows = [entries[number] for number in ids if number in entries]
    numbers = [row.source_id for row in rows if row.kind != Kind.CONTACT]
    related = ("conversation__contact", "conversation__channel", "author__user", "identity")
    messages = Message.objects.select_related(*related).in_bulk(numbers) if numbers else {}
    people_ids = [row.source_id for row in rows if row.kind == Kind.CONTACT]
    people = Contact.objects.prefetch_related("identities").in_bulk(people_ids) if people_ids else {}
    wanted = question.wanted()
    found = []
    for row in rows:
        if row.kind == Kind.CONTACT:
            person = people.get(row.source_id)
            if person is not None:
                about = " · ".join(filter(None, (person.email, person.phone, person.location, person.about)))
                found.append(Hit(row.kind, row.at, person, None, None, marked(about, wanted)))
            continue
        message = messages.get(row.source_id)
        if message is not None and message.shown_body:
            talk = message.conversation
            found.append(Hit(row.kind, row.at, talk.contact, message, talk.channel, marked(message.shown_body, wanted)))
    return found


def ids_found_by(question: str) -> str:
    """SQL for the ids that a question finds, behind the same wall; its parameters at the end are kinds and the most wanted."""
    nothing = ", ".join(["NULL"] * 4)
    return f"SELECT id FROM search_find({question}, NULL, %s, NULL, NULL, NULL, NULL, NULL, false, false, {nothing}, %s)"
