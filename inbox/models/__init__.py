from inbox.models.conversation import Conversation, ConversationCount, Priority, Status, Visibility
from inbox.models.message import Direction, Message
from inbox.models.reactions import Reactions, Sign

__all__ = ["Conversation", "ConversationCount", "Direction", "Message", "Priority", "Reactions", "Sign", "Status", "Visibility"]
