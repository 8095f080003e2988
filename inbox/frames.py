"""What a page may say over its socket: where it is, that it writes. Small, checked frame by frame, never faster than a person."""

import json
import time
from dataclasses import dataclass, field

from core.errors import Invalid
from core.keyset import MAX_ID

#: The longest frame has some forty letters.
MAX_LETTERS = 200
#: Kinds of frames → the fields they carry beside `t`.
KINDS: dict[str, tuple[str, ...]] = {"look": ("id",), "typing": (), "take": (), "away": (), "ping": ()}


@dataclass(frozen=True, slots=True)
class Frame:
    """One word of a page. `number` is the conversation of a `look`."""

    kind: str
    number: int = 0


def read_frame(text: str | None) -> Frame:
    """What a page said. Raises Invalid naming the field; `frame` where there is none yet."""
    if text is None:
        raise Invalid("Frames are text.", field="frame", code="not_text")
    if len(text) > MAX_LETTERS:
        raise Invalid("A frame is short.", field="frame", code="too_large")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("A frame is JSON.", field="frame", code="not_json") from None
    if not isinstance(said, dict):
        raise Invalid("A frame is an object.", field="frame", code="not_an_object")
    kind = said.pop("t", None)
    if not isinstance(kind, str) or kind not in KINDS:
        raise Invalid("There is no such frame.", field="t", code="unknown")
    wanted = KINDS[kind]
    if strange := sorted(name for name in said if name not in wanted):
        raise Invalid("There is no such field.", field=strange[0], code="unknown")
    if not wanted:
        return Frame(kind)
    number = said.get("id")
    if type(number) is not int or not 0 < number <= MAX_ID:
        raise Invalid("A conversation is named by its number.", field="id", code="not_a_number")
    return Frame(kind, number)


@dataclass(slots=True)
class Pace:
    """How fast one socket may speak: `most` frames at once, then `per_second`. Whoever goes on regardless is cut off."""

    most: float = 30.0
    per_second: float = 4.0
    #: So many frames past the pace are no slip any more.
    patience: int = 100
    left: float = 30.0
    refused: int = 0
    at: float = field(default_factory=time.monotonic)

    def take(self) -> bool:
        """Whether one more frame is heard."""
        moment = time.monotonic()
        self.left = min(self.most, self.left + (moment - self.at) * self.per_second)
        self.at = moment
        if self.left < 1:
            self.refused += 1
            return False
        self.left -= 1
        self.refused = 0
        return True

    @property
    def is_flood(self) -> bool:
        """Whether this is no page of ours any more."""
        return self.refused > self.patience
