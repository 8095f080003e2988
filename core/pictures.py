"""Pictures of strangers, drawn anew: what reaches a browser are pixels we wrote ourselves, without what else the file held.

A picture can be small as a file and huge when drawn; its size is read from the header before a pixel is (limits below). Where a
photograph was taken (EXIF) goes, which way up it is stays. Pure: bytes in, bytes out.
"""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
#: Pixels of one picture, and of all frames of one that moves. A telephone's photograph has 12 to 50 million.
MAX_PIXELS = 60_000_000
MAX_MOVING_PIXELS = 120_000_000
#: Longest side of what is shown in a thread, and of the picture by itself.
SMALL_SIDE, LARGE_SIDE = 640, 2560
#: What both are written as.
MIME = "image/webp"


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
    with warnings.catch_warnings():
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


def _drawn(opened: Image.Image) -> Picture:
    if opened.width * opened.height > MAX_PIXELS:
        raise Undrawable(f"{opened.width} × {opened.height} pixels are more than are drawn.")
    moves = opened.format == "GIF" and getattr(opened, "n_frames", 1) > 1
    if moves:
        moves = _all_drawn(opened)
        opened.seek(0)
    opened.draft("RGB", (LARGE_SIDE, LARGE_SIDE))
    upright = ImageOps.exif_transpose(opened) or opened
    clear = upright.has_transparency_data
    whole = upright.convert("RGBA" if clear else "RGB")
    whole.thumbnail((LARGE_SIDE, LARGE_SIDE))
    width, height = whole.size
    large = b"" if moves else _written(whole, quality=88)
    whole.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return Picture(small=_written(whole, quality=80), large=large, width=width, height=height)


def _all_drawn(opened: Image.Image) -> bool:
    """Draw every frame to see that it can be. Whether it was done: a very long one is shown by its first frame."""
    pixels = opened.width * opened.height
    frames = getattr(opened, "n_frames", 1)
    if pixels * frames > MAX_MOVING_PIXELS:
        return False
    for number in range(frames):
        opened.seek(number)
        opened.load()
    return True


def _written(picture: Image.Image, *, quality: int) -> bytes:
    into = io.BytesIO()
    # Nothing of the file's own information is handed over: no EXIF, no colour profile, no comment.
    picture.save(into, "WEBP", quality=quality, method=2)
    return into.getvalue()
