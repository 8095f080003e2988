"""What hangs on a message, for whoever may see the message: a member's own file, or the network's, fetched when first asked for.

Called outside of any transaction: a network may be asked.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.errors import NotFound
from core.tenancy import tenant
from inbox import selectors
from social.models import StoredFile
from social.networks.values import Media
from social.services import chosen_files, files


@dataclass(frozen=True, slots=True)
class Attached:
    """One thing on a message: what the message says of it, and what was found when it was looked at."""

    said: dict[str, Any]
    file: StoredFile


def attached(*, workspace_id: int, message_id: int, number: int, again: bool = False) -> Attached:
    """The file at place `number` (from 0) of a message, kept or with the reason why not. `again` asks the network once more.

    Raises NotFound for a message, channel or place that is not there for this workspace, Busy.
    """
    with tenant(workspace_id, step="media.find"):
        message = selectors.get_message(message_id)
        shown = message.shown_media
        if not _sees(message.channel_id) or not 0 <= number < len(shown):
            raise NotFound(_("There is no such file."))
        entry = shown[number]
        if "file" in entry:
            return Attached(entry, chosen_files.own_file(channel_id=message.channel_id, file_id=entry["file"]))
    media = Media.from_json(entry)
    return Attached(entry, files.fetched(workspace_id=workspace_id, channel_id=message.channel_id, media=media, again=again))


def _sees(channel_id: int) -> bool:
    """Whether this reader sees the channel at all."""
    return channel_id in selectors.visible_channel_ids()
