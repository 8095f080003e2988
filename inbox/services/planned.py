"""Replies that wait for their time: planned, moved, changed, sent at once, taken back; and the job that sends what is due.

At its time a planned reply becomes an ordinary reply of its author in one transaction: a worker that dies leaves it planned, and
two workers make one message. Where the customer wrote meanwhile, its author is asked first unless they said otherwise.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.clock import now
from core.errors import Conflict, Invalid, NotFound, RabtaError
from core.marks import TRANSACTION_ID_SQL
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id, tenant
from inbox.models import Conversation, Direction, IfWritten, Message, PlannedReply, PlannedState
from inbox.selectors import get_conversation
from inbox.services import approval_rule, drafts, replies
from inbox.services.wording import checked_key
from social.services import chosen_files

#: How far ahead something may be planned.
LONGEST_WAIT = timedelta(days=365)
OPEN = (PlannedState.SCHEDULED, PlannedState.HELD)
TOUCH = "UPDATE inbox_conversation SET version = {xid} WHERE workspace_id = %s AND id = %s"


class _Rehearsed(Exception):
    """Takes back a reply that was written to learn whether it could be."""


def plan(
    *,
    member: Membership,
    conversation_id: int,
    body: str,
    send_at: datetime,
    media: Iterable[tuple[int, str]] = (),
    manner: dict[str, Any] | None = None,
    if_written: str = IfWritten.ASK,
    idempotency_key: str = "",
    approved_by_id: int | None = None,
) -> PlannedReply:
    """Answer the customer at `send_at` (UTC), once per idempotency key. Nothing counts as answered before.

    `manner`: `template`, `parameters`, `privately`, `unsigned` as for a reply. Raises what `replies.reply` raises now, and Invalid
    for a time that is over or more than a year ahead (field `send_at`). `approved_by_id`: who approved it, where that was needed.
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    conversation = get_conversation(conversation_id, lock=True)
    due = checked_time(send_at)
    _choice(if_written)
    chosen, how = list(media), {name: value for name, value in (manner or {}).items() if value}
    key = checked_key(idempotency_key)
    earlier = PlannedReply.objects.filter(idempotency_key=key).first() if key else None
    if earlier is not None:
        if (earlier.conversation_id, earlier.body, earlier.send_at) != (conversation.id, body.strip(), due):
            raise replies.used_key()
        return earlier
    rehearse(member, conversation, body, chosen, how, approved_by_id=approved_by_id)
    moment = now()
    files = chosen_files.hold(
        channel=conversation.channel, member_id=member.id, chosen=chosen, until=due + chosen_files.HELD_FOR
    )
    row = PlannedReply(
        conversation=conversation, author=member, body=body.replace("\r\n", "\n").strip(), files=files, manner=how, send_at=due,
        if_written=if_written, written_at=moment, created_at=moment, idempotency_key=key, approved_by_id=approved_by_id,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise replies.used_key() from error
    _told(row, "replies.planned", member, send_at=due.isoformat())
    return row


def change(
    *,
    member: Membership,
    planned_id: int,
    body: str | None = None,
    send_at: datetime | None = None,
    if_written: str | None = None,
) -> PlannedReply:
    """Other words, another time, another choice; what was held is planned anew with a new time. Raises as `plan`, and Conflict for
    what is no longer planned.
    """
    row = _open(member, planned_id)
    if if_written is not None:
        row.if_written = _choice(if_written)
    if send_at is not None:
        row.send_at, row.state, row.reason = checked_time(send_at), PlannedState.SCHEDULED, ""
    if body is not None:
        if row.approved_by_id is not None:
            raise Conflict(_("These words were approved. Take it back to change them."), field="body", code="approved")
        chosen = [(entry["file"], entry.get("alt", "")) for entry in row.files]
        if not row.manner.get("privately"):
            # Whoever writes the words needs approval, under whatever name they go.
            place = row.conversation
            approval_rule.refuse_unapproved(member, channel_id=place.channel_id, visibility=place.visibility)
        rehearse(row.author, row.conversation, body, chosen, row.manner)
        row.body = body.replace("\r\n", "\n").strip()
    # Whoever changes it has seen what was said until now.
    row.written_at = now()
    row.save()
    _told(row, "replies.plan_changed", member, send_at=row.send_at.isoformat())
    return row


def send_now(*, member: Membership, planned_id: int) -> Message:
    """Send it at once, under its author's name. Raises what `replies.reply` raises, NotFound, Conflict."""
    row = _open(member, planned_id)
    message = _sent(row)
    _told(row, "replies.plan_sent", member, message=message.id)
    return message


def take_back(*, member: Membership, planned_id: int) -> PlannedReply:
    """Do not send it: its words and files are a draft of this person's. Raises NotFound, Forbidden, Conflict for what is no longer
    planned, and where something else is being written here.
    """
    row = _open(member, planned_id)
    if not drafts.give(member=member, conversation=row.conversation, body=row.body, files=row.files, manner=row.manner):
        raise Conflict(_("You are writing something else here. Send or empty that first."), field="body", code="draft_in_use")
    _settle(row, PlannedState.CANCELLED)
    _told(row, "replies.plan_taken_back", member)
    return row


def get(planned_id: int) -> PlannedReply:
    """One planned reply of this workspace. Raises NotFound."""
    found = PlannedReply.objects.select_related("author__user", "conversation").filter(id=planned_id).first()
    if found is None:
        raise _missing()
    return found


def planned_in(conversation_id: int) -> list[PlannedReply]:
    """What waits in a conversation, the next first. Raises NotFound."""
    get_conversation(conversation_id)
    rows = PlannedReply.objects.select_related("author__user").filter(conversation_id=conversation_id, state__in=OPEN)
    return list(rows.order_by("send_at", "id")[:100])


def send_due(*, workspace_id: int) -> int:
    """Send what is due, each in a transaction of its own. Returns how many were taken up."""
    taken = 0
    while True:
        with tenant(workspace_id, step="planned.send"):
            rows = PlannedReply.objects.select_for_update(skip_locked=True, of=("self",))
            due = rows.select_related("author__user", "conversation")
            row = due.filter(state=PlannedState.SCHEDULED, send_at__lte=now()).order_by("send_at", "id").first()
            if row is None:
                return taken
            with override(row.author.user.language):
                _send_due(row)
        taken += 1


def due_workspaces(*, limit: int = 200) -> list[int]:
    """Workspaces with planned replies that are due. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id FROM inbox_due_planned(%s)", [limit])
        return [row[0] for row in cursor.fetchall()]


def _send_due(row: PlannedReply) -> None:
    if row.if_written == IfWritten.ASK and _wrote_meanwhile(row):
        remark = _("The customer wrote meanwhile. This was planned and was not sent: look once more.")
        if drafts.give(
            member=row.author, conversation=row.conversation, body=row.body, files=row.files, manner=row.manner, remark=remark
        ):
            _settle(row, PlannedState.CANCELLED, reason=remark)
        else:
            _settle(row, PlannedState.HELD, reason=remark)
        _told(row, "replies.plan_held", None)
        return
    try:
        with transaction.atomic():
            message = _sent(row)
    except RabtaError as error:
        # The time to answer is over, the channel was let go of, its author may write no more: a person decides.
        _settle(row, PlannedState.HELD, reason=str(error))
        _told(row, "replies.plan_held", None)
        return
    _told(row, "replies.plan_sent", None, message=message.id)


def _sent(row: PlannedReply) -> Message:
    """It becomes a reply of its author, in the caller's transaction."""
    message = replies.reply(
        member=row.author,
        conversation_id=row.conversation_id,
        body=row.body,
        media=[(entry["file"], entry.get("alt", "")) for entry in row.files],
        idempotency_key=f"planned:{row.id}",
        undo_seconds=0,
        approved_by_id=row.approved_by_id,
        **manner_of(row.manner),
    )
    row.message_id = message.id
    _settle(row, PlannedState.SENT)
    return message


def _settle(row: PlannedReply, state: PlannedState, *, reason: str = "") -> None:
    row.state, row.reason = state, reason
    row.settled_at = None if state == PlannedState.HELD else now()
    row.save(update_fields=["state", "reason", "settled_at", "message_id"])


def _wrote_meanwhile(row: PlannedReply) -> bool:
    theirs = Message.objects.filter(conversation_id=row.conversation_id, direction=Direction.IN, deleted_at=None, program="")
    return theirs.filter(stored_at__gt=row.written_at).exists()


def rehearse(
    member: Membership,
    conversation: Conversation,
    body: str,
    chosen: list[tuple[int, str]],
    manner: dict[str, Any],
    *,
    approved_by_id: int | None = None,
) -> None:
    """Raise what sending it now would raise; nothing of it stays."""
    try:
        with transaction.atomic():
            replies.reply(
                member=member,
                conversation_id=conversation.id,
                body=body,
                media=chosen,
                undo_seconds=0,
                approved_by_id=approved_by_id,
                **manner_of(manner),
            )
            raise _Rehearsed
    except _Rehearsed:
        return


def manner_of(manner: dict[str, Any]) -> dict[str, Any]:
    """How a waiting reply is to go, as `replies.reply` is told."""
    return {
        "privately": bool(manner.get("privately")),
        "template": manner.get("template", ""),
        "parameters": manner.get("parameters", []),
        "signed": not manner.get("unsigned"),
    }


def _open(member: Membership, planned_id: int) -> PlannedReply:
    require(member, Permission.CONVERSATIONS_REPLY)
    rows = PlannedReply.objects.select_for_update(of=("self",)).select_related("author__user", "conversation__channel")
    row = rows.filter(id=planned_id).first()
    if row is None:
        raise _missing()
    if row.state not in OPEN:
        raise Conflict(_("This reply is no longer planned."), field="state", code="not_planned")
    return row


def _missing() -> NotFound:
    return NotFound(_("There is no such planned reply."))


def _choice(if_written: str) -> str:
    if if_written not in IfWritten.values:
        raise Invalid(_("Say “ask” or “send”."), field="if_written")
    return if_written


def checked_time(send_at: datetime) -> datetime:
    """A moment at which something may be planned. Raises Invalid (field `send_at`)."""
    moment = now()
    if send_at <= moment:
        raise Invalid(_("This time is over. Choose a later one."), field="send_at", code="past")
    if send_at > moment + LONGEST_WAIT:
        raise Invalid(_("Nothing can be planned for more than a year ahead."), field="send_at", code="too_far")
    return send_at


def _told(row: PlannedReply, event: str, member: Membership | None, **data: Any) -> None:
    workspace, conversation = current_workspace_id(), row.conversation
    with connection.cursor() as cursor:
        cursor.execute(TOUCH.format(xid=TRANSACTION_ID_SQL), [workspace, conversation.id])
    subject = f"inbox.Conversation:{conversation.id}"
    record(event, actor_id=member.id if member else None, subject=subject, data={"planned": row.id, **data})
    push_changed(group_name(workspace, "channel", conversation.channel_id), [conversation.id])
