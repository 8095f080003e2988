"""What we do on the network to messages that exist: liking, hiding, deleting, editing. The doing is `social.services.deeds`."""

from dataclasses import replace

from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.errors import Conflict, Invalid, NotFound
from inbox.models import Direction, Message
from inbox.selectors import get_message
from inbox.services import approval_rule
from inbox.services.deed_states import mirror
from social.models import DeliveryState
from social.networks.values import Deed, DeedKind
from social.services import deeds

#: What changes what customers wrote, in the eyes of others.
MODERATING = (DeedKind.HIDE, DeedKind.UNHIDE, DeedKind.DELETE)


def right_for(kind: DeedKind, *, ours: bool) -> Permission:
    """The right a deed wants: who answers may like, and mend and delete what we wrote; customers' words want another one."""
    return Permission.CONVERSATIONS_MODERATE if kind in MODERATING and not ours else Permission.CONVERSATIONS_REPLY


def deed_of(message: Message, kind: DeedKind, text: str = "") -> Deed:
    """The deed as the network file takes it. Pure."""
    return Deed(
        kind=kind,
        external_id=message.external_id or "",
        visibility="public" if message.visibility == "public" else "private",
        ours=message.direction == Direction.OUT,
        text=text if kind in (DeedKind.EDIT, DeedKind.LIKE) else "",
        written_at=message.occurred_at.isoformat(),
    )


def on_network(message: Message) -> bool:
    """Whether a message stands on the network, so that something can be done to it there."""
    sent = message.delivery_state in ("", DeliveryState.SENT)
    return bool(message.external_id) and message.direction != Direction.NOTE and sent and message.deleted_at is None


def do(*, member: Membership, message_id: int, kind: str, text: str = "") -> Message:
    """Have something done to a message on its network; what is so already stays so. It is done in the background, and the message
    says how far it is. Asked for again, what failed is tried again.

    Raises NotFound, Forbidden, Invalid (field `kind`: unknown, or not offered for this message; `text`: an edit's words), Conflict
    for a message that is not on the network (any more), and for a disconnected channel.
    """
    if kind not in DeedKind.__members__.values():
        raise Invalid(_("Nobody knows this deed."), field="kind", code="unknown")
    wanted = DeedKind(kind)
    require(member, Permission.CONVERSATIONS_REPLY)
    message = (
        Message.objects.select_for_update(of=("self",)).select_related("conversation__channel").filter(id=message_id).first()
    )
    if message is None:
        raise NotFound(_("There is no such message."))
    require(member, right_for(wanted, ours=message.direction == Direction.OUT))
    if not on_network(message):
        raise Conflict(_("This message is not on the network."), field="state")
    if wanted == DeedKind.EDIT:
        approval_rule.refuse_unapproved(member, channel_id=message.channel_id, visibility=message.visibility)
    words = text.replace("\x00", "").replace("\r\n", "\n").strip()
    deed = replace(deed_of(message, wanted, words), thread_key=message.conversation.thread_key)
    row = deeds.ask(channel=message.conversation.channel, deed=deed, before=message.body, actor_id=member.id)
    record(
        "deeds.asked",
        actor_id=member.id,
        subject=f"inbox.Conversation:{message.conversation_id}",
        data={"message": message.id, "kind": wanted.value, "deed": row.id},
    )
    mirror([row.id])
    return get_message(message.id)
