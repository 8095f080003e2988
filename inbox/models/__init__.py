from inbox.models.bulk import BulkAction, BulkItem, BulkRun, BulkState, ItemState
from inbox.models.conversation import Conversation, ConversationCount, Priority, Status, Visibility
from inbox.models.draft import Draft, DraftKind
from inbox.models.follower import Because, Follower, FollowHabit
from inbox.models.message import Direction, Message
from inbox.models.note_mention import NoteMention
from inbox.models.planned import IfWritten, PlannedReply, PlannedState
from inbox.models.reactions import Reactions, Sign
from inbox.models.saved_reply import SavedReply
from inbox.models.saved_view import DefaultView, SavedView
from inbox.models.scope import Scope
from inbox.models.tagging import ConversationTag, FacetCount
from inbox.models.ticket import Ticket, TicketStatus

__all__ = [
    "Because",
    "BulkAction",
    "BulkItem",
    "BulkRun",
    "BulkState",
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
    "ItemState",
    "Message",
    "NoteMention",
    "PlannedReply",
    "PlannedState",
    "Priority",
    "Reactions",
    "SavedReply",
    "SavedView",
    "Scope",
    "Sign",
    "Status",
    "Ticket",
    "TicketStatus",
    "Visibility",
]
