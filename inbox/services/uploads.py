"""Files that arrive in parts: begun, continued from where they stopped, and chosen for a reply once all of it is here.

Called outside of any transaction: parts go into the vault, and the whole is looked at as every chosen file is.
"""

from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from core import vault
from core.clock import now
from core.errors import Conflict, Invalid, NotFound
from core.names import clean_name
from core.tenancy import tenant
from inbox.models import Upload
from inbox.selectors import get_conversation
from inbox.services.attaching import attach
from social.models import Channel, StoredFile
from social.networks import network_of
from social.services import chosen_files

#: Bytes of one part: a slow line loses no more than this, and a request holds no more. Only the last is shorter, or a file could
#: come in a million files of one byte.
PART_BYTES = 1024 * 1024
#: Uploads of one member that are not finished; the oldest go when there are more.
MOST_OPEN = 20
KEPT_FOR = timedelta(days=1)


def begin(*, member: Membership, conversation_id: int, name: str, size: int) -> Upload:
    """Announce a file of `size` bytes. Raises NotFound, Forbidden, Invalid (field `file`) for what is too large to go through this
    channel's network, before a byte of it travels.
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    with tenant(member.workspace_id, step="uploads.begin"):
        conversation = get_conversation(conversation_id)
        network = network_of(conversation.channel.network)
        most = chosen_files.largest(network)
        if size < 1:
            raise Invalid(_("The file is empty."), field="file", code="empty")
        if size > most:
            limit = most // (1024 * 1024) or 1
            raise Invalid(_("This file is larger than {limit} MB.").format(limit=limit), field="file", code="too_large")
        row = Upload(conversation=conversation, member=member, name=clean_name(name) or _("File"), size=size, created_at=now())
        row.save(force_insert=True)
    discard_old(member=member)
    return row


def state(*, member: Membership, conversation_id: int, upload_id: int) -> Upload:
    """How much of a file is here. Raises NotFound, Forbidden."""
    require(member, Permission.CONVERSATIONS_REPLY)
    with tenant(member.workspace_id, step="uploads.look"):
        return _own(member, conversation_id, upload_id)


def put(
    *, member: Membership, conversation_id: int, upload_id: int, offset: int, content: bytes
) -> tuple[Upload, StoredFile | None]:
    """Take the part that begins at `offset`; with the last one the file is chosen. Raises NotFound, Forbidden, Conflict naming the
    offset to go on from (`detail`), Invalid (field `file`) for what cannot be sent, which ends the upload.

    A part that came before changes nothing, nor does asking again for what is finished.
    """
    row = state(member=member, conversation_id=conversation_id, upload_id=upload_id)
    if row.file_id is not None:
        return row, chosen(row)
    if not content or len(content) != min(PART_BYTES, row.size - offset):
        raise Invalid(_("This part is empty, or longer than what is missing."), field="file", code="wrong_part")
    if offset == 0:
        # What it is, its beginning says: 50 MB of the wrong kind need not travel.
        try:
            chosen_files.refuse(channel=_channel(member, row), name=row.name, head=content, size=row.size)
        except Invalid:
            _throw_away(member.workspace_id, [row])
            raise
    key = vault.keep(content, workspace_id=member.workspace_id)
    with tenant(member.workspace_id, step="uploads.put"):
        row = _own(member, conversation_id, upload_id, lock=True)
        fits = row.received == offset
        if fits:
            row.parts = [*row.parts, key]
            row.received += len(content)
            row.save(update_fields=["parts", "received"])
    if not fits:
        vault.forget(key, workspace_id=member.workspace_id)
        raise Conflict(_("Go on from another place of the file."), field="offset", detail={"offset": row.received})
    return (row, _finish(member, row)) if row.received == row.size else (row, None)


def drop(*, member: Membership, conversation_id: int, upload_id: int) -> Upload:
    """Let go of a file that is on its way. One that is finished is a chosen file already. Raises NotFound, Forbidden."""
    row = state(member=member, conversation_id=conversation_id, upload_id=upload_id)
    _throw_away(member.workspace_id, [row])
    return row


def discard_old(*, member: Membership) -> int:
    """Throw away what this workspace's members began a day ago, and this member's oldest beyond the most. Returns how many."""
    with tenant(member.workspace_id, step="uploads.old"):
        old = list(Upload.objects.filter(created_at__lt=now() - KEPT_FOR).order_by("created_at")[:50])
        mine = Upload.objects.filter(member=member, file_id=None).order_by("-created_at", "-id")
        old += list(mine[MOST_OPEN : MOST_OPEN + 50])
    _throw_away(member.workspace_id, old)
    return len(old)


def _finish(member: Membership, row: Upload) -> StoredFile:
    parts = [vault.read_kept(key, workspace_id=member.workspace_id) for key in row.parts]
    try:
        file = attach(member=member, conversation_id=row.conversation_id, name=row.name, content=b"".join(parts))
    except Invalid:
        _throw_away(member.workspace_id, [row])
        raise
    keys = row.parts
    with tenant(member.workspace_id, step="uploads.finish"):
        Upload.objects.filter(id=row.pk).update(file_id=file.pk, parts=[])
    row.file_id = file.pk
    for key in keys:
        vault.forget(key, workspace_id=member.workspace_id)
    return file


def chosen(row: Upload) -> StoredFile | None:
    """The file that an upload became; None while it is on its way."""
    if row.file_id is None:
        return None
    with tenant(row.workspace_id, step="uploads.chosen"):
        channel = get_conversation(row.conversation_id).channel
        file = chosen_files.own_file(channel_id=channel.pk, file_id=row.file_id)
        file.channel = channel
        return file


def _channel(member: Membership, row: Upload) -> Channel:
    with tenant(member.workspace_id, step="uploads.channel"):
        channel: Channel = get_conversation(row.conversation_id).channel
        return channel


def _own(member: Membership, conversation_id: int, upload_id: int, *, lock: bool = False) -> Upload:
    rows = Upload.objects.select_for_update(of=("self",)) if lock else Upload.objects.all()
    row = rows.filter(id=upload_id, member_id=member.pk, conversation_id=conversation_id).first()
    if row is None:
        raise NotFound(_("There is no such file."))
    return row


def _throw_away(workspace_id: int, rows: list[Upload]) -> None:
    """Rows first: a name without a part would be a broken promise."""
    if not rows:
        return
    with tenant(workspace_id, step="uploads.discard"):
        Upload.objects.filter(id__in=[row.pk for row in rows]).delete()
    for key in (key for row in rows for key in row.parts):
        vault.forget(key, workspace_id=workspace_id)
