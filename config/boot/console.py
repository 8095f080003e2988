"""What a person sees: one line a step, with a spinner and a bar on a terminal, plain lines anywhere else."""

import codecs
import os
import shutil
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
LABEL_WIDTH = 34
BAR_WIDTH = 24
#: Seconds between two plain lines about the same long step, so that a log shows life without drowning.
PLAIN_INTERVAL = 10.0


def width_of(text: str) -> int:
    """Columns a terminal uses for `text`."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Step:
    """One running step. `tick` keeps it moving; `progress` and `note` say how far it is."""

    def __init__(self, console: "Console", label: str) -> None:
        self.label = label
        self.detail = ""
        self.began = time.monotonic()
        self._console = console
        self._last_plain = self.began

    def progress(self, done: int, total: int, text: str) -> None:
        """Show `done` of `total`; `text` says of what."""
        share = min(1.0, done / total) if total > 0 else 0.0
        filled = round(share * BAR_WIDTH)
        bar = "━" * filled + "─" * (BAR_WIDTH - filled) + " " if self._console.live else ""
        self.note(f"{bar}{done:,} / {total:,} {text}".rstrip())

    def note(self, text: str) -> None:
        """Replace what stands behind the label."""
        self.detail = text
        self.tick()

    def say(self, text: str) -> None:
        """A whole line above the step, which stays."""
        self._console.line(f"   {text}")
        self.tick()

    def tick(self) -> None:
        """Redraw; call it a few times a second while waiting."""
        now = time.monotonic()
        if self._console.live:
            self._console.draw(self, now)
        elif self.detail and now - self._last_plain > PLAIN_INTERVAL:
            self._last_plain = now
            self._console.line(f"  {self.label}: {self.detail}")


class Console:
    """Writes to one stream. `live` when that stream is a terminal that understands cursor movement."""

    def __init__(self, stream: TextIO | None = None, *, live: bool | None = None) -> None:
        self._stream = sys.stdout if stream is None else stream
        if live is None:
            live = self._stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        encoding = (getattr(self._stream, "encoding", None) or "ascii").lower().replace("-", "")
        self._wide = encoding in {"utf8", "utf16"}
        self.live = live and self._wide
        self._colour = self.live and "NO_COLOR" not in os.environ
        self._drawn = False

    def line(self, text: str = "") -> None:
        """One whole line, above the running step if there is one."""
        self._clear()
        if not self._wide:
            text = text.encode("ascii", errors="replace").decode("ascii")
        self._write(f"{text}\n")

    def relay(self, source: int) -> None:
        """Pass on what another process writes to the descriptor `source`, until it closes it."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while chunk := os.read(source, 4096):
            self._write(decoder.decode(chunk))

    def paint(self, text: str, code: str) -> str:
        """`text` in an ANSI colour (for example "1" bold, "2" dim, "32" green), plain where colours are unwelcome."""
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text

    @contextmanager
    def step(self, label: str) -> Iterator[Step]:
        """Show `label` while the block runs, then how it ended and how long it took (a mark and seconds)."""
        step = Step(self, label)
        step.tick()
        try:
            yield step
        except BaseException:
            self._finish(step, "✗" if self._wide else "failed", "31")
            raise
        self._finish(step, "✓" if self._wide else "ok", "32")

    def draw(self, step: Step, now: float) -> None:
        """One frame of the running step on a terminal."""
        frame = FRAMES[int(now * 10) % len(FRAMES)]
        room = shutil.get_terminal_size().columns - LABEL_WIDTH - 6
        self._write(f"\r\x1b[2K {self.paint(frame, '36')} {_padded(step.label)} {step.detail[: max(0, room)]}")
        self._drawn = True

    def _finish(self, step: Step, mark: str, code: str) -> None:
        seconds = f"{time.monotonic() - step.began:.1f} s"
        self.line(f" {self.paint(mark, code)} {_padded(step.label)} {self.paint(f'{seconds:>7}', '2')}")

    def _clear(self) -> None:
        if self._drawn:
            self._drawn = False
            self._write("\r\x1b[2K")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            # The reader has gone (`up | head`). That is no reason to stop what runs: say the rest to nobody.
            nobody = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nobody, self._stream.fileno())
            os.close(nobody)


def _padded(label: str) -> str:
    return label + " " * max(0, LABEL_WIDTH - width_of(label))
