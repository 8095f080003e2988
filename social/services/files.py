"""Files of messages: fetched once from their network, looked at, drawn anew, and kept where only our own pages reach them.

`fetched` opens its own short transactions and is called outside of any. Nobody's word for what a file is counts (core/sniffing.py).
"""

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from core import pictures, sniffing, vault
from core.clock import now
from core.errors import NotFound, RabtaError
from core.failpoints import calling
from core.tenancy import current_workspace_id, tenant
from social.models import Channel, FileState, StoredFile
from social.networks import network_of
from social.networks.brought import Enclosed
from social.networks.errors import NetworkError, Rejected, TryLater
from social.networks.values import Access, Media, Opened
from social.services import credentials, file_room

log = structlog.get_logger("rabta.files")
#: How long a failure is taken for an answer before the network is asked again without anybody's asking for it.
REFUSED_FOR = timedelta(hours=6)
TROUBLED_FOR = timedelta(minutes=1)
KEEP = """
INSERT INTO social_storedfile AS f (workspace_id, channel_id, source, state, kind, mime, name, width, height, size, large_size,
    small_size, kept_size, key, large_key, small_key, error, retry_at, created_at, visitor)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')
ON CONFLICT (workspace_id, channel_id, source) DO UPDATE SET state = excluded.state, kind = excluded.kind, mime = excluded.mime,
    name = excluded.name, width = excluded.width, height = excluded.height, size = excluded.size,
    large_size = excluded.large_size, small_size = excluded.small_size, kept_size = excluded.kept_size, key = excluded.key,
    large_key = excluded.large_key, small_key = excluded.small_key, error = excluded.error, retry_at = excluded.retry_at
WHERE f.state = 'failed'
RETURNING id
"""


