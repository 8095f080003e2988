"""Files of saved replies: kept with the words, and laid beside a reply when those are used.

`attach` and `lay` are called outside of any transaction: files go into the vault.
"""

from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core import sniffing, vault
from core.clock import now
from core.errors import Invalid, NotFound
from core.names import clean_name
from core.tenancy import tenant
from inbox.models import SavedReply, SavedReplyFile
from inbox.selectors.saved_replies import get_saved_reply
from inbox.services import attaching
from inbox.services.saved_replies import require_right
from social.models import StoredFile
from social.services import chosen_files, file_room

MOST_FILES = 4


def attach(*, member: Membership, reply_id: int, name: str, content: bytes) -> SavedReply:
    """Keep a file with a saved reply. Raises NotFound, Forbidden, Invalid (field `file`): empty, not what its name says."""
    require(member, Permission.CONVERSATIONS_REPLY)
    with tenant(member.workspace_id, step="saved_replies.look"):
        row = get_saved_reply(reply_id, member)
        require_right(row.scope, member)
        if row.files.count() >= MOST_FILES:
            raise Invalid(_("At most so many files go with one saved reply: {number}").format(number=MOST_FILES), field="file")
    shown = clean_name(name.replace("\\", "/").rpartition("/")[2])[: chosen_files.MAX_NAME] or _("File")
    if not content:
        raise Invalid(_("The file is empty."), field="file", code="empty")
    mime = sniffing.mime_of(content)
    chosen_files.refuse_lie(shown, mime)
    file_room.refuse_full(member.workspace_id)
    key = vault.keep(content, workspace_id=member.workspace_id)
    with tenant(member.workspace_id, step="saved_replies.attach"):
        facts = {"name": shown, "kind": sniffing.kind_of(mime), "mime": mime, "size": len(content), "key": key}
        SavedReplyFile.objects.create(reply=row, created_at=now(), **facts)
        file_room.count(len(content))
        record("saved_replies.changed", actor_id=member.pk, subject=f"inbox.SavedReply:{row.pk}", data={"scope": row.scope})
        return get_saved_reply(reply_id, member)


def detach(*, member: Membership, reply_id: int, file_id: int) -> SavedReply:
    """Take a file away from a saved reply. Raises NotFound, Forbidden. Outside of any transaction."""
    require(member, Permission.CONVERSATIONS_REPLY)
    with tenant(member.workspace_id, step="saved_replies.detach"):
        row = get_saved_reply(reply_id, member)
        require_right(row.scope, member)
        file = _file(row, file_id)
        SavedReplyFile.objects.filter(id=file.pk).delete()
        file_room.count(-file.size)
        record("saved_replies.changed", actor_id=member.pk, subject=f"inbox.SavedReply:{row.pk}", data={"scope": row.scope})
        found = get_saved_reply(reply_id, member)
    vault.forget(file.key, workspace_id=member.workspace_id)
    return found


def lay(*, member: Membership, conversation_id: int, reply_id: int, file_id: int) -> StoredFile:
    """Choose a saved reply's file for a reply here. Raises NotFound, Forbidden, Conflict, Invalid (field `file`) for what this
    channel's network does not take.
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    with tenant(member.workspace_id, step="saved_replies.lay"):
        file = _file(get_saved_reply(reply_id, member), file_id)
    try:
        content = vault.read_kept(file.key, workspace_id=member.workspace_id)
    except vault.NoSuchFile as error:
        raise NotFound(_("This file is kept no longer.")) from error
    return attaching.attach(member=member, conversation_id=conversation_id, name=file.name, content=content)


def _file(row: SavedReply, file_id: int) -> SavedReplyFile:
    file = SavedReplyFile.objects.filter(reply=row, id=file_id).first()
    if file is None:
        raise NotFound(_("There is no such file."))
    return file
