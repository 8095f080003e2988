from inbox.models.conversation import Conversation, ConversationCount, Priority, Status, Visibility
from inbox.models.form import Entry, FieldKind, Form, FormSubject, Value
from inbox.models.message import Direction, Message
from inbox.models.reactions import Reactions, Sign
from inbox.models.survey import Survey, SurveySetting, SurveyState
from inbox.models.ticket import Ticket, TicketStatus

__all__ = [
    "Conversation",
    "ConversationCount",
    "Direction",
    "Entry",
    "FieldKind",
    "Form",
    "FormSubject",
    "Message",
    "Priority",
    "Reactions",
    "Sign",
    "Status",
    "Survey",
    "SurveySetting",
    "SurveyState",
    "Ticket",
    "TicketStatus",
    "Value",
    "Visibility",
]
