"""Fetching what hangs on an item by its public address: no secret goes along, and each hop of a redirect passes the policy anew."""

from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from core.http import TooLarge
from social.networks._text import clean
from social.networks._wire import Patience, Unanswered, session
from social.networks.errors import Rejected, TryLater
from social.networks.values import Opened

#: Files hang behind a redirect or two; together all hops take no longer than one call may.
MAX_HOPS = 2
HEADERS = {"User-Agent": "Rabta", "Accept": "*/*", "Accept-Encoding": "identity"}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
GONE = frozenset({401, 403, 404, 410, 451})


def fetch(address: str) -> Opened:
    """The file at a public address. Raises Rejected where it is not to be had (gone, refused, too large), TryLater."""
    if not address.lower().startswith(("https://", "http://")):
        raise Rejected(_("The network gives no address from which this file can be fetched."), code="no_address")
    try:
        with session(_base(address), Patience(), calls=MAX_HOPS + 1, max_bytes=settings.MEDIA_FILE_BYTES) as opened:
            opened.max_redirects = MAX_HOPS
            response = opened.get(_spoken(address), headers=HEADERS)
    except TooLarge as error:
        raise too_large() from error
    except requests.exceptions.TooManyRedirects as error:
        raise Rejected(_("The address of this file leads round in circles."), code="redirects") from error
    except (requests.exceptions.RequestException, OSError) as error:
        trouble = Unanswered(error)
        if trouble.ours:
            raise Rejected(_("The address of this file leads to where Rabta calls nobody."), code="not_allowed") from error
        raise trouble.as_trouble(_("The server of this file")) from error
    return opened_of(response)


def opened_of(response: requests.Response) -> Opened:
    """The file in an answer. Raises Rejected, TryLater."""
    if response.status_code in GONE:
        raise Rejected(_("The network no longer hands out this file."), code="gone")
    if response.status_code != 200:
        reason = _("The server of this file is in trouble (status {status}).").format(status=response.status_code)
        raise TryLater(reason, seconds=60.0, code=f"http_{response.status_code}")
    return Opened(response.content, name=_last_part(str(response.url)))


def too_large() -> Rejected:
    """What is larger than any file of a message may be is not fetched."""
    limit = settings.MEDIA_FILE_BYTES // (1024 * 1024)
    return Rejected(_("This file is larger than {limit} MB.").format(limit=limit), code="too_large")


def _spoken(address: str) -> str:
    """Plain http is never spoken; nearly every server answers the same under https."""
    return f"https{address[4:]}" if address.lower().startswith("http:") and not _base(address) else address


def _base(address: str) -> str:
    """Where the practice network's files are fetched, the one private address there is; empty for all others."""
    try:
        practice, asked = urlsplit(str(settings.PRACTICE_URL)), urlsplit(address)
        hosts = {practice.hostname, asked.hostname}
    except ValueError:
        return ""
    # This machine has several names, of which the practice network uses another than we do, and its port may be another after a
    # restart. Whatever is asked for there, the practice network is what is called.
    here = practice.scheme == asked.scheme and (len(hosts) == 1 or hosts <= LOOPBACK)
    return urlunsplit((practice.scheme, practice.netloc, "", "", "")) if practice.netloc and here else ""


def _last_part(address: str) -> str:
    return clean(urlsplit(address).path.rpartition("/")[2])[:200]
