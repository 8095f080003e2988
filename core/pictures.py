"""Pictures of strangers, drawn anew: what reaches a browser are pixels we wrote ourselves, without what else the file held.

A picture can be small as a file and huge when drawn; its size is read from the header before a pixel is (limits below). Where a
photograph was taken (EXIF) goes, which way up it is stays. Pure: bytes in, bytes out.
"""

import io
import re
import threading
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
#: Pixels of one picture, and of all frames of one that moves. A telephone's photograph has 12 to 50 million.
MAX_PIXELS = 60_000_000
MAX_MOVING_PIXELS = 120_000_000
#: Frames of one that moves, and scans of a JPEG (a progressive one has about ten). Each costs time, however little it brings: a GIF
#: of 9 MB had half a minute's worth of frames, a JPEG of 300 kB a whole minute's of scans.
MAX_FRAMES = 2_000
MAX_SCANS = 100
#: Longest side of what is shown in a thread, and of the picture by itself.
SMALL_SIDE, LARGE_SIDE = 640, 2560
#: What both are written as.
MIME = "image/webp"
#: Pixels stand unpacked while a picture is drawn, up to half a gigabyte of them: one at a time in a process, whoever asks.
_one_at_a_time = threading.Lock()
#: A marker that begins a segment, or ends the picture (ITU T.81, B.1.1.3): not a stuffed byte, and not one that stands alone.
_SEGMENT = re.compile(rb"\xff([\xc0-\xcf\xd9-\xfe])")
_SCAN, _END = b"\xda", b"\xd9"


class Undrawable(ValueError):
    """No picture that can be drawn here: broken, too large, or none at all."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture drawn anew in two sizes, with the width and height of the large one.

    `large` is empty where the file itself may be shown: a GIF that moves, every frame of which was drawn.
    """

    small: bytes
    large: bytes
    width: int
    height: int


def redraw(content: bytes) -> Picture:
    """Draw a picture anew. A second or so for a large photograph. Raises Undrawable."""
    if content.startswith(b"\xff\xd8") and _scans(content) > MAX_SCANS:
        raise Undrawable(f"More than {MAX_SCANS} scans are not drawn.")
    with _one_at_a_time, warnings.catch_warnings():
        # Ours is the limit that counts; Pillow only warns at its own first one.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                return _drawn(opened)
        except Undrawable:
            raise
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, EOFError, SyntaxError) as error:
            raise Undrawable(f"This is no picture that can be drawn ({type(error).__name__}).") from error
        except (IndexError, KeyError, TypeError, OverflowError, RuntimeError, MemoryError) as error:
            # What decoders make of hostile headers.
            raise Undrawable(f"This picture is broken ({type(error).__name__}).") from error


def _scans(content: bytes) -> int:
    """How often a JPEG goes over its pixels; counted no further than the limit."""
    count, at = 0, 2
    while count <= MAX_SCANS and (found := _SEGMENT.search(content, at)) and found[1] != _END:
        count += found[1] == _SCAN
        at = found.end() + int.from_bytes(content[found.end() : found.end() + 2])
    return count


def _drawn(opened: Image.Image) -> Picture:
    _refuse_huge(opened)
    # Only whether there is a second frame: counting all of them goes through the whole file.
    moves = opened.format == "GIF" and getattr(opened, "is_animated", False)
    if moves:
        moves = _all_drawn(opened)
        opened.seek(0)
    opened.draft("RGB", (LARGE_SIDE, LARGE_SIDE))
    mode = "RGBA" if opened.has_transparency_data else "RGB"
    # Made small before it is turned the right way up: each copy of all pixels costs a quarter of a gigabyte.
    whole = opened if opened.mode == mode else opened.convert(mode)
    whole.thumbnail((LARGE_SIDE, LARGE_SIDE))
    whole = ImageOps.exif_transpose(whole)
    width, height = whole.size
    large = b"" if moves else _written(whole, quality=88)
    whole.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return Picture(small=_written(whole, quality=80), large=large, width=width, height=height)


def _refuse_huge(opened: Image.Image) -> None:
    if opened.width * opened.height > MAX_PIXELS:
        raise Undrawable(f"{opened.width} × {opened.height} pixels are more than are drawn.")


def _all_drawn(opened: Image.Image) -> bool:
    """Draw every frame to see that it can be. Whether it was done: a very long one is shown by its first frame."""
    pixels = 0
    for number in range(MAX_FRAMES):
        try:
            opened.seek(number)
        except EOFError:
            return True
        # A later frame may be larger than the first.
        _refuse_huge(opened)
        pixels += opened.width * opened.height
        if pixels > MAX_MOVING_PIXELS:
            return False
        opened.load()
    return False


def _written(picture: Image.Image, *, quality: int) -> bytes:
    into = io.BytesIO()
    # Nothing of the file's own information is handed over: no EXIF, no colour profile, no comment.
    picture.save(into, "WEBP", quality=quality, method=2)
    return into.getvalue()
