"""A member chooses a file for a reply: whoever may answer in a conversation may bring files into it.

Called outside of any transaction: a large picture takes a second to draw.
"""

from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from core.errors import Conflict
from core.tenancy import tenant
from inbox.selectors import get_conversation
from social.models import ChannelState, StoredFile
from social.services import chosen_files


def attach(*, member: Membership, conversation_id: int, name: str, content: bytes) -> StoredFile:
    """Keep a file for a reply in this conversation. Raises NotFound, Forbidden, Conflict for a channel that was let go of, Invalid
    (field `file`) for what its network does not take.
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    with tenant(member.workspace_id, step="media.place"):
        channel = get_conversation(conversation_id).channel
    if channel.state == ChannelState.DISCONNECTED:
        raise Conflict(_("This channel is disconnected. Connect it again to answer through it."), field="channel")
    return chosen_files.accept(
        workspace_id=member.workspace_id, channel=channel, member_id=member.id, name=name, content=content
    )


def chosen_here(*, member: Membership, conversation_id: int, file_id: int) -> StoredFile:
    """A file that was chosen for this conversation's channel. Raises NotFound, Forbidden."""
    require(member, Permission.CONVERSATIONS_REPLY)
    with tenant(member.workspace_id, step="media.place"):
        return chosen_files.own_file(channel_id=get_conversation(conversation_id).channel_id, file_id=file_id)
