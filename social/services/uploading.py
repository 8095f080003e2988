"""Line two, before its second half: files of a message are opened, and handed over where the network takes them before the message.

Nothing is posted by it, so that whatever goes wrong here is certain: the message goes back to the queue, or fails with the reason.
Each call has a lease of its own length before it; who lost the delivery meanwhile sends nothing.
"""

import json
import time
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.utils.translation import gettext as _

from core import vault
from core.clock import now
from core.failpoints import calling
from core.http import not_after
from core.tenancy import tenant
from social.networks.base import Network
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, TryLater, Unsupported
from social.networks.values import Access, Attachment, Outgoing
from social.services.leases import begin_seconds, lease_seconds
from social.services.public_files import public_address, unreachable

log = structlog.get_logger("rabta.uploading")
#: No further upload begins after so many seconds, so that the job ends within its own time.
UPLOADS_SECONDS = 40.0
#: After an upload without a clear end. It is tried again whole: what arrived of it is in nobody's way.
AGAIN_SECONDS = 15.0

#: The code of a TryLater that says: the network has the file, and is not done with it.
WORKING = "media_working"
#: How long a network keeps what was handed over and not sent: X a day, the others longer.
HANDED_FOR = timedelta(hours=12)

KEEP = """
UPDATE social_delivery SET outgoing = jsonb_set(outgoing, %s::text[], outgoing #> %s::text[] || %s::jsonb)
WHERE workspace_id = %s AND id = %s AND generation = %s AND state = 'sending'
"""
#: The claim goes on for one more call, if it is still this one's and has not run out.
GO_ON = """
UPDATE social_delivery SET leased_until = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND id = %s AND generation = %s AND state = 'sending' AND leased_until > clock_timestamp()
"""


def with_files(
    *, workspace_id: int, delivery_id: int, generation: int, network: Network, access: Access, outgoing: Outgoing
) -> Outgoing | None:
    """`outgoing` with its files opened, uploaded where the network wants them first. None when the claim was lost meanwhile.

    What the network works on for a while keeps its name with the delivery: the next try asks for that and hands nothing over twice.
    Raises Rejected, Unauthorized, TryLater; never doubt, since nothing is posted.
    """
    if network.files_by_address:
        return replace(outgoing, media=tuple(_addressed(workspace_id, network, file) for file in outgoing.media))
    if not network.uploads_first:
        return replace(outgoing, media=tuple(replace(file, content=_content(workspace_id, file)) for file in outgoing.media))
    files = list(outgoing.media)
    begun = time.monotonic()
    for number, file in enumerate(files):
        if time.monotonic() - begun > UPLOADS_SECONDS:
            raise TryLater(_("The files take too long to hand over."), seconds=AGAIN_SECONDS, code="upload_slow")
        if not _goes_on(workspace_id, delivery_id, generation):
            return None
        try:
            files[number] = _uploaded(network, access, outgoing, _opened(workspace_id, file))
        except _AtWork as error:
            _keep(workspace_id, delivery_id, generation, number, error.handle)
            raise error.trouble from error
    if files and not _goes_on(workspace_id, delivery_id, generation):
        return None
    return replace(outgoing, media=tuple(files))


class _AtWork(Exception):
    """The network has the file and is not done with it."""

    def __init__(self, handle: str, trouble: TryLater) -> None:
        super().__init__(handle)
        self.handle = handle
        self.trouble = trouble


def _opened(workspace_id: int, file: Attachment) -> Attachment:
    """The file as an earlier try handed it over, while its network keeps that; else its bytes."""
    if file.handle and file.handed_at and now() - datetime.fromisoformat(file.handed_at) < HANDED_FOR:
        return file
    return replace(file, content=_content(workspace_id, file), handle="")


def _keep(workspace_id: int, delivery_id: int, generation: int, number: int, handle: str) -> None:
    named = json.dumps({"handle": handle, "handed_at": now().isoformat()})
    with tenant(workspace_id, step="send.go_on"), connection.cursor() as cursor:
        place = ["media", str(number)]
        cursor.execute(KEEP, [place, place, named, workspace_id, delivery_id, generation])


def _content(workspace_id: int, file: Attachment) -> bytes:
    try:
        return vault.read_kept(file.key, workspace_id=workspace_id)
    except vault.NoSuchFile as error:
        raise Rejected(_("This file is kept no longer: {name}").format(name=file.name), code="file_gone") from error


def _addressed(workspace_id: int, network: Network, file: Attachment) -> Attachment:
    """A file that the network fetches from us. Raises Rejected where it could not."""
    if reason := unreachable(network):
        raise Rejected(reason, code="not_public")
    try:
        vault.open_kept(file.key, workspace_id=workspace_id).close()
    except vault.NoSuchFile as error:
        raise Rejected(_("This file is kept no longer: {name}").format(name=file.name), code="file_gone") from error
    return replace(file, address=public_address(file, workspace_id=workspace_id))


def _uploaded(network: Network, access: Access, outgoing: Outgoing, file: Attachment) -> Attachment:
    handle = file.handle
    try:
        with not_after(begin_seconds()), calling("send.upload"):
            handle = handle or network.upload(access, outgoing, file)
            network.ready(access, replace(file, content=b"", handle=handle))
            return replace(file, content=b"", handle=handle)
    except TryLater as error:
        if handle and error.code == WORKING:
            raise _AtWork(handle, error) from error
        raise
    except OutcomeUnknown as error:
        raise TryLater(error.reason, seconds=max(error.hold_seconds, AGAIN_SECONDS), code=error.code) from error
    except Unsupported as error:
        raise Rejected(error.reason, code=error.code) from error
    except NetworkError:
        raise
    except Exception as error:
        log.exception("upload_failed")
        reason = _("Rabta stumbled while handing over a file ({error}).").format(error=type(error).__name__)
        raise Rejected(reason, code="internal") from error


def _goes_on(workspace_id: int, delivery_id: int, generation: int) -> bool:
    with tenant(workspace_id, step="send.go_on"), connection.cursor() as cursor:
        cursor.execute(GO_ON, [lease_seconds(), workspace_id, delivery_id, generation])
        ours: bool = cursor.rowcount == 1
    return ours
