"""Files of texts and calls: pictures that go along by address, and what lies at Twilio behind the account's keys.

Pictures out: twilio.com/docs/messaging/api/message-resource (MediaUrl) and …/guides/accepted-mime-types; recordings: …/voice/api/
recording#fetch-a-recordings-media-file; media in: …/messaging/api/media-resource. All read 2026-11.
"""

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from core.http import TooLarge
from social.networks import _media
from social.networks._sms_wire import LABEL, SITE, keys_of
from social.networks._wire import Patience, Unanswered, session
from social.networks.errors import Rejected, Text
from social.networks.values import Access, Media, Opened, Outgoing

#: What every carrier takes and Twilio makes smaller where it must; of all else each carrier decides.
TYPES = ("image/jpeg", "image/png", "image/gif", "video/mp4", "audio/mpeg")
#: One message, its words and all its files together.
MAX_BYTES = 5 * 1024 * 1024
MAX_FILES = 10
#: The file itself lies behind a redirect to a store of Twilio's.
HOPS = 2


def refusal(outgoing: Outgoing) -> Text | None:
    """Why these files do not fit into one message together."""
    if sum(file.size for file in outgoing.media) <= MAX_BYTES:
        return None
    return _("All files of one text message together may have {limit} MB.").format(limit=MAX_BYTES // (1024 * 1024))


def open_media(access: Access, media: Media, patience: Patience) -> Opened:
    """The bytes of a medium or a recording, asked for with the account's keys, which leave for Twilio alone.

    Raises Rejected where it is not to be had, TryLater, Unauthorized for keys that are none.
    """
    address = f"{SITE}{media.reference}.mp3" if media.reference else media.url
    account, user, password = keys_of(access)
    if not _lies_with(account, address):
        # Another account's, or no address of Twilio's at all: nobody hears our keys.
        return _media.fetch(address)
    try:
        base = settings.TWILIO_API_BASE
        with session(base, patience, calls=HOPS + 1, max_bytes=settings.MEDIA_FILE_BYTES) as opened:
            opened.max_redirects = HOPS
            # Whoever the redirect leads to gets no keys: requests drops them when the host changes.
            response = opened.get(address, headers=_media.HEADERS, auth=(user, password))
    except TooLarge as error:
        raise _media.too_large() from error
    except requests.exceptions.TooManyRedirects as error:
        raise Rejected(_("The address of this file leads round in circles."), code="redirects") from error
    except (requests.exceptions.RequestException, OSError) as error:
        raise Unanswered(error).as_trouble(LABEL) from None
    return _media.opened_of(response)


def _lies_with(account: str, address: str) -> bool:
    """Whether this is an address of Twilio's inside our own account."""
    return address.startswith(f"{SITE}/2010-04-01/Accounts/{account}/") and ".." not in address
