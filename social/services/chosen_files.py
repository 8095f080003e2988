"""Files that members and visitors choose to send: taken in by content, held against what the network takes, bound to one message.

Nothing is posted here. `accept` opens its own short transactions and is called outside of any; the others run in the caller's.
"""

import mimetypes
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from core import sniffing
from core.clock import now
from core.errors import Conflict, Invalid, NotFound
from core.names import clean_name
from core.tenancy import tenant
from social.models import Channel, FileState, StoredFile
from social.networks import network_of
from social.networks.base import Network
from social.networks.errors import Rejected, Text
from social.networks.values import Attachment
from social.services import file_room, files
from social.services.public_files import unreachable

MAX_NAME = 120
MAX_ALT = 1000
#: With one message, whatever the network takes.
MAX_FILES = 10
#: What a member chose and never sent is thrown away after so long.
UNUSED_FOR = timedelta(days=1)
#: What stands in a draft waits longer.
HELD_FOR = timedelta(days=60)


def largest(network: Network) -> int:
    """The most bytes of one file that can go through a network from here; 0 where it takes none."""
    return min(settings.MEDIA_FILE_BYTES, network.limits.media_bytes) if network.media_count(private=True) else 0


def accepted_types(network: Network) -> str:
    """What a file dialogue should offer, as the `accept` attribute says it; empty where any file goes."""
    limits = network.limits
    if limits.media_types:
        return ",".join(limits.media_types)
    return "" if "file" in limits.media_kinds else ",".join(f"{kind}/*" for kind in limits.media_kinds)


def accept(
    *,
    workspace_id: int,
    channel: Channel | None,
    name: str,
    content: bytes,
    member_id: int | None = None,
    visitor: str = "",
    networks: Iterable[Network] = (),
) -> StoredFile:
    """Keep a file that a member, or a visitor, wants to send through this channel, or without one through any of these `networks`.

    Raises Invalid (field `file`): empty, too large, of a kind that no network of them takes, or not what its name says. Outside of
    any transaction.
    """
    asked = [network_of(channel.network)] if channel else list(networks)
    shown = clean_name(name.replace("\\", "/").rpartition("/")[2])[:MAX_NAME] or _("File")
    discard_unused(workspace_id)
    if not content:
        raise Invalid(_("The file is empty."), field="file", code="empty")
    mime = sniffing.mime_of(content)
    refuse_lie(shown, mime)
    described = Attachment(key="", kind=sniffing.kind_of(mime), mime=mime, size=len(content), name=shown)
    refusals = [_refusal(network, described) for network in asked]
    if refusals and all(refusals):
        raise Invalid(refusals[0] or "", field="file")
    try:
        kept = files.keep(content, workspace_id=workspace_id)
    except Rejected as error:
        raise Invalid(error.reason, field="file", code=error.code) from error
    with tenant(workspace_id, step="media.accept"):
        row = StoredFile(channel=channel, state=FileState.KEPT, name=shown, created_at=now())
        row.member_id, row.visitor = member_id, visitor
        for field in ("kind", "mime", "size", "key", "large_size", "small_size", "kept_size", "large_key", "small_key"):
            setattr(row, field, getattr(kept, field))
        row.width, row.height = kept.width, kept.height
        row.save(force_insert=True)
        file_room.count(kept.kept_size)
    if kept.kind != described.kind:
        # A picture that cannot be drawn: no network would draw it either.
        throw_away([row], workspace_id=workspace_id)
        raise Invalid(_("{name} is a broken picture.").format(name=shown), field="file", code="broken")
    return row


def refuse(*, channel: Channel, name: str, head: bytes, size: int) -> None:
    """Raise Invalid (field `file`) for what by its beginning is not what its name says, or its channel's network does not take.

    What passes may still be found wanting once all of it is here.
    """
    mime = sniffing.mime_of(head)
    refuse_lie(name, mime)
    reason = _refusal(network_of(channel.network), Attachment(key="", kind=sniffing.kind_of(mime), mime=mime, size=size, name=name))
    if reason:
        raise Invalid(reason, field="file")


def _refusal(network: Network, file: Attachment) -> Text | None:
    if not network.media_count(private=True) and not network.media_count(private=False):
        return _("{network} takes no files.").format(network=network.label)
    return network.file_refusal(file) or unreachable(network)


def refuse_lie(name: str, mime: str) -> None:
    """Raise Invalid where a name promises a picture, film or sound and the content is something else."""
    promised = sniffing.kind_of(mimetypes.guess_type(name)[0] or "")
    kind = sniffing.kind_of(mime)
    if promised == "file" or kind == promised or {promised, kind} == {"audio", "video"}:
        return
    reason = _("{name} is not what its name says: by its content it is {type}.").format(name=name, type=mime)
    raise Invalid(reason, field="file", code="lying_type")


