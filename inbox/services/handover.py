"""Handing a conversation over with a note of what happened so far: plain words from what is stored, to be changed first."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.middleware import zone_of
from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.dates import moment_in
from core.errors import Invalid
from core.names import addressed
from inbox.models import Conversation, Direction, Message, Priority, Visibility
from inbox.selectors import get_conversation, last_words, writers_of
from inbox.services import replies, triage
from social.networks import network_of

#: So much of each of the last messages stands in the note.
WORDS = 200


def summary(*, member: Membership, conversation_id: int) -> str:
    """What happened in a conversation, in the reader's language: who wrote, when, who waits, the last words. Four queries.

    Raises NotFound, Forbidden.
    """
    require(member, Permission.CONVERSATIONS_ASSIGN)
    conversation = get_conversation(conversation_id)
    lines = [_heading(conversation), _standing(conversation, member)]
    if conversation.priority >= Priority.HIGH:
        lines.append(_("Priority: {priority}").format(priority=conversation.get_priority_display()))
    writers = [f"{name} ({number})" for name, number in writers_of(conversation.id)]
    if writers:
        lines.append(_("Answered so far: {names}").format(names="، ".join(writers) if _is_arabic() else ", ".join(writers)))
    words = last_words(conversation.id)
    if words:
        lines += ["", _("Last words:"), *(_line(conversation, row, member) for row in words)]
    return "\n".join(lines)


def _is_arabic() -> bool:
    return (get_language() or "en")[:2] in ("ar", "fa", "ur")


def _heading(conversation: Conversation) -> str:
    channel = conversation.channel
    facts = {"name": conversation.contact.name, "network": network_of(channel.network).label}
    facts["channel"] = addressed(channel.handle) or channel.name
    if conversation.visibility == Visibility.PUBLIC:
        return _("{name}, in public on {network} ({channel}).").format(**facts)
    return _("{name}, in private on {network} ({channel}).").format(**facts)


def _standing(conversation: Conversation, member: Membership) -> str:
    last = _moment(conversation.last_activity_at, member)
    if conversation.waiting_since:
        since = _moment(conversation.waiting_since, member)
        return _("The customer waits for an answer since {since}; last words {last}.").format(since=since, last=last)
    return _("Nobody waits for an answer; last words {last}.").format(last=last)


def _line(conversation: Conversation, row: Message, member: Membership) -> str:
    if row.direction == Direction.IN:
        name = (row.identity.name or row.identity.handle) if row.identity else conversation.contact.name
    else:
        name = row.author.user.display_name if row.author else conversation.channel.name
    said = " ".join(row.shown_body.split()) or "…"
    words = said if len(said) <= WORDS else said[: WORDS - 1] + "…"
    return f"– {_moment(row.occurred_at, member)}, {name}: {words}"


def _moment(value: datetime, member: Membership) -> str:
    local = timezone.localtime(value, zone_of(member.user.time_zone))
    return moment_in(local, calendar=member.user.calendar, style="full", language=get_language() or "en")


def hand_over(
    *,
    member: Membership,
    conversation_id: int,
    note: str,
    assignee_id: int | None = None,
    team_id: int | None = None,
    expected_id: int | None = None,
    check: bool = False,
    idempotency_key: str = "",
) -> Conversation:
    """Leave the note and give the conversation to a person or a team: both or neither.

    With `check`, Conflict unless it is still `expected_id`'s (a member's or a team's, as what is given).
    Raises NotFound, Forbidden, Invalid (fields `note`, `assignee`, `team`).
    """
    require(member, Permission.CONVERSATIONS_ASSIGN)
    if (assignee_id is None) == (team_id is None):
        raise Invalid(_("Hand it to a person or to a team."), field="assignee", code="required")
    common = {"member": member, "conversation_id": conversation_id, "expected_id": expected_id, "check": check}
    if assignee_id is not None:
        conversation = triage.assign(**common, assignee_id=assignee_id)  # type: ignore[arg-type]
    else:
        conversation = triage.assign_team(**common, team_id=team_id)  # type: ignore[arg-type]
    try:
        written = replies.note(member=member, conversation_id=conversation_id, body=note, idempotency_key=idempotency_key)
    except Invalid as error:
        raise Invalid(error.message, field="note", code=error.code) from error
    data = {"message": written.id, "assignee": assignee_id, "team": team_id}
    record("conversations.handed_over", actor_id=member.id, subject=f"inbox.Conversation:{conversation_id}", data=data)
    return conversation
