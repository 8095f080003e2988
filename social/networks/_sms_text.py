"""How a text becomes SMS: which alphabet, and in how many parts it travels, each of which is paid for."""

import re

from social.networks.features import Parting

#: 3GPP TS 23.038 (V17.0.0), 6.2.1: the default alphabet, and below it what takes an escape in front.
GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_ESCAPED = "\f^{}\\[~]|€"
_ONE, _TWO = frozenset(GSM), frozenset(GSM_ESCAPED)
#: What fits into one part, and into each of several, in septets and in UTF-16 units: 140 bytes, less six for the joints.
PARTING = Parting(GSM, GSM_ESCAPED, single=160, joined=153, wide_single=70, wide_joined=67)
#: What “Smart Encoding” of a messaging service makes plain (twilio.com/docs/messaging/services/smart-encoding-char-list, 2026-11).
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′‵`´", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u200a\u202f", " "), **dict.fromkeys("\u200b\u2060\ufeff", ""), "…": "...",
    }
)  # fmt: skip
_BLANKS = re.compile(r"\s+")


def units(text: str) -> int:
    """How long `text` is in UTF-16, which is how Twilio counts its 1600."""
    return len(text) + sum(1 for letter in text if ord(letter) > 0xFFFF)


def parts(text: str) -> int:
    """In how many parts `text` travels. One odd letter puts the whole of it into the wide alphabet."""
    if all(letter in _ONE or letter in _TWO for letter in text):
        size = len(text) + sum(1 for letter in text if letter in _TWO)
        return 1 if size <= PARTING.single else -(-size // PARTING.joined)
    size = units(text)
    return 1 if size <= PARTING.wide_single else -(-size // PARTING.wide_joined)


def likeness(text: str) -> str:
    """What is left of a text whatever the way did to quotes, dashes and blanks."""
    return _BLANKS.sub(" ", text.translate(_PLAIN)).strip()


#: A trial account puts this in front (twilio.com/docs/usage/tutorials/how-to-use-your-free-trial-account, read 2026-11).
TRIAL = "Sent from your Twilio trial account - "


def same(sent: str, shown: str) -> bool:
    """Whether `shown` on Twilio's list is what was `sent`."""
    return likeness(shown.removeprefix(TRIAL)) == likeness(sent)
