"""Asking somebody outside: a link with an end, what it shows, and each look and answer on record."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from accounts.secrets import new_link_token, token_hash
from activity.services.log import record
from core.clock import now
from core.direction import script_language
from core.errors import Conflict, Invalid, NotFound
from core.marks import TRANSACTION_ID_SQL
from core.names import clean_name, shows_something
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from crm.models.interaction import InteractionKind
from crm.services.timeline import Happening, add
from inbox.models import Direction, Message, Part, Shows, SideMessage, SideThread, Visibility
from inbox.models.side_thread import MAX_DAYS, MAX_QUESTION
from inbox.selectors import get_conversation, get_side_thread
from inbox.services import replies

#: So long an answer may be, and so many one link gives.
MAX_ANSWER = 5000
MAX_ANSWERS = 50
MAX_NAME = 80
MAX_CHOSEN = 100


def workspace_behind(token: str) -> int | None:
    """The workspace a guest's link was made in, whether it still works or not; None for a link nobody made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT inbox_side_thread_workspace(%s)", [token_hash(token)])
        workspace_id: int | None = cursor.fetchone()[0]
    return workspace_id


def open_side_thread(
    *,
    member: Membership,
    conversation_id: int,
    guest_name: str,
    question: str,
    days: int,
    shows: str,
    message_ids: Iterable[int] = (),
) -> tuple[SideThread, str]:
    """Make a link for a guest, which works for `days`. Returns the row, and the link's secret, which is shown once.

    `shows`: all, selected (then `message_ids`) or none of what was said with the customer; notes never. The question becomes a
    note. Raises NotFound, Forbidden, Invalid (fields `guest_name`, `question`, `days`, `shows`, `messages`).
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    conversation = get_conversation(conversation_id, lock=True)
    name = clean_name(guest_name, limit=MAX_NAME)
    if not shows_something(name):
        raise Invalid(_("Say who is asked."), field="guest_name", code="empty")
    if len(question) > MAX_QUESTION:
        raise Invalid(_("A question has at most {limit} characters.").format(limit=MAX_QUESTION), field="question", code="too_long")
    if not 1 <= days <= MAX_DAYS:
        raise Invalid(_("A link works for 1 to {most} days.").format(most=MAX_DAYS), field="days")
    if shows not in Shows.values:
        raise Invalid(_("A guest sees all, selected or none of the messages."), field="shows")
    chosen = _chosen(conversation.id, message_ids) if shows == Shows.SELECTED else []
    token, moment = new_link_token(), now()
    side = SideThread.objects.create(
        conversation=conversation,
        token_hash=token_hash(token),
        guest_name=name,
        shows=shows,
        opened_by=member,
        created_at=moment,
        expires_at=moment + timedelta(days=days),
    )
    SideMessage.objects.bulk_create([SideMessage(side_thread=side, message_id=number, part=Part.SHOWN) for number in chosen])
    _record("side_threads.opened", side, member.id, shows=shows, days=days, messages=len(chosen))
    _ask(member, side, question)
    return side, token


def _chosen(conversation_id: int, message_ids: Iterable[int]) -> list[int]:
    wanted = sorted(set(message_ids))
    if not wanted:
        raise Invalid(_("Choose at least one message to show."), field="messages", code="empty")
    if len(wanted) > MAX_CHOSEN:
        raise Invalid(_("At most {count} messages can be chosen.").format(count=MAX_CHOSEN), field="messages", code="too_many")
    rows = Message.objects.filter(id__in=wanted, conversation_id=conversation_id).exclude(direction=Direction.NOTE)
    if rows.count() != len(wanted):
        raise Invalid(_("Only this conversation's messages can be shown, and no notes."), field="messages")
    return wanted


def say(*, member: Membership, side_thread_id: int, body: str) -> SideThread:
    """Say something more to the guest. Raises NotFound, Forbidden, Invalid (field `question`), Conflict when the link is closed."""
    require(member, Permission.CONVERSATIONS_REPLY)
    side = get_side_thread(side_thread_id, lock=True)
    if not side.is_open(now()):
        raise Conflict(_("This link works no more. Make another one."), field="side_thread")
    _ask(member, side, body)
    return side


def _ask(member: Membership, side: SideThread, question: str) -> None:
    try:
        message = replies.note(member=member, conversation_id=side.conversation_id, body=question)
    except Invalid as error:
        raise Invalid(error.message, field="question", code=error.code) from error
    message.context = {**(message.context or {}), "side": side.id, "asks": side.guest_name}
    message.save(update_fields=["context"])
    SideMessage.objects.create(side_thread=side, message=message, part=Part.ASKED)


def revoke(*, member: Membership, side_thread_id: int) -> SideThread:
    """Close a link at once; what was answered stays. Raises NotFound, Forbidden."""
    require(member, Permission.CONVERSATIONS_REPLY)
    side = get_side_thread(side_thread_id, lock=True)
    if side.revoked_at is None:
        side.revoked_at = now()
        side.save(update_fields=["revoked_at"])
        _record("side_threads.revoked", side, member.id)
    return side


def enter(token: str, *, lock: bool = False) -> SideThread:
    """The side thread that a link opens, inside its workspace. Raises NotFound for one nobody made, Conflict (`closed`) for one
    that works no more.
    """
    rows = SideThread.objects.select_related("opened_by__user", "conversation__channel")
    side = (rows.select_for_update(of=("self",)) if lock else rows).filter(token_hash=token_hash(token)).first()
    if side is None:
        raise NotFound(_("There is no such link."))
    if not side.is_open(now()):
        raise Conflict(_("This link works no more."), field="side_thread", code="closed")
    return side


def looked(side: SideThread, *, address: str) -> None:
    """Put on record that the guest looked, and from which network address."""
    SideThread.objects.filter(id=side.id).update(looked_at=now())
    _record("side_threads.looked", side, None, address=address)


def answer(side: SideThread, *, body: str, key: str, address: str) -> Message:
    """The guest's answer, as a note in the conversation, once a `key`. The caller entered with a lock.

    Raises Invalid (field `body`: empty, too long), Conflict (`enough`) after so many that no person writes more.
    """
    text = body.replace("\x00", "").replace("\r\n", "\n").strip()
    if not shows_something(text):
        raise Invalid(_("Write something first."), field="body", code="empty")
    if len(text) > MAX_ANSWER:
        raise Invalid(_("An answer has at most {limit} characters.").format(limit=MAX_ANSWER), field="body", code="too_long")
    conversation = get_conversation(side.conversation_id, lock=True)
    own_key = f"guest:{side.id}:{key[:60]}".replace("\x00", "")
    earlier = Message.objects.filter(idempotency_key=own_key).first()
    if earlier is not None:
        return earlier
    if SideMessage.objects.filter(side_thread=side, part=Part.ANSWERED).count() >= MAX_ANSWERS:
        raise Conflict(_("This link has taken as many answers as it can."), field="side_thread", code="enough")
    moment = now()
    message = Message.objects.create(
        conversation=conversation,
        channel_id=conversation.channel_id,
        direction=Direction.NOTE,
        visibility=Visibility.PRIVATE,
        body=text,
        lang=script_language(text) or "",
        context={"side": side.id, "guest": side.guest_name},
        occurred_at=moment,
        stored_at=moment,
        idempotency_key=own_key,
    )
    SideMessage.objects.create(side_thread=side, message=message, part=Part.ANSWERED)
    with connection.cursor() as cursor:
        cursor.execute(replies.NOTED.format(xid=TRANSACTION_ID_SQL), [current_workspace_id(), conversation.id])
    kind = InteractionKind.NOTE
    add([Happening(conversation.contact_id, kind, message.id, conversation.id, conversation.channel_id, moment, text)])
    _record("side_threads.answered", side, None, address=address, message=message.id)
    push_changed(group_name(current_workspace_id(), "channel", conversation.channel_id), [conversation.id])
    return message


def _record(event: str, side: SideThread, actor_id: int | None, **data: object) -> None:
    record(event, actor_id=actor_id, subject=f"inbox.SideThread:{side.id}", data={"conversation": side.conversation_id, **data})
