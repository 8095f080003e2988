"""What bytes are, by themselves: nobody's word for it counts, neither a name's nor a header's. Pure.

The signatures are those of the formats' own documents: PNG and GIF (W3C), JFIF (ITU T.81), RIFF (WebP, WAVE), ISO 14496-12
(`ftyp`), EBML (RFC 8794), Ogg (RFC 3533), ID3 and MPEG audio, FLAC (RFC 9639), PDF (ISO 32000), ZIP; mimesniff.spec.whatwg.org,
read 2026-11.
"""

import re

#: Enough of a file's beginning to know it by.
HEAD_BYTES = 4096
UNKNOWN = "application/octet-stream"
#: What a browser may draw or play on a page of ours; all else is handed over as a download.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
FILMS = frozenset({"video/mp4", "video/webm", "video/quicktime"})
SOUNDS = frozenset({"audio/mpeg", "audio/ogg", "audio/mp4", "audio/wav", "audio/flac", "audio/aac"})

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}
#: Markup, behind whatever blanks and comments: it may run scripts, so it is never drawn.
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg|\?xml|!--|[a-z]+[\s>/])", re.IGNORECASE)


def mime_of(content: bytes) -> str:
    """The type of a file by its first bytes; `application/octet-stream` where they tell nothing."""
    head = content[:HEAD_BYTES]
    for beginning, mime in _BEGINNINGS:
        if head.startswith(beginning):
            return mime
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else UNKNOWN
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:128] else "audio/ogg"
    # MPEG audio without a tag: eleven set bits, then a layer that exists.
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "audio/aac" if head[1] & 0x06 == 0 else "audio/mpeg"
    return _text(head)


def _text(head: bytes) -> str:
    plain = head.lstrip(b"\xef\xbb\xbf\t\n\r\x0c ")
    if not plain or b"\x00" in head:
        return UNKNOWN
    if _MARKUP.match(plain):
        return "image/svg+xml" if re.search(rb"<svg[\s>]", plain, re.IGNORECASE) else "text/html"
    try:
        # The last character may be cut in two.
        head[:-4].decode("utf-8") if len(head) == HEAD_BYTES else head.decode("utf-8")
    except UnicodeDecodeError:
        return UNKNOWN
    return "text/plain"


def kind_of(mime: str) -> str:
    """What becomes of a type on a page: image, video or audio where a browser draws or plays it, else file."""
    if mime in PICTURES:
        return "image"
    if mime in FILMS:
        return "video"
    return "audio" if mime in SOUNDS else "file"


def is_script(mime: str) -> bool:
    """Whether a browser might run something in it."""
    return mime in ("text/html", "image/svg+xml")
