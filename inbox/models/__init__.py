from inbox.models.conversation import Conversation, ConversationCount, Priority, Status, Visibility
from inbox.models.message import Direction, Message
from inbox.models.reaction import Reaction

__all__ = ["Conversation", "ConversationCount", "Direction", "Message", "Priority", "Reaction", "Status", "Visibility"]
