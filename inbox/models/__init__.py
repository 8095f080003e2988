from inbox.models.conversation import Conversation, ConversationCount, Priority, Status, Visibility
from inbox.models.message import Direction, Message
from inbox.models.reactions import Reactions, Sign
from inbox.models.ticket import Ticket, TicketStatus

__all__ = [
    "Conversation",
    "ConversationCount",
    "Direction",
    "Message",
    "Priority",
    "Reactions",
    "Sign",
    "Status",
    "Ticket",
    "TicketStatus",
    "Visibility",
]
