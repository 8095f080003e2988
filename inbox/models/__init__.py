from inbox.models.conversation import Conversation, ConversationCount, Priority, Status, Visibility
from inbox.models.follower import Because, Follower, FollowHabit
from inbox.models.message import Direction, Message
from inbox.models.reactions import Reactions, Sign
from inbox.models.side_thread import Part, Shows, SideMessage, SideThread

__all__ = [
    "Because",
    "Conversation",
    "ConversationCount",
    "Direction",
    "FollowHabit",
    "Follower",
    "Message",
    "Part",
    "Priority",
    "Reactions",
    "Shows",
    "SideMessage",
    "SideThread",
    "Sign",
    "Status",
    "Visibility",
]
