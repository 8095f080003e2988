"""Naming colleagues in notes. Inside the caller's `tenant()`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Membership, Team
from activity.services.log import record
from core.clock import now
from core.errors import Invalid
from inbox.models import Message, NoteMention

#: Members and teams named in one note.
MOST = 50
_KEY = re.compile(r"(member|team):([1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a note names: what it shows of them, and each member with the team through which they are meant (or None)."""

    shown: tuple[dict[str, Any], ...] = ()
    members: tuple[tuple[int, int | None], ...] = ()

    def context(self) -> dict[str, Any] | None:
        """What stands with the note, so that a thread draws it without a look at any other table."""
        return {"mentions": list(self.shown), "mentioned": [member for member, _team in self.members]} if self.shown else None


def resolve(keys: Iterable[str]) -> Named:
    """The members and teams of `member:<id>` and `team:<id>`. Raises Invalid (field `mentions`) for one that is not there."""
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return Named()
    found = [_KEY.fullmatch(key) for key in wanted[: MOST + 1]]
    if len(wanted) > MOST or not all(found):
        raise Invalid(_("Name members and teams by their numbers, {limit} at most.").format(limit=MOST), field="mentions")
    pairs = [(match[1], int(match[2])) for match in found if match]
    people = Membership.objects.select_related("user").filter(is_active=True, user__is_active=True)
    there = {row.pk: row for row in people.filter(id__in=[number for kind, number in pairs if kind == "member"])}
    groups = {row.pk: row for row in Team.objects.filter(id__in=[number for kind, number in pairs if kind == "team"])}
    shown: list[dict[str, Any]] = []
    meant: dict[int, int | None] = {}
    for kind, number in pairs:
        row = there.get(number) if kind == "member" else groups.get(number)
        if row is None:
            raise Invalid(_("Somebody named in this note is not here any more."), field="mentions", code="not_here")
        name = row.user.display_name if isinstance(row, Membership) else row.name
        shown.append({"kind": kind, "id": number, "name": name})
        if kind == "member":
            meant[number] = None
    for seat in people.filter(seats__team_id__in=list(groups)).values_list("id", "seats__team_id").order_by("id"):
        meant.setdefault(*seat)
    return Named(tuple(shown), tuple(meant.items()))


def keep(message: Message, named: Named, *, member: Membership) -> None:
    """Let those named know of a note that was just written: they find it under their mentions, and `notes.mentioned` says so to
    whoever notifies. Nobody is told of their own words.
    """
    others = [(who, team) for who, team in named.members if who != member.pk]
    if not others:
        return
    moment = now()
    NoteMention.objects.bulk_create(
        [NoteMention(message=message, member_id=who, team_id=team, created_at=moment) for who, team in others]
    )
    data = {"message": message.pk, "conversation": message.conversation_id, "members": [who for who, _team in others]}
    teams = [each["id"] for each in named.shown if each["kind"] == "team"]
    record(
        "notes.mentioned",
        actor_id=member.pk,
        subject=f"inbox.Conversation:{message.conversation_id}",
        data=data | {"teams": teams},
    )


def mark_read(*, member: Membership, conversation_id: int) -> None:
    """This member has opened the conversation. One query."""
    NoteMention.objects.filter(member_id=member.pk, read_at=None, message__conversation_id=conversation_id).update(read_at=now())
