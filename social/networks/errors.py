"""How a network file says that something did not work."""

from django.utils.functional import Promise

Text = str | Promise


class NetworkError(Exception):
    """Base of what a network file raises. `reason` is a sentence for people, `code` for machines.

    `field` names the credential that is to blame, where the network file knows it.
    """

    def __init__(self, reason: Text, *, code: str = "", field: str = "") -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.field = field
        self.code = code or type(self).__name__.lower()


class Rejected(NetworkError):
    """A documented, parsed refusal: the network certainly did not take it."""


class TryLater(NetworkError):
    """Nothing was accepted: for reading, any passing trouble; for sending, only when nothing left this machine."""

    def __init__(self, reason: Text, *, seconds: float, code: str = "") -> None:
        super().__init__(reason, code=code)
        self.seconds = seconds


class Unauthorized(NetworkError):
    """The tokens are no longer good. A refresh may mend it; when that is refused too, the owner must sign in again."""


class Unsupported(NetworkError):
    """The network cannot do that at all; refused before anything is queued."""


#: The code of a doubt in which the network says that it already has these words from this account.
DUPLICATE = "duplicate"


class OutcomeUnknown(NetworkError):
    """Sent, and nobody knows: time-outs, cut answers, 429 and 500 included.

    `hold_seconds`: the network asked this channel to send nothing for so long (a 429's reset).
    """

    def __init__(self, reason: Text, *, code: str = "", hold_seconds: float = 0.0) -> None:
        super().__init__(reason, code=code)
        self.hold_seconds = hold_seconds


class Malformed(NetworkError):
    """One item cannot be understood. It is set aside with this reason; its neighbours go on."""


class Forged(NetworkError):
    """A webhook that is not the network's own: unsigned, wrongly signed, or too old. Nothing of it is kept."""
