"""Handing out a file of the vault so that nothing in it can act: its type is ours, it runs in no page, and parts can be asked for.

Whoever calls has decided that this person may see it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from core import vault
from core.sniffing import UNKNOWN

PIECE_BYTES = 65536
#: Nothing in it runs or loads, also when it is opened by itself: no scripts, no origin, no frames.
POLICY = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
#: For so long a browser may show it without asking again whether this person still may. Seconds.
KEPT_BY_BROWSERS = 300
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@dataclass(frozen=True, slots=True)
class Served:
    """A file to hand out: its name in the vault, and how. What is not `drawn` is a download, of no type that a browser acts on."""

    key: str
    size: int
    mime: str
    name: str
    drawn: bool


def serve(request: HttpRequest, file: Served, *, workspace_id: int) -> HttpResponseBase:
    """The answer that carries a file, whole or the one part that was asked for. Raises NoSuchFile."""
    opened = vault.open_kept(file.key, workspace_id=workspace_id)
    part = _part(request.headers.get("Range", ""), file.size)
    if part is None:
        opened.close()
        answer: HttpResponseBase = HttpResponse(status=416)
        answer["Content-Range"] = f"bytes */{file.size}"
        return answer
    first, last = part
    whole = (first, last) == (0, file.size - 1)
    answer = StreamingHttpResponse(_pieces(opened, first, last), status=200 if whole else 206)
    answer["Content-Length"] = str(last - first + 1)
    if not whole:
        answer["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    answer["Accept-Ranges"] = "bytes"
    answer["Content-Type"] = file.mime if file.drawn else UNKNOWN
    answer["Content-Disposition"] = content_disposition_header(not file.drawn, file.name or "file") or "attachment"
    answer["Content-Security-Policy"] = POLICY
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = f"private, max-age={KEPT_BY_BROWSERS}"
    return answer


def _part(wanted: str, size: int) -> tuple[int, int] | None:
    """First and last byte to send; None for a part that is not there. What is no single range is the whole (RFC 9110, 14.2)."""
    found = _RANGE.fullmatch(wanted.strip())
    if found is None or not (found[1] or found[2]):
        return 0, size - 1
    if not found[1]:
        length = min(int(found[2]), size)
        return (size - length, size - 1) if length else None
    first = int(found[1])
    last = min(int(found[2]), size - 1) if found[2] else size - 1
    return (first, last) if first <= last else None


def _pieces(opened: BinaryIO, first: int, last: int) -> Iterator[bytes]:
    with opened:
        opened.seek(first)
        left = last - first + 1
        while left > 0 and (piece := opened.read(min(PIECE_BYTES, left))):
            left -= len(piece)
            yield piece
