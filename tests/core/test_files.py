"""Files by themselves: what they are, what is drawn anew, under which names they are kept and how they are handed out."""

import io
import subprocess
import sys

import pytest
from django.test import RequestFactory
from PIL import Image
from PIL.GifImagePlugin import GifImageFile

from core import pictures, vault
from core.serving import Served, serve
from core.sniffing import kind_of, mime_of
from core.vault import NoSuchFile
from tests.pictures import HTML, MP4, PDF, SVG, bomb, endless, moving, picture

#: By how many bytes a process grew that drew the picture it was given.
MEASURED = """
import resource, sys
from core import pictures
content = sys.stdin.buffer.read()
pictures.redraw(__import__("tests.pictures", fromlist=["picture"]).picture())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
pictures.redraw(content)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""
KINDS = (
    (picture("PNG"), "image/png", "image"),
    (picture("JPEG"), "image/jpeg", "image"),
    (picture("WEBP"), "image/webp", "image"),
    (picture("AVIF"), "image/avif", "image"),
    (moving(), "image/gif", "image"),
    (MP4, "video/mp4", "video"),
    (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm", "video/webm", "video"),
    (b"OggS\x00\x02" + b"\x00" * 22 + b"OpusHead", "audio/ogg", "audio"),
    (b"ID3\x04\x00" + b"\x00" * 40, "audio/mpeg", "audio"),
    (b"\xff\xfb\x90\x64" + b"\x00" * 40, "audio/mpeg", "audio"),
    (PDF, "application/pdf", "file"),
    (b"PK\x03\x04" + b"\x00" * 30, "application/zip", "file"),
    (HTML, "text/html", "file"),
    (b"\xef\xbb\xbf \n <ScRiPt>alert(1)</script>", "text/html", "file"),
    (SVG, "image/svg+xml", "file"),
    (b"<svg onload=alert(1)>", "image/svg+xml", "file"),
    ("سلام، رسید یہ ہے".encode(), "text/plain", "file"),
    (b"\x00\x01\x02", "application/octet-stream", "file"),
    (b"", "application/octet-stream", "file"),
)


@pytest.mark.parametrize(("content", "mime", "kind"), KINDS, ids=[row[1] + str(number) for number, row in enumerate(KINDS)])
def test_a_file_is_known_by_its_content(content: bytes, mime: str, kind: str) -> None:
    assert (mime_of(content), kind_of(mime)) == (mime, kind)


def test_a_picture_is_drawn_anew_in_two_sizes() -> None:
    drawn = pictures.redraw(picture("JPEG", (4000, 3000)))
    assert (drawn.width, drawn.height) == (2560, 1920)
    assert Image.open(io.BytesIO(drawn.large)).size == (2560, 1920)
    assert max(Image.open(io.BytesIO(drawn.small)).size) == 640
    assert mime_of(drawn.large) == mime_of(drawn.small) == pictures.MIME


def test_where_a_photograph_was_taken_goes_and_which_way_up_it_is_stays() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "taken at home, Gulberg"
    drawn = pictures.redraw(picture("JPEG", (80, 60), exif=exif.tobytes()))
    assert (drawn.width, drawn.height) == (60, 80)
    for rendition in (drawn.large, drawn.small):
        assert not Image.open(io.BytesIO(rendition)).getexif()
        assert b"Gulberg" not in rendition


def test_a_picture_that_carries_a_page_behind_it_loses_it() -> None:
    drawn = pictures.redraw(picture("PNG") + HTML)
    assert b"<script>" not in drawn.large + drawn.small


def test_one_that_moves_goes_on_moving() -> None:
    drawn = pictures.redraw(moving())
    assert drawn.large == b""
    assert mime_of(drawn.small) == pictures.MIME


@pytest.mark.parametrize("side", [9000, 60_000])
def test_a_bomb_is_not_drawn(side: int) -> None:
    small_as_a_file = bomb(side, side)
    assert len(small_as_a_file) < 1000
    with pytest.raises(pictures.Undrawable, match=r"pixels|Bomb"):
        pictures.redraw(small_as_a_file)


def test_one_of_endless_frames_is_shown_by_its_first(monkeypatch: pytest.MonkeyPatch) -> None:
    sought: list[int] = []
    seek = GifImageFile._seek
    monkeypatch.setattr(GifImageFile, "_seek", lambda self, frame, *more: (sought.append(frame), seek(self, frame, *more)))
    drawn = pictures.redraw(endless(pictures.MAX_FRAMES * 2))
    assert (drawn.width, drawn.height) == (1, 1)
    assert mime_of(drawn.large) == pictures.MIME
    assert max(sought) < pictures.MAX_FRAMES


def test_one_that_goes_over_its_pixels_without_end_is_not_drawn() -> None:
    progressive = picture("JPEG", (100, 100), progressive=True)
    assert pictures.redraw(progressive).width == 100
    assert pictures.redraw(progressive + b"\xff\xda\x00\x02" * 500).width == 100, "what stands behind its end is no scan"
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    with pytest.raises(pictures.Undrawable, match="scans"):
        pictures.redraw(progressive[:-2] + scan * pictures.MAX_SCANS + progressive[-2:])


def test_a_large_picture_is_not_held_in_many_copies() -> None:
    side = 5000
    child = subprocess.run(
        [sys.executable, "-c", MEASURED], input=picture("PNG", (side, side)), capture_output=True, check=True, timeout=60
    )
    assert int(child.stdout) < side * side * 4 * 1.6


@pytest.mark.parametrize("broken", [b"", b"GIF89a", picture("PNG")[:60], picture("JPEG")[:40] + b"\x00" * 50, SVG, HTML, MP4])
def test_what_is_no_picture_is_said_to_be_none(broken: bytes) -> None:
    with pytest.raises(pictures.Undrawable):
        pictures.redraw(broken)


# --- the vault ------------------------------------------------------------------------------------------------------------


def test_what_is_kept_is_read_again_by_its_own_workspace_only() -> None:
    name = vault.keep(b"words", workspace_id=7)
    assert vault.read_kept(name, workspace_id=7) == b"words"
    with pytest.raises(NoSuchFile):
        vault.read_kept(name, workspace_id=8)
    for wrong in (name.replace("7/", "8/", 1), "../settings.py", "7/../8/x", "/etc/passwd", ""):
        with pytest.raises(NoSuchFile):
            vault.read_kept(wrong, workspace_id=7)
    vault.forget(name, workspace_id=8)
    assert vault.read_kept(name, workspace_id=7) == b"words"
    vault.forget(name, workspace_id=7)
    with pytest.raises(NoSuchFile):
        vault.read_kept(name, workspace_id=7)


def test_two_files_have_names_nobody_can_guess() -> None:
    first, second = (vault.keep(b"same", workspace_id=7) for _turn in range(2))
    assert first != second
    assert len(first.rpartition("/")[2]) == 22


# --- handing out ----------------------------------------------------------------------------------------------------------


def asked(content: bytes, *, drawn: bool, mime: str, span: str = "", name: str = "a.bin") -> tuple[int, bytes, dict[str, str]]:
    key = vault.keep(content, workspace_id=7)
    headers = {"Range": span} if span else {}
    answer = serve(RequestFactory().get("/", headers=headers), Served(key, len(content), mime, name, drawn), workspace_id=7)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return answer.status_code, body, dict(answer.items())


def test_what_is_handed_out_can_do_nothing() -> None:
    status, body, headers = asked(HTML, drawn=False, mime="text/html", name='a"b\r\nc.html')
    assert (status, body) == (200, HTML)
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment")
    assert "\r" not in headers["Content-Disposition"]
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"].startswith("private")


@pytest.mark.parametrize(
    ("span", "status", "body", "said"),
    [
        ("", 200, b"0123456789", None),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=0-99", 200, b"0123456789", None),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=5-2", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("chapters=1", 200, b"0123456789", None),
    ],
)
def test_a_part_is_handed_out_when_a_player_asks_for_it(span: str, status: int, body: bytes, said: str | None) -> None:
    answered = asked(b"0123456789", drawn=True, mime="video/mp4", span=span)
    assert answered[:2] == (status, body)
    assert answered[2].get("Content-Range") == said
