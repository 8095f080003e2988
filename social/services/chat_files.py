"""Files in web chats: what visitors hand over, the line that takes it, and where their widgets fetch what hangs on lines.

A file lies in the vault before a line names it, bound to whoever handed it over; nobody else's line can take it. What is shown is
fetched from our own address, signed for that one file and for a day (`public_files`), and told to nobody but the two who talk.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext as _

from core import pictures
from core.clock import now
from core.errors import Invalid
from social.models import FileState, StoredFile
from social.networks.values import Attachment, Media
from social.services import chosen_files, files
from social.services.chatting import Person, Place, slowly
from social.services.public_files import public_address

#: With one line, and of one file, in bytes.
MAX_FILES = 5
FILE_BYTES = 10 * 1024 * 1024
#: How many files in how many seconds: a visitor, an address, a site.
FILE_EACH = (15, 300)
FILE_ADDRESS = (60, 300)
FILE_SITE = (600, 3600)
#: So many megabytes strangers may hand over in a day, so that they cannot fill a workspace's room: an address, a site.
MB_ADDRESS = (100, 86_400)
MB_SITE = (500, 86_400)


@dataclass(frozen=True, slots=True)
class LineFile:
    """What a widget shows of a file on a line. `address` is empty once it is kept no longer; `small` is a picture's in small."""

    kind: str
    name: str
    size: int
    alt: str = ""
    width: int | None = None
    height: int | None = None
    address: str = ""
    small: str = ""


def largest() -> int:
    """The most bytes of one file that a visitor may hand over."""
    return min(FILE_BYTES, settings.MEDIA_FILE_BYTES)


def refuse_closed(place: Place) -> None:
    """Raise Invalid where this chat takes no files."""
    if not place.widget.takes_files:
        raise Invalid(_("Files cannot be sent in this chat. Say it in words, or give a link."), field="files", code="no_files")


def accept(place: Place, person: Person, *, address: str, name: str, content: bytes) -> StoredFile:
    """Keep a file that a visitor hands over. Nothing is said by it. Raises Invalid (field `file`), TooOften.

    Outside of any transaction.
    """
    refuse_closed(place)
    for what, limit in ((f"file:{person.id}", FILE_EACH), (f"file-from:{address}", FILE_ADDRESS), ("file", FILE_SITE)):
        slowly(place, what, limit)
    amount = -(-len(content) // (1024 * 1024))
    for what, limit in ((f"mb-from:{address}", MB_ADDRESS), ("mb", MB_SITE)):
        slowly(place, what, limit, amount=amount)
    return chosen_files.accept(
        workspace_id=place.workspace_id, channel=place.channel, visitor=person.id, name=name, content=content
    )


def handle_of(row: StoredFile) -> str:
    """What a visitor calls a file of theirs: the random part of its name in the vault, 128 bits."""
    return row.key.rpartition("/")[2]


def choose(place: Place, person: Person, *, handles: object) -> list[StoredFile]:
    """The files that one line takes, locked, in the caller's transaction. Raises Invalid (field `files`)."""
    if handles is None or handles == []:
        return []
    refuse_closed(place)
    if not isinstance(handles, list) or not all(isinstance(handle, str) for handle in handles):
        raise Invalid(_("This must be a list of files that were handed over before."), field="files")
    if len(handles) > MAX_FILES or len(set(handles)) != len(handles):
        raise Invalid(_("These are too many files, or one of them twice."), field="files", code="too_many")
    waiting = StoredFile.objects.select_for_update().filter(
        channel=place.channel, source=None, used_at=None, state=FileState.KEPT
    )
    known = {handle_of(row): row for row in waiting.exclude(visitor="") if _is_theirs(row, person)}
    if not set(handles) <= set(known):
        raise Invalid(_("A chosen file is no longer there. Choose it again."), field="files", code="no_such_file")
    return [known[handle] for handle in handles]


def _is_theirs(row: StoredFile, person: Person) -> bool:
    """Whether this visitor handed it over."""
    return row.visitor == person.id


def bind(rows: Iterable[StoredFile]) -> list[Media]:
    """Let a line take these files, in the caller's transaction. Returns what its item says of them: under that name the inbox
    finds each as a file of the network's that was fetched already.
    """
    found = []
    for row in rows:
        media = Media(
            row.kind, reference=f"chat:{handle_of(row)}", name=row.name, size=row.size, width=row.width, height=row.height
        )
        StoredFile.objects.filter(id=row.id).update(source=files.source_of(media), used_at=now())
        found.append(media)
    return found


def numbers_of(*, channel_id: int, media: Iterable[Attachment]) -> list[int]:
    """The stored files that an answer takes along, in its order. One query."""
    keys = [file.key for file in media]
    rows = dict(StoredFile.objects.filter(channel_id=channel_id, key__in=keys).values_list("key", "id")) if keys else {}
    return [rows[key] for key in keys if key in rows]


def shown(row: StoredFile) -> LineFile:
    """What widgets show of a file, with the addresses at which it is good for now. Pure."""
    plain = LineFile(row.kind, row.name, row.size, width=row.width, height=row.height)
    if row.state != FileState.KEPT:
        return plain
    own = Attachment(row.key, row.kind, row.mime, row.size, name=row.name)
    # A picture leaves as we drew it, but for one that moves.
    named = f"{row.name.rpartition('.')[0] or 'picture'}.webp"
    large = replace(own, key=row.large_key, mime=pictures.MIME, size=row.large_size, name=named) if row.large_key else own
    small = replace(own, key=row.small_key, mime=pictures.MIME, size=row.small_size, name=named) if row.small_key else None
    return replace(
        plain,
        address=public_address(large, workspace_id=row.workspace_id),
        small=public_address(small, workspace_id=row.workspace_id) if small else "",
    )
