"""The one kind of error a person sees from the boot: what is wrong and what to do, in one line."""

import errno
from pathlib import Path


class Trouble(Exception):
    """Something the person at the keyboard has to know. `tail` is the end of a log, shown above the line."""

    def __init__(self, line: str, *, tail: list[str] | None = None) -> None:
        super().__init__(line)
        self.line = line
        self.tail = tail or []


class PortTaken(Trouble):
    """A server could not start because another program had taken its port since it was chosen."""

    def __init__(self, port: int, *, tail: list[str]) -> None:
        super().__init__(f"Port {port} was taken by another program just now: run this again.", tail=tail)
        self.port = port


def from_os_error(error: OSError) -> Trouble:
    """The line for an operating system's refusal that nobody nearer could word better."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Trouble(f"The disk is full{where}: free about 1 GB, or point RABTA_STATE_DIR at a roomier folder.")
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return Trouble(f"Not allowed to write{where}: run this as its owner, or point RABTA_STATE_DIR at a folder you own.")
    return Trouble(f"{error.strerror or error}{where}: the operating system refused; mend that and run this again.")


def last_lines(log: Path, count: int = 12) -> list[str]:
    """The end of a log file, or nothing where there is none."""
    if not log.is_file():
        return []
    with log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 16_384))
        text = file.read().decode("utf-8", errors="replace")
    return telling(text.splitlines())[-count:]


def telling(lines: list[str]) -> list[str]:
    """The lines worth a person's time: of a stack trace only what it ends with; the log has the rest."""
    kept = [line[:400] for line in lines if line.strip()]
    if any(line.startswith(("Traceback ", '  File "')) for line in kept):
        kept = [line for line in kept if not line.startswith(("  ", "Traceback "))]
    return kept
