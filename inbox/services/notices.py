"""What members are told of conversations, answers and tickets: from lines of the log to notices, a batch at a time.

Names and numbers alone leave here, no words of anybody's (notifications/models/notification.py). What is older than FRESH tells
nobody: a log that is read for the first time, or a channel that is read back, is no news.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, TeamMember
from accounts.selectors import names_of
from activity.models import Event
from core.clock import now
from inbox.models import Conversation, Follower, Message, Ticket
from inbox.models.message import Direction
from notifications.kinds import Kind, Mail
from notifications.services.notifying import Notice, notify
from social.models import Delivery
from social.models.delivery import DeliveryState

FRESH = timedelta(days=1)
KINDS = (
    Kind(
        "mentioned",
        _("A note mentions me"),
        "at",
        {"by": _("{actor} mentioned you in a note about {name}"), "alone": _("A note about {name} mentions you")},
        mail=Mail.NOW,
    ),
    Kind(
        "assigned",
        _("A conversation is given to me"),
        "user-plus",
        {"by": _("{actor} gave you the conversation with {name}"), "alone": _("The conversation with {name} is yours now")},
        mail=Mail.HOURLY,
    ),
    Kind(
        "team_assigned",
        _("A conversation is given to a team of mine"),
        "users-group",
        {
            "by": _("{actor} gave {team} the conversation with {name}"),
            "alone": _("The conversation with {name} went to {team}"),
        },
    ),
    Kind(
        "followed",
        _("A customer writes in a conversation I follow"),
        "message-circle",
        {"alone": _("{name} wrote in a conversation you follow")},
    ),
    Kind(
        "undelivered",
        _("An answer of mine does not arrive"),
        "alert-triangle",
        {
            "failed": _("Your answer to {name} was not sent"),
            "doubt": _("It is not known whether your answer to {name} arrived: please decide"),
        },
        mail=Mail.NOW,
    ),
    Kind(
        "ticket",
        _("A ticket is given to me or a team of mine"),
        "ticket",
        {
            "by": _("{actor} gave you the ticket {ticket}"),
            "alone": _("The ticket {ticket} is yours now"),
            "team_by": _("{actor} gave {team} the ticket {ticket}"),
            "team_alone": _("The ticket {ticket} went to {team}"),
        },
        mail=Mail.HOURLY,
    ),
)
CONVERSATION_EVENTS = frozenset({"conversations.assigned", "conversations.team_assigned", "notes.mentioned"})
TICKET_EVENTS = frozenset({"tickets.opened", "tickets.changed"})
KINDS_OF_EVENTS = CONVERSATION_EVENTS | TICKET_EVENTS | {"deliveries.changed"}
TROUBLES = {DeliveryState.FAILED.value: "failed", DeliveryState.NEEDS_DECISION.value: "doubt"}


def apply_events(events: Iterable[Event]) -> None:
    """Tell those whom these events concern. At most eleven queries, whatever their number."""
    fresh = [event for event in events if event.occurred_at > now() - FRESH]
    known = _Known(fresh)
    notify([notice for event in fresh for notice in _notices(event, known)])


def _notices(event: Event, known: "_Known") -> Iterator[Notice]:
    if event.kind == "deliveries.changed":
        yield from known.undelivered(event)
    elif event.kind in TICKET_EVENTS:
        yield from _of_ticket(event, known)
    elif event.kind in CONVERSATION_EVENTS:
        yield from _of_conversation(event, known)


def _of_conversation(event: Event, known: "_Known") -> Iterator[Notice]:
    number = _number(event)
    if number not in known.contacts:
        return
    data = {"name": known.contacts[number], **known.actor(event)}
    if event.kind == "notes.mentioned":
        yield _about(event, "mentioned", number, event.data.get("members", ()), data)
    elif event.kind == "conversations.assigned":
        yield _about(event, "assigned", number, _given(event, "assignee_id"), data)
    else:
        for team in _given(event, "team_id"):
            yield _about(event, "team_assigned", number, known.seats.get(team, ()), data | {"team": known.teams.get(team, "")})


def _of_ticket(event: Event, known: "_Known") -> Iterator[Notice]:
    number = _number(event)
    if number not in known.tickets:
        return
    data, actor = {"ticket": known.tickets[number]}, known.actor(event)
    own, path = f"inbox.Ticket:{number}", f"tickets/{number}/"
    facts: dict[str, Any] = {
        "actor_id": event.actor_id,
        "at": event.occurred_at,
        "event_id": event.pk,
        "path": path,
        "subject": own,
    }
    owners = _given(event, "owner_id", opened="owner")
    yield Notice("ticket", members=tuple(owners), data=data | actor, **facts)
    for team in _given(event, "team_id", opened="team"):
        members = tuple(member for member in known.seats.get(team, ()) if member not in owners)
        words = data | actor | {"team": known.teams.get(team, ""), "form": f"team_{actor['form']}"}
        yield Notice("ticket", members=members, data=words, **facts)


def _given(event: Event, field: str, *, opened: str = "") -> list[int]:
    """To whom something went: the second of two values, or the only one of what is new."""
    value = event.data.get(field)
    found = value[1] if isinstance(value, list) and len(value) == 2 else event.data.get(opened)
    return [found] if isinstance(found, int) else []


def _about(event: Event, kind: str, number: int, members: Iterable[int], data: dict[str, Any]) -> Notice:
    own = f"inbox.Conversation:{number}"
    return Notice(kind, own, tuple(members), f"inbox/{number}/", data, event.actor_id, event.occurred_at, event.pk)


def _number(event: Event) -> int:
    text = event.subject.rpartition(":")[2]
    return int(text) if text.isdigit() else 0


class _Known:
    """What a batch of events names, read at once."""

    def __init__(self, events: list[Event]) -> None:
        self.actors = names_of(event.actor_id for event in events if event.actor_id is not None)
        conversations = {_number(event) for event in events if event.kind in CONVERSATION_EVENTS}
        tickets = {_number(event) for event in events if event.kind in TICKET_EVENTS}
        teams = {team for event in events for team in (*_given(event, "team_id"), *_given(event, "team_id", opened="team"))}
        deliveries = {
            number
            for event in events
            if event.kind == "deliveries.changed"
            for number in event.data.get("ids", ())
            if isinstance(number, int)
        }
        self.troubled = self._troubled(deliveries) if deliveries else []
        conversations |= {number for _author, number, _form, _delivery in self.troubled}
        self.contacts = _contacts(conversations) if conversations else {}
        self.tickets = _titles(tickets) if tickets else {}
        self.teams: dict[int, str] = dict(Team.objects.filter(id__in=teams).values_list("id", "name")) if teams else {}
        self.seats: dict[int, list[int]] = {}
        for team, member in TeamMember.objects.filter(team_id__in=teams).values_list("team_id", "membership_id") if teams else ():
            self.seats.setdefault(team, []).append(member)

    def actor(self, event: Event) -> dict[str, str]:
        """Who did it, and which form says so."""
        name = self.actors.get(event.actor_id or 0)
        return {"form": "by", "actor": name} if name else {"form": "alone"}

    def undelivered(self, event: Event) -> Iterator[Notice]:
        """To their authors, answers of this event that failed or are in doubt."""
        ids = event.data.get("ids", ())
        for author, number, form, delivery in self.troubled:
            if delivery in ids and number in self.contacts:
                data = {"name": self.contacts[number], "form": form}
                own = f"inbox.Conversation:{number}"
                yield Notice("undelivered", own, (author,), f"inbox/{number}/", data, None, event.occurred_at, event.pk)

    def _troubled(self, deliveries: set[int]) -> list[tuple[int, int, str, int]]:
        """Author, conversation, form and delivery of each answer in trouble. Reads the outbox: messages may not know yet."""
        states = dict(Delivery.objects.filter(id__in=deliveries, state__in=list(TROUBLES)).values_list("id", "state"))
        rows = Message.objects.filter(delivery_id__in=list(states), author_id__isnull=False)
        return [
            (author, number, TROUBLES[states[delivery]], delivery)
            for author, number, delivery in rows.values_list("author_id", "conversation_id", "delivery_id").order_by("id")
        ]


def _contacts(numbers: Iterable[int]) -> dict[int, str]:
    rows = Conversation.objects.filter(id__in=set(numbers))
    return dict(rows.values_list("id", "contact__name"))


def _titles(numbers: set[int]) -> dict[int, str]:
    rows = Ticket.objects.filter(id__in=numbers)
    return {pk: f"#{number} {title}" for pk, number, title in rows.values_list("id", "number", "title")}


def apply_stored(events: Iterable[Event]) -> None:
    """Tell followers that a customer wrote. One query where nobody follows, at most six, whatever their number."""
    fresh = [event for event in events if event.occurred_at > now() - FRESH and event.data.get("messages")]
    named = {number for event in fresh for number in event.data.get("conversations", ())}
    if not named:
        return
    followers: dict[int, list[int]] = {}
    for number, member in Follower.objects.filter(conversation_id__in=named, is_on=True).values_list(
        "conversation_id", "member_id"
    ):
        followers.setdefault(number, []).append(member)
    if not followers:
        return
    ids = {number for event in fresh for number in event.data["messages"]}
    wanted = Q(direction=Direction.IN, occurred_at__gt=now() - FRESH, conversation_id__in=list(followers))
    wrote = dict(Message.objects.filter(wanted, id__in=ids).values_list("id", "conversation_id"))
    contacts = _contacts(wrote.values())
    notices = []
    for event in fresh:
        for number in sorted({wrote[message] for message in event.data["messages"] if message in wrote}):
            data = {"name": contacts.get(number, "")}
            notices.append(_about(event, "followed", number, followers[number], data))
    notify(notices)