class Busy(RabtaError):
    """So many files are being fetched that this one must wait; ask again in a moment."""

    status = 429
    code = "busy"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was written into the vault of one file."""

    kind: str
    mime: str
    size: int
    key: str
    large_size: int = 0
    small_size: int = 0
    large_key: str = ""
    small_key: str = ""
    width: int | None = None
    height: int | None = None

    @property
    def kept_size(self) -> int:
        return self.size + self.large_size + self.small_size

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(key for key in (self.key, self.large_key, self.small_key) if key)


class _Hands:
    """A bounded number of fetches at once, at most half of it for one workspace, and never two of one file: threads that answer
    pages must not all wait for networks.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: set[tuple[int, int, str]] = set()

    @contextmanager
    def on(self, what: tuple[int, int, str]) -> Iterator[None]:
        """Hold one hand while fetching. Raises Busy."""
        with self._lock:
            # One workspace's slow files must not be all that is waited for.
            own = sum(workspace_id == what[0] for workspace_id, *_more in self._busy)
            full = len(self._busy) >= settings.MEDIA_FETCHES or own >= max(1, settings.MEDIA_FETCHES // 2)
            if what in self._busy or full:
                raise Busy(_("Files are being fetched; this one comes in a moment."))
            self._busy.add(what)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(what)


_hands = _Hands()


def source_of(media: Media) -> str:
    """What one file of a network is known by here."""
    return hashlib.sha256(json.dumps([media.kind, media.url, media.reference]).encode()).hexdigest()


def known(*, channel_id: int, media: Media) -> StoredFile | None:
    """What became of a file when it was last fetched; None when nobody looked yet. Inside the caller's `tenant()`."""
    return StoredFile.objects.filter(channel_id=channel_id, source=source_of(media)).first()


def fetched(*, workspace_id: int, channel_id: int, media: Media, again: bool = False) -> StoredFile:
    """A file of a message: from the vault, else from its network and then kept. What failed lately is not asked for but `again`.

    Opens short transactions. Raises Busy, NotFound for a channel that is not there.
    """
    source = source_of(media)
    with tenant(workspace_id, step="media.look"):
        row = known(channel_id=channel_id, media=media)
        channel = Channel.objects.filter(id=channel_id).first()
    if channel is None:
        raise NotFound(_("There is no such channel."))
    # What was removed for its age was to be gone: it is not fetched anew.
    if row is not None and (row.state != FileState.FAILED or (not again and row.retry_at and row.retry_at > now())):
        return row
    with _hands.on((workspace_id, channel_id, source)):
        try:
            opened = _opened(workspace_id, channel, media)
            kept = keep(opened.content, workspace_id=workspace_id)
        except NetworkError as error:
            # A full room says nothing of the file: it is asked for again as soon as there is room.
            wait = TROUBLED_FOR if isinstance(error, TryLater) or error.code == "no_room" else REFUSED_FOR
            return _written(workspace_id, channel_id, source, media, error=error, retry_after=wait)
        return _written(workspace_id, channel_id, source, media, kept=kept, name=opened.name)


def _opened(workspace_id: int, channel: Channel, media: Media) -> Opened:
    network = network_of(channel.network)
    access = Access(external_id=channel.external_id, secrets={}, handle=channel.handle)
    if network.media_needs_access:
        access = credentials.open_access(workspace_id=workspace_id, channel_id=channel.id)
    try:
        with calling("media.fetch"):
            return network.open_media(access, media)
    except NetworkError:
        raise
    except Exception as error:
        log.exception("media_fetch_failed", channel=channel.id)
        raise TryLater(_("Rabta stumbled over this file ({error}).").format(error=type(error).__name__), seconds=60.0) from error


def keep_enclosed(*, workspace_id: int, channel_id: int, enclosed: Iterable[Enclosed]) -> None:
    """Keep files that came inside items, before these are stored: once, however often they come. Opens short transactions."""
    for file in enclosed:
        with tenant(workspace_id, step="media.look"):
            row = known(channel_id=channel_id, media=file.media)
        if row is not None and row.state != FileState.FAILED:
            continue
        source = source_of(file.media)
        try:
            if file.problem:
                raise Rejected(file.problem, code="unreadable")
            kept = keep(file.content, workspace_id=workspace_id)
        except NetworkError as error:
            _written(workspace_id, channel_id, source, file.media, error=error, retry_after=REFUSED_FOR)
        else:
            _written(workspace_id, channel_id, source, file.media, kept=kept)


def keep(content: bytes, *, workspace_id: int) -> Kept:
    """Look at a file and write it into the vault, a picture also drawn anew. Raises Rejected: empty, too large, or no room left."""
    if not content:
        raise Rejected(_("The file is empty."), code="empty")
    if len(content) > settings.MEDIA_FILE_BYTES:
        limit = settings.MEDIA_FILE_BYTES // (1024 * 1024)
        raise Rejected(_("This file is larger than {limit} MB.").format(limit=limit), code="too_large")
    file_room.refuse_full(workspace_id)
    mime = sniffing.mime_of(content)
    kind = sniffing.kind_of(mime)
    picture = None
    if kind == "image":
        try:
            picture = pictures.redraw(content)
        except pictures.Undrawable as error:
            log.info("picture_not_drawn", error=str(error))
            kind = "file"
    parts = [content, picture.large if picture else b"", picture.small if picture else b""]
    key, large, small = (vault.keep(part, workspace_id=workspace_id) if part else "" for part in parts)
    return Kept(
        kind=kind,
        mime=mime,
        size=len(content),
        key=key,
        large_size=len(parts[1]),
        small_size=len(parts[2]),
        large_key=large,
        small_key=small,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
    )


def _written(
    workspace_id: int,
    channel_id: int,
    source: str,
    media: Media,
    *,
    kept: Kept | None = None,
    name: str = "",
    error: NetworkError | None = None,
    retry_after: timedelta = TROUBLED_FOR,
) -> StoredFile:
    """Write down what became of it. Another process may have kept it meanwhile: then that one stands, and ours is thrown away."""
    moment = now()
    facts = kept or Kept(kind="file", mime="", size=0, key="")
    with tenant(workspace_id, step="media.keep"), connection.cursor() as cursor:
        cursor.execute(
            KEEP,
            [
                current_workspace_id(), channel_id, source, FileState.KEPT if kept else FileState.FAILED, facts.kind, facts.mime,
                (media.name or name)[:200], facts.width, facts.height, facts.size, facts.large_size, facts.small_size,
                facts.kept_size, facts.key, facts.large_key, facts.small_key, str(error.reason) if error else "",
                None if kept else moment + retry_after, moment,
            ],
        )  # fmt: skip
        ours = cursor.fetchone() is not None
        if ours:
            file_room.count(facts.kept_size)
        row = StoredFile.objects.get(channel_id=channel_id, source=source)
    if not ours:
        throw_away(facts.keys, workspace_id=workspace_id)
    return row


def throw_away(keys: tuple[str, ...], *, workspace_id: int) -> None:
    """Take files out of the vault that no row names any more."""
    for key in keys:
        vault.forget(key, workspace_id=workspace_id)


