from inbox.models.conversation import Conversation, ConversationCount, Priority, Status, Visibility
from inbox.models.message import Direction, Message
from inbox.models.note_mention import NoteMention
from inbox.models.reactions import Reactions, Sign
from inbox.models.saved_reply import SavedReply, Scope
from inbox.models.saved_reply_file import SavedReplyFile
from inbox.models.upload import Upload

__all__ = [
    "Conversation",
    "ConversationCount",
    "Direction",
    "Message",
    "NoteMention",
    "Priority",
    "Reactions",
    "SavedReply",
    "SavedReplyFile",
    "Scope",
    "Sign",
    "Status",
    "Upload",
    "Visibility",
]
