"""Files for tests, by content: pictures that are some, things that only say so."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

HTML = b"<!doctype html><html><script>alert(document.domain)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
MP4 = struct.pack(">I", 24) + b"ftypisom" + struct.pack(">I", 512) + b"isomiso2" + b"\x00" * 200


def picture(kind: str = "PNG", size: tuple[int, int] = (80, 60), *, color: str = "teal", **options: Any) -> bytes:
    """A picture of one colour."""
    into = io.BytesIO()
    Image.new("RGB", size, color).save(into, kind, **options)
    return into.getvalue()


def moving(frames: int = 3, size: tuple[int, int] = (40, 30)) -> bytes:
    """A GIF that moves."""
    drawn = [Image.new("RGB", size, color) for color in ("red", "green", "blue", "white")[:frames]]
    into = io.BytesIO()
    drawn[0].save(into, "GIF", save_all=True, append_images=drawn[1:], duration=80)
    return into.getvalue()


def endless(frames: int) -> bytes:
    """A GIF of one pixel and any number of frames, 15 bytes each."""
    screen = b"GIF89a" + struct.pack("<HH", 1, 1) + b"\x80\x00\x00" + b"\x00\x00\x00\xff\xff\xff"
    return screen + (b"\x2c" + struct.pack("<HHHH", 0, 0, 1, 1) + b"\x00\x02\x02\x44\x01\x00") * frames + b"\x3b"


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few bytes that would be gigabytes when drawn."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00" * 4096)) + chunk(b"IEND", b"")
