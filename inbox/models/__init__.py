from inbox.models.conversation import Conversation, ConversationCount, Priority, Status, Visibility
from inbox.models.message import Direction, Message

__all__ = ["Conversation", "ConversationCount", "Direction", "Message", "Priority", "Status", "Visibility"]
