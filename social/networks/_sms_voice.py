"""What a caller hears: documents of TwiML (twilio.com/docs/voice/twiml, read 2026-11), made by the client library."""

from collections.abc import Mapping

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from twilio.twiml.voice_response import VoiceResponse

from social.networks.errors import Text
from social.networks.values import Greeting

KIND = "text/xml; charset=utf-8"
#: So long the number is rung to which calls are led, and so long a message may be.
RING_SECONDS, MESSAGE_SECONDS = 20, 180
#: Twilio's voices speak neither Urdu nor Persian (twilio.com/docs/voice/twiml/say/text-speech, read 2026-11).
VOICES: tuple[tuple[str, Text], ...] = (
    ("", gettext_lazy("English")),
    ("ar-AE", gettext_lazy("Arabic")),
    ("hi-IN", gettext_lazy("Hindi")),
)
MAX_WORDS = 1000


def _said(response: VoiceResponse) -> Greeting:
    return Greeting(str(response), KIND)


def lead_on(secrets: Mapping[str, str], address: str) -> Greeting:
    """Ring the number to which calls are led; a message if there is none. `address` is this channel's webhook."""
    number = secrets.get("forward", "").replace(" ", "")
    if not number:
        return take_message(secrets, address)
    response = VoiceResponse()
    # Answered only when somebody answers: until then the caller hears it ring, and pays for nothing.
    response.dial(answer_on_bridge=True, timeout=RING_SECONDS, action=f"{address}?step=dialled").number(number)
    return _said(response)


def take_message(secrets: Mapping[str, str], address: str) -> Greeting:
    """Say that nobody is there, and record what the caller says."""
    voice = secrets.get("voice", "") or "en-GB"
    response = VoiceResponse()
    response.say(secrets.get("announcement", "")[:MAX_WORDS] or _words(voice[:2]), language=voice)
    response.record(action=f"{address}?step=recorded", max_length=MESSAGE_SECONDS, play_beep=True)
    return _said(response)


def _words(language: str) -> str:
    with translation.override(language if language in ("ar", "en") else "en"):
        return _("Nobody can take your call just now. Leave a message after the tone.")


def hang_up() -> Greeting:
    """Nothing more to say."""
    response = VoiceResponse()
    response.hangup()
    return _said(response)
