"""Colleagues in notes: who can be named, and where a member was. Inside the caller's `tenant()`."""

from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Membership
from accounts.selectors import members, teams
from core.folding import fold
from inbox.models import NoteMention

#: So many are offered while somebody types.
OFFERED = 8


@dataclass(frozen=True, slots=True)
class Mentionable:
    """A member or a team that a note can name. `key` is `member:<id>` or `team:<id>`, `more` how many sit in a team, or a title."""

    key: str
    name: str
    more: str
    seed: int
    is_team: bool


def mentionables(words: str = "") -> list[Mentionable]:
    """Active members and teams with somebody in them, whose name holds these words in any spelling. Four queries at most."""
    wanted = fold(words)
    people = [
        Mentionable(f"member:{row.pk}", row.user.display_name, row.title, row.user_id, False)
        for row in members(include_inactive=False)
    ]
    groups = [
        Mentionable(f"team:{row.pk}", row.name, str(seated), row.pk, True)
        for row in teams()
        if (seated := sum(seat.membership.is_active for seat in row.seats.all()))
    ]
    found = [(fold(row.name), row) for row in (*people, *groups)]
    fitting = [(not name.startswith(wanted), name, row) for name, row in found if wanted in name]
    return [row for _later, _name, row in sorted(fitting, key=lambda each: each[:2])[:OFFERED]]


def mentions_of(member: Membership) -> Q:
    """Conversations in which a note names this member, read or not: what the view `mentions` shows."""
    return Q(id__in=NoteMention.objects.filter(member_id=member.pk).values("message__conversation_id"))


def unread_mentions(member: Membership) -> int:
    """In how many conversations a note names this member that they have not opened since. One query over a small index."""
    unread = NoteMention.objects.filter(member_id=member.pk, read_at=None)
    return unread.values("message__conversation_id").distinct().count()
