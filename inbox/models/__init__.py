from inbox.models.conversation import Conversation, ConversationCount, Priority, Status, Visibility
from inbox.models.message import Direction, Message
from inbox.models.reactions import Reactions, Sign
from inbox.models.saved_view import DefaultView, SavedView, Scope
from inbox.models.tagging import ConversationTag, FacetCount

__all__ = [
    "Conversation",
    "ConversationCount",
    "ConversationTag",
    "DefaultView",
    "Direction",
    "FacetCount",
    "Message",
    "Priority",
    "Reactions",
    "SavedView",
    "Scope",
    "Sign",
    "Status",
    "Visibility",
]
