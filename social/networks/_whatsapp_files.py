"""Files of WhatsApp: an id leads to an address, which lasts five minutes and wants the token in a header
(developers.facebook.com/docs/whatsapp/cloud-api/reference/media, read 2026-11).
"""

import re
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from core.http import TooLarge
from social.networks._graph_wire import Line, ask
from social.networks._media import opened_of, too_large
from social.networks._shapes import string
from social.networks._wire import Patience, Unanswered, session
from social.networks.errors import Rejected, Text
from social.networks.values import Access, Media, Opened

#: The token goes to no other.
HOSTS = (".fbsbx.com", ".facebook.com", ".fbcdn.net", ".whatsapp.net")
_ID = re.compile(r"[0-9A-Za-z_-]{1,200}")


def open_file(line: Line, access: Access, media: Media, patience: Patience, label: Text) -> Opened:
    """The bytes behind a media id. Raises Rejected, TryLater, Unauthorized."""
    if not _ID.fullmatch(media.reference):
        raise Rejected(_("The network gives no address from which this file can be fetched."), code="no_address")
    answer = ask(line, lambda graph: graph.get_object(media.reference))
    address = string(answer.body.get("url"))
    if not is_metas(address) and not settings.GRAPH_API_BASE:
        raise Rejected(_("The network no longer hands out this file."), code="gone")
    headers = {"Authorization": f"Bearer {access.secrets.get('access_token', '')}", "User-Agent": "Rabta"}
    try:
        with session(settings.GRAPH_API_BASE, patience, calls=2, max_bytes=settings.MEDIA_FILE_BYTES) as opened:
            response = opened.get(address, headers=headers)
    except TooLarge as error:
        raise too_large() from error
    except (requests.exceptions.RequestException, OSError) as error:
        raise Unanswered(error).as_trouble(label) from error
    return opened_of(response)


def is_metas(address: str) -> bool:
    """Whether an address is one of Meta's own hosts, to whom the token may be shown."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and (parts.hostname or "").endswith(HOSTS)
