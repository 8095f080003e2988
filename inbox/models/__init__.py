from inbox.models.approval import ApprovalRequest, ApprovalRule, ApprovalState
from inbox.models.conversation import Conversation, ConversationCount, Priority, Status, Visibility
from inbox.models.draft import Draft, DraftKind
from inbox.models.message import Direction, Message
from inbox.models.planned import IfWritten, PlannedReply, PlannedState
from inbox.models.reactions import Reactions, Sign

__all__ = [
    "ApprovalRequest",
    "ApprovalRule",
    "ApprovalState",
    "Conversation",
    "ConversationCount",
    "Direction",
    "Draft",
    "DraftKind",
    "IfWritten",
    "Message",
    "PlannedReply",
    "PlannedState",
    "Priority",
    "Reactions",
    "Sign",
    "Status",
    "Visibility",
]
