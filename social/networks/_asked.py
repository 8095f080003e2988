"""What networks that are asked over HTTP are alike in: how patient they are, and what is refused before asking."""

import time
from typing import ClassVar

from django.utils.translation import gettext as _

from core.http import READ_SECONDS, TOTAL_SECONDS
from social.networks._wire import Patience
from social.networks.base import Network
from social.networks.errors import Text
from social.networks.values import Outgoing


class AskedNetwork(Network):
    """A network whose every call has one patience."""

    call_seconds: ClassVar[float] = TOTAL_SECONDS

    def __init__(self, *, read_seconds: float = READ_SECONDS, total_seconds: float = TOTAL_SECONDS) -> None:
        self.patience = Patience(read_seconds, total_seconds)

    def _until(self, share: int = 3) -> float:
        """When, on the monotonic clock, the last of several calls must have begun: each takes so much of the time at most."""
        return time.monotonic() + self.patience.all_in() / share

    def length(self, text: str) -> int:
        return len(text)


class AnsweringNetwork(AskedNetwork):
    """One on which only answers are given so far: no posts of its own."""

    def refusal(self, outgoing: Outgoing) -> Text | None:
        if not outgoing.text.strip() and not outgoing.media:
            return _("There is nothing to send.")
        if outgoing.kind == "post":
            return _("{network} takes no posts of its own through this channel yet.").format(network=self.label)
        return self._misplaced(outgoing) or self._too_long(outgoing)

    def _misplaced(self, outgoing: Outgoing) -> Text | None:
        """Why nothing can be said in this place; None where it can."""
        return None

    def _too_long(self, outgoing: Outgoing) -> Text | None:
        size = self.length(outgoing.text)
        limit = self.limits.private_length if outgoing.kind == "direct" else self.limits.public_length
        if size <= limit:
            return None
        words = _("The text is too long for {network}: {length} of {limit} characters.")
        return words.format(network=self.label, length=size, limit=limit)
