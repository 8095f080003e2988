"""Blocking who writes in a conversation, and letting them in again."""

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from crm.services.standing import set_standing
from inbox.models import Conversation, Status
from inbox.selectors import get_conversation
from inbox.services.triage import change_facts


def block(*, member: Membership, conversation_id: int, standing: str) -> Conversation:
    """Let whoever writes here be `blocked`, `spam`, or welcome again (empty). Blocked, the conversation is resolved, too; letting
    them in leaves it as it is. Raises NotFound, Forbidden, Invalid.
    """
    require(member, Permission.CONVERSATIONS_MODERATE)
    conversation = get_conversation(conversation_id, lock=True)
    set_standing(member=member, contact_id=conversation.contact_id, network=conversation.channel.network, standing=standing)
    data = {"standing": standing}
    record("conversations.blocked", actor_id=member.id, subject=f"inbox.Conversation:{conversation.id}", data=data)
    if standing and conversation.status != Status.RESOLVED:
        fields = {
            "status": Status.RESOLVED.value,
            "waiting_since": None,
            "unread_count": 0,
            "snoozed_until": None,
            "sleeps_on": False,
        }
        change_facts(conversation, "conversations.status_changed", member, **fields)
    return conversation
