"""What was done to a conversation, read from the log and told in words: who, what, when."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Team
from accounts.selectors import names_of
from activity.models import Event
from activity.selectors import events_of
from inbox.models import Conversation, Priority, Status, Ticket

HISTORY_PAGE = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done. `until` is the moment of a snooze; `many` that it was done to many at once, `undone` that it took
    something back.
    """

    id: int
    kind: str
    at: datetime
    actor_id: int | None
    icon: str
    text: str
    until: datetime | None = None
    many: bool = False
    undone: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """A page of lines, newest first; `before` leads to older ones."""

    lines: list[Line]
    before: str


@dataclass(frozen=True, slots=True)
class _Names:
    members: Mapping[int, str]
    teams: Mapping[int, str]
    tickets: Mapping[str, int]

    def member(self, number: Any) -> str:
        return self.members.get(number) or _("somebody who left")

    def team(self, number: Any) -> str:
        return self.teams.get(number) or _("a team that is gone")


def history(conversation: Conversation, *, before_id: int | None = None, size: int = HISTORY_PAGE) -> History:
    """What was done to it and to its tickets, newest first. Four queries at any size."""
    numbers = {
        f"inbox.Ticket:{pk}": number for pk, number in Ticket.objects.filter(conversation=conversation).values_list("id", "number")
    }
    subjects = [f"inbox.Conversation:{conversation.id}", *numbers]
    found = events_of(subjects, tuple(_WORDS), before_id=before_id, limit=size + 1)
    shown = found[:size]
    names = _Names(names_of(_members(shown)), _team_names(shown), numbers)
    lines = [_line(event, names) for event in shown]
    return History(lines, str(shown[-1].id) if len(found) > size else "")


def _members(events: Iterable[Event]) -> set[int]:
    wanted = {event.actor_id for event in events} | {event.data.get("member") for event in events}
    wanted |= {number for event in events for key in ("assignee_id", "owner") for number in _both(event, key)}
    return {number for number in wanted if isinstance(number, int)}


def _team_names(events: Iterable[Event]) -> dict[int, str]:
    wanted = {number for event in events for key in ("team_id", "team") for number in _both(event, key)}
    ids = [number for number in wanted if isinstance(number, int)]
    return dict(Team.objects.filter(id__in=[*ids, 0]).values_list("id", "name"))


def _both(event: Event, key: str) -> list[Any]:
    value = event.data.get(key)
    return value if isinstance(value, list) else [value]


def _line(event: Event, names: _Names) -> Line:
    icon, words = _WORDS[event.kind]
    who = names.member(event.actor_id) if event.actor_id is not None else "Rabta"
    until = _new(event.data, "snoozed_until") if event.kind == "conversations.snoozed" else None
    return Line(
        id=event.id,
        kind=event.kind,
        at=event.occurred_at,
        actor_id=event.actor_id,
        icon=icon,
        text=words({**event.data, "who": who, "actor": event.actor_id, "number": names.tickets.get(event.subject, "")}, names),
        until=datetime.fromisoformat(until) if until else None,
        many="bulk" in event.data,
        undone=bool(event.data.get("undo")),
    )


def _new(data: Mapping[str, Any], key: str) -> Any:
    pair = data.get(key)
    return pair[1] if isinstance(pair, list) and len(pair) == 2 else None


def _status(data: Mapping[str, Any], names: _Names) -> str:
    status = _new(data, "status")
    label = Status(status).label if status in Status.values else status
    return _("{who} set it to “{status}”").format(who=data["who"], status=label)


def _snoozed(data: Mapping[str, Any], names: _Names) -> str:
    asleep = _new(data, "status") == Status.SNOOZED or _new(data, "snoozed_until")
    return (_("{who} snoozed it") if asleep else _("{who} woke it")).format(who=data["who"])


def _assigned(data: Mapping[str, Any], names: _Names) -> str:
    whose = _new(data, "assignee_id")
    if whose is None:
        return _("{who} gave it to nobody").format(who=data["who"])
    if whose == data["actor"]:
        return _("{who} took it").format(who=data["who"])
    return _("{who} gave it to {name}").format(who=data["who"], name=names.member(whose))


def _team(data: Mapping[str, Any], names: _Names) -> str:
    team = _new(data, "team_id")
    if team is None:
        return _("{who} gave it to no team").format(who=data["who"])
    return _("{who} gave it to the team {name}").format(who=data["who"], name=names.team(team))


def _priority(data: Mapping[str, Any], names: _Names) -> str:
    value = _new(data, "priority")
    label = Priority(value).label if value in Priority.values else value
    return _("{who} set the priority to “{priority}”").format(who=data["who"], priority=label)


def _tagged(data: Mapping[str, Any], names: _Names) -> str:
    added, removed = _(", ").join(data.get("added", ())), _(", ").join(data.get("removed", ()))
    if added and removed:
        return _("{who} put on {added} and took away {removed}").format(who=data["who"], added=added, removed=removed)
    if added:
        return _("{who} put on {added}").format(who=data["who"], added=added)
    return _("{who} took away {removed}").format(who=data["who"], removed=removed)


def _blocked(data: Mapping[str, Any], names: _Names) -> str:
    words = {"blocked": _("{who} blocked them"), "spam": _("{who} marked them as spam")}
    return words.get(data.get("standing", ""), _("{who} let them in again")).format(who=data["who"])


def _followed(data: Mapping[str, Any], names: _Names) -> str:
    return _("{name} follows it").format(name=names.member(data.get("member")))


def _unfollowed(data: Mapping[str, Any], names: _Names) -> str:
    return _("{name} follows it no more").format(name=names.member(data.get("member")))


def _ticket_changed(data: Mapping[str, Any], names: _Names) -> str:
    return _("{who} changed ticket #{number}").format(**_of_ticket(data))


def _of_ticket(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"who": data["who"], "number": data["number"]}


Words = Callable[[Mapping[str, Any], _Names], str]
#: Kind of event → icon and words.
_WORDS: dict[str, tuple[str, Words]] = {
    "conversations.status_changed": ("circle-dashed", _status),
    "conversations.snoozed": ("zzz", _snoozed),
    "conversations.woken": ("alarm", lambda data, names: _("It woke up")),
    "conversations.assigned": ("user-check", _assigned),
    "conversations.team_assigned": ("users-group", _team),
    "conversations.priority_changed": ("flag", _priority),
    "conversations.tagged": ("tag", _tagged),
    "conversations.blocked": ("hand-stop", _blocked),
    "conversations.followed": ("eye", _followed),
    "conversations.unfollowed": ("eye-off", _unfollowed),
    "conversations.marked_read": ("check", lambda data, names: _("{who} marked it read").format(who=data["who"])),
    "conversations.marked_unread": ("mail", lambda data, names: _("{who} marked it unread").format(who=data["who"])),
    "conversations.tickets_done": ("checks", lambda data, names: _("All its tickets are done")),
    "tickets.opened": ("ticket", lambda data, names: _("{who} opened ticket #{number}").format(**_of_ticket(data))),
    "tickets.changed": ("ticket", _ticket_changed),
    "tickets.checklist_changed": ("list-check", _ticket_changed),
    "tickets.done": ("circle-check", lambda data, names: _("{who} finished ticket #{number}").format(**_of_ticket(data))),
}
