from inbox.models.approval import ApprovalRequest, ApprovalRule, ApprovalState
from inbox.models.bulk import BulkAction, BulkItem, BulkRun, BulkState, ItemState
from inbox.models.conversation import Conversation, ConversationCount, Priority, Status, Visibility
from inbox.models.draft import Draft, DraftKind
from inbox.models.follower import Because, Follower, FollowHabit
from inbox.models.form import Entry, FieldKind, Form, FormSubject, Value
from inbox.models.message import Direction, Message
from inbox.models.note_mention import NoteMention
from inbox.models.planned import IfWritten, PlannedReply, PlannedState
from inbox.models.reactions import Reactions, Sign
from inbox.models.saved_reply import SavedReply
from inbox.models.saved_reply_file import SavedReplyFile
from inbox.models.saved_view import DefaultView, SavedView
from inbox.models.scope import Scope
from inbox.models.side_thread import Part, Shows, SideMessage, SideThread
from inbox.models.survey import Survey, SurveySetting, SurveyState
from inbox.models.tagging import ConversationTag, FacetCount
from inbox.models.ticket import Ticket, TicketStatus
from inbox.models.upload import Upload

__all__ = [
    "ApprovalRequest",
    "ApprovalRule",
    "ApprovalState",
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
    "Entry",
    "FacetCount",
    "FieldKind",
    "FollowHabit",
    "Follower",
    "Form",
    "FormSubject",
    "IfWritten",
    "ItemState",
    "Message",
    "NoteMention",
    "Part",
    "PlannedReply",
    "PlannedState",
    "Priority",
    "Reactions",
    "SavedReply",
    "SavedReplyFile",
    "SavedView",
    "Scope",
    "Shows",
    "SideMessage",
    "SideThread",
    "Sign",
    "Status",
    "Survey",
    "SurveySetting",
    "SurveyState",
    "Ticket",
    "TicketStatus",
    "Upload",
    "Value",
    "Visibility",
]
