"""What a channel answers by itself, while nobody is there. Loops cannot be: nothing that a program wrote is answered, what we
answer says that a program wrote it, and a person hears it once in a week, whatever they or their programs write (RFC 3834, 2).
"""

from collections.abc import Iterable
from datetime import timedelta

from activity.services.log import record
from core.clock import now
from core.direction import script_language
from crm.models.interaction import InteractionKind
from crm.services.timeline import Happening, add
from inbox.models import Conversation, Direction, Message, Visibility
from inbox.services import letters
from inbox.services.threads import NewMessage
from social.models import DeliveryState
from social.networks.senders import Program
from social.networks.values import Outgoing
from social.services import outbox

#: What is older when it arrives (a mailbox read for the first time, a backfill) is answered by nobody.
FRESH = timedelta(hours=12)
#: A person hears the same words once within this time.
ONCE_IN = timedelta(days=7)


def answer(*, channel_id: int, text: str, new: Iterable[NewMessage]) -> list[int]:
    """Answer those of these new messages that may be answered by a program, with the channel's text; in the caller's transaction.

    The conversation waits for us as before: nobody of ours has answered. Returns the messages made.
    """
    moment = now()
    recent = {row.contact_id: row for row in new if row.by_a_person and row.occurred_at > moment - FRESH}
    if not recent:
        return []
    heard = Message.objects.filter(
        channel_id=channel_id,
        direction=Direction.OUT,
        program=Program.AUTO_REPLY.value,
        conversation__contact_id__in=recent,
        occurred_at__gt=moment - ONCE_IN,
    ).exclude(delivery_state=DeliveryState.CANCELLED)
    known = set(heard.values_list("conversation__contact_id", flat=True))
    rows = [row for contact, row in sorted(recent.items()) if contact not in known]
    found = Conversation.objects.select_related("contact", "channel", "team").in_bulk([row.conversation_id for row in rows])
    made = (_answered(found[row.conversation_id], row, text) for row in rows)
    return [message.id for message in made if message is not None]


def _answered(conversation: Conversation, row: NewMessage, text: str) -> Message | None:
    if conversation.visibility != Visibility.PRIVATE:
        return None
    theirs = Message.objects.select_related("identity").get(id=row.message_id)
    if theirs.identity is None:
        return None
    moment = now()
    message = Message(
        conversation=conversation,
        channel_id=conversation.channel_id,
        direction=Direction.OUT,
        visibility=Visibility.PRIVATE,
        body=text,
        lang=script_language(text) or "",
        program=Program.AUTO_REPLY.value,
        parent_external_id=theirs.external_id or "",
        occurred_at=moment,
        stored_at=moment,
    )
    outgoing = Outgoing(
        kind="direct",
        text=text,
        in_reply_to=theirs.external_id or "",
        to=theirs.identity.external_id,
        thread_key=conversation.thread_key,
        automatic=True,
        **letters.dress(conversation, member=None, answered=theirs, signed=True),
    )
    delivery = outbox.queue(
        channel=conversation.channel,
        outgoing=outgoing,
        lane=f"conversation:{conversation.id}",
        idempotency_key=f"auto:{row.message_id}",
        not_before=moment,
        actor_id=None,
    )
    message.delivery_id, message.delivery_state, message.not_before = delivery.id, delivery.state, delivery.not_before
    message.save(force_insert=True)
    Conversation.objects.filter(id=conversation.id).update(message_count=conversation.message_count + 1)
    kind = InteractionKind.MESSAGE_OUT
    add([Happening(row.contact_id, kind, message.id, conversation.id, conversation.channel_id, moment, text)])
    subject = f"inbox.Conversation:{conversation.id}"
    record("messages.answered_by_itself", actor_id=None, subject=subject, data={"message": message.id})
    return message