def choose(*, channel: Channel | None, member_id: int, chosen: Iterable[tuple[int, str]]) -> list[tuple[StoredFile, Attachment]]:
    """The files of one message, or without a channel of one post, by number and with what each shows, bound to it in the caller's
    transaction.

    Raises Invalid (field `media`) for one that is not there, not this member's or not this channel's, Conflict for one that was
    sent.
    """
    wanted = list(chosen)
    if len(wanted) > MAX_FILES or len({number for number, _alt in wanted}) != len(wanted):
        raise Invalid(_("These are too many files, or one of them twice."), field="media", code="too_many")
    rows = {
        row.id: row
        for row in StoredFile.objects.select_for_update().filter(
            id__in=[number for number, _alt in wanted], channel=channel, member_id=member_id, state=FileState.KEPT, source=None
        )
    }
    found = []
    for number, alt in wanted:
        row = rows.get(number)
        if row is None:
            raise Invalid(_("A chosen file is no longer there. Choose it again."), field="media", code="no_such_file")
        if row.used_at is not None:
            raise Conflict(_("A chosen file has already been sent. Choose it again."), field="media", code="file_used")
        if len(alt) > MAX_ALT:
            raise Invalid(_("A description has at most {limit} characters.").format(limit=MAX_ALT), field="media", code="too_long")
        found.append((row, _attachment(row, alt.replace("\x00", "").strip())))
    StoredFile.objects.filter(id__in=list(rows)).update(used_at=now())
    return found


def hold(
    *,
    channel: Channel,
    member_id: int,
    chosen: Iterable[tuple[int, str]],
    before: Iterable[int] = (),
    until: datetime | None = None,
) -> list[dict[str, Any]]:
    """Keep the files of a draft (HELD_FOR, or `until`), and no longer those of `before` that it lost. Returns each as messages show
    them, in order; what is not there, not this member's or was sent is left out. In the caller's transaction.
    """
    wanted = list(chosen)[:MAX_FILES]
    unsent = StoredFile.objects.filter(channel=channel, member_id=member_id, state=FileState.KEPT, source=None, used_at=None)
    rows = {row.id: row for row in unsent.filter(id__in=[number for number, _alt in wanted])} if wanted else {}
    if rows:
        unsent.filter(id__in=list(rows)).update(held_until=until or now() + HELD_FOR)
    if lost := set(before) - set(rows):
        unsent.filter(id__in=lost).update(held_until=None)
    once = {number: alt for number, alt in wanted if number in rows}
    return [shown(rows[number], _attachment(rows[number], alt.replace("\x00", "")[:MAX_ALT])) for number, alt in once.items()]


def give_back(*, file_ids: Iterable[int], member_id: int) -> None:
    """Let files of a message that certainly did not leave be chosen again, by this member. In the caller's transaction."""
    StoredFile.objects.filter(id__in=list(file_ids), source=None).update(
        used_at=None, member_id=member_id, held_until=now() + HELD_FOR
    )


def take_again(file_ids: Iterable[int]) -> None:
    """Bind files that were given back to the message they were with. Raises Conflict where one is gone, or went elsewhere."""
    wanted = set(file_ids)
    if not wanted:
        return
    taken = StoredFile.objects.filter(id__in=wanted, state=FileState.KEPT, used_at=None).update(used_at=now(), held_until=None)
    if taken < len(wanted):
        raise Conflict(_("A chosen file is no longer there. Choose it again."), field="media", code="no_such_file")


def shown(row: StoredFile, attachment: Attachment) -> dict[str, Any]:
    """How a file that goes along stands with its message: its number here, and what a page draws before anybody looks at it."""
    facts = {"file": row.id, "kind": attachment.kind, "mime": attachment.mime, "name": attachment.name, "alt": attachment.alt}
    return facts | {"size": attachment.size, "width": attachment.width, "height": attachment.height}


def _attachment(row: StoredFile, alt: str) -> Attachment:
    return Attachment(
        key=row.key, kind=row.kind, mime=row.mime, size=row.size, name=row.name, alt=alt, width=row.width, height=row.height
    )


def own_file(*, channel_id: int | None, file_id: int) -> StoredFile:
    """A file that a member chose, of this channel, or of none. Inside the caller's `tenant()`. Raises NotFound."""
    row = StoredFile.objects.filter(id=file_id, source=None, **_place(channel_id)).first()
    if row is None:
        raise no_such_file()
    return row


def _place(channel_id: int | None) -> dict[str, Any]:
    return {"channel__isnull": True} if channel_id is None else {"channel_id": channel_id}


def no_such_file() -> NotFound:
    """What is said of a file that is not there, or not for you: the same on purpose."""
    return NotFound(_("There is no such file."))


def throw_away(rows: Iterable[StoredFile], *, workspace_id: int) -> None:
    """Forget rows and what the vault keeps of them, but for those that a message has taken meanwhile.

    Rows first: a name without a file would be a broken promise.
    """
    with tenant(workspace_id, step="media.discard"):
        unused = StoredFile.objects.select_for_update().filter(id__in=[row.id for row in rows], used_at=None)
        gone = list(unused)
        StoredFile.objects.filter(id__in=[row.id for row in gone]).delete()
        file_room.count(-sum(row.kept_size for row in gone))
    for row in gone:
        files.throw_away((row.key, row.large_key, row.small_key), workspace_id=workspace_id)


def discard_unused(workspace_id: int) -> int:
    """Throw away some of what was chosen long ago and never sent. A look at a small index when somebody chooses the next file, and
    once a day. Returns how many there were.
    """
    with tenant(workspace_id, step="media.unused"):
        old = StoredFile.objects.filter(source=None, used_at=None, created_at__lt=now() - UNUSED_FOR)
        old = old.filter(Q(held_until=None) | Q(held_until__lt=now()))
        rows = list(old.select_for_update(skip_locked=True)[:50])
    if rows:
        throw_away(rows, workspace_id=workspace_id)
    return len(rows)
