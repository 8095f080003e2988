from inbox.models.conversation import Conversation, ConversationCount, Priority, Status, Visibility
from inbox.models.draft import Draft, DraftKind
from inbox.models.follower import Because, Follower, FollowHabit
from inbox.models.message import Direction, Message
from inbox.models.planned import IfWritten, PlannedReply, PlannedState
from inbox.models.reactions import Reactions, Sign
from inbox.models.saved_view import DefaultView, SavedView, Scope
from inbox.models.tagging import ConversationTag, FacetCount

__all__ = [

    "Because",
    "Conversation",
    "ConversationCount",
    "ConversationTag",
    "DefaultView",
    "Direction",
    "Draft",
    "DraftKind",
    "FacetCount",
    "FollowHabit",
    "Follower",
    "IfWritten",
    "Message",
    "PlannedReply",
    "PlannedState",
    "Priority",
    "Reactions",
    "SavedView",
    "Scope",
    "Sign",
    "Status",
    "Visibility",
]
