"""How something came that is more than words: a program wrote it, a telephone rang, it was formatted. Part of what items say."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Program(StrEnum):
    """Which kind of program wrote something. To none of them a program of ours may answer, or two of them talk for ever."""

    #: Somebody is away, or their mail was received (RFC 3834).
    AUTO_REPLY = "auto_reply"
    #: Something we sent came back, or is late (RFC 3464).
    BOUNCE = "bounce"
    #: To many at once: a newsletter, a mailing list.
    BULK = "bulk"
    #: What a system tells by itself.
    NOTICE = "notice"
    #: A person's words through a program (a form on a site), or of somebody who asks programs to be silent. People answer it.
    RELAYED = "relayed"


@dataclass(frozen=True, slots=True)
class Original:
    """How something was formatted where it came from: untrusted HTML, and which thing attached each of its own names means."""

    html: str
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """A call instead of words. `seconds` is how long both spoke, or how long the message is that was left."""

    state: Literal["ringing", "answered", "missed", "voicemail"]
    seconds: int = 0

    @property
    def asks(self) -> bool:
        """Whether somebody now waits for us."""
        return self.state in ("missed", "voicemail")
