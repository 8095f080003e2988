"""Asking for feeds: which addresses are asked, what an answer means, and how long to leave a site in peace.

Somebody types the address, so nothing about it is trusted: every hop of a redirect passes core's policy anew, all hops together
have one deadline, and the body is capped after unpacking.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from core.clock import now
from core.http import READ_SECONDS, TOTAL_SECONDS, OutboundRefused, PolicyAdapter, TooLarge, session_under_policy
from social.networks.errors import Rejected, TryLater, Unauthorized

#: A feed that is larger is no feed anybody reads; parsing it would cost half a minute.
MAX_BYTES = 3 * 1024 * 1024
MAX_HOPS = 5
MAX_ADDRESS = 2000
#: A site in trouble is left alone at least so long, and never longer than a day however long it asks for.
TROUBLE_SECONDS = 300.0
LIMITED_SECONDS = 900.0
MAX_WAIT_SECONDS = 86_400.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
LASTING = frozenset({301, 308})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
HEADERS = {
    "User-Agent": "Rabta feed reader",
    "Accept": "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, "
    "text/html;q=0.5, */*;q=0.1",
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one question may wait for its next byte, and in all, redirects included, in seconds."""

    read_seconds: float = READ_SECONDS
    total_seconds: float = TOTAL_SECONDS

    def shared(self, questions: int) -> "Patience":
        """For each of so many questions that are one call together."""
        return Patience(self.read_seconds / questions, self.total_seconds / questions)


@dataclass(frozen=True, slots=True)
class Document:
    """What a site answered: the address in the end, whether it moved there for good, and the unpacked bytes (none after 304)."""

    address: str
    moved: bool
    headers: Mapping[str, str]
    body: bytes
    unchanged: bool = False


def address_of(typed: str) -> str:
    """The address to ask for what somebody typed or a site pointed at. Raises Rejected with the reason."""
    text = typed.strip()
    scheme, mark, rest = text.partition(":")
    if mark and scheme.lower() == "feed":
        text = rest if rest.lower().startswith(("http:", "https:")) else f"https://{rest.lstrip('/')}"
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
        host = parts.hostname or ""
    except ValueError as error:
        raise Rejected(_("This is not an address of a page or a feed."), code="bad_address") from error
    named = "." in host.strip(".") or ":" in host or host in LOOPBACK
    if parts.scheme not in ("http", "https") or not named or len(text) > MAX_ADDRESS:
        raise Rejected(_("This is not an address of a page or a feed."), code="bad_address")
    if parts.username or parts.password:
        raise Rejected(_("An address with a password in it is not taken: it would be shown to everybody here."), code="bad_address")
    practice = urlsplit(str(settings.PRACTICE_URL))
    if practice.netloc and host in LOOPBACK and port == practice.port:
        return urlunsplit((practice.scheme, practice.netloc, parts.path or "/", parts.query, ""))
    # Plain http is never spoken; nearly every site answers the same under https.
    return urlunsplit(("https", parts.netloc, parts.path or "/", parts.query, ""))


def is_practice(address: str) -> bool:
    """Whether the address is the practice network's, the only private one that may be asked."""
    return bool(settings.PRACTICE_URL) and address.startswith(f"{settings.PRACTICE_URL}/")


def ask(address: str, patience: Patience, *, etag: str = "", modified: str = "") -> Document:
    """Ask for `address`, saying what we have already. Raises TryLater, Rejected, Unauthorized.

    What is raised carries no address: a private feed's is as good as a password.
    """
    asked = address_of(address)
    practice, moved = is_practice(asked), True
    conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
    headers = HEADERS | {name: value for name, value in conditions.items() if value}
    deadline = time.monotonic() + min(patience.total_seconds, float(settings.CALL_SECONDS))
    for _hop in range(MAX_HOPS):
        answer = _get(asked, headers, patience, deadline - time.monotonic())
        target = answer.headers.get("location", "")
        if answer.status_code not in REDIRECTS or not target:
            return _judged(answer, asked, moved=moved)
        moved = moved and answer.status_code in LASTING
        asked = address_of(urljoin(asked, target.encode("latin-1", "ignore").decode("utf-8", "replace")))
        if is_practice(asked) != practice:
            raise TryLater(_("The site leads to an address that is not called."), seconds=TROUBLE_SECONDS, code="led_away")
    raise TryLater(_("The site leads from one address to the next without end."), seconds=TROUBLE_SECONDS, code="circle")


def _get(address: str, headers: Mapping[str, str], patience: Patience, left: float) -> requests.Response:
    if left <= 0:
        raise TryLater(_("The site took too long."), seconds=TROUBLE_SECONDS, code="timeout")
    base = settings.PRACTICE_URL if is_practice(address) else None
    adapter = PolicyAdapter(base=base, read_seconds=min(patience.read_seconds, left), total_seconds=left, max_bytes=MAX_BYTES)
    try:
        with session_under_policy(adapter) as session:
            return session.get(address, headers=dict(headers), allow_redirects=False)
    except TooLarge:
        raise Rejected(_("What is served there is too large to be a feed."), code="too_large") from None
    except OutboundRefused:
        raise Rejected(_("This address is not called: only public ones are, by https."), code="not_allowed") from None
    except requests.Timeout:
        raise TryLater(_("The site took too long."), seconds=TROUBLE_SECONDS, code="timeout") from None
    except requests.ConnectionError:
        raise TryLater(_("The site cannot be reached."), seconds=TROUBLE_SECONDS, code="unreachable") from None
    except (requests.RequestException, ValueError):
        # Half a body, wrong packing, names no resolver takes.
        raise TryLater(_("The site's answer cannot be read."), seconds=TROUBLE_SECONDS, code="unreadable") from None


def _judged(answer: requests.Response, address: str, *, moved: bool) -> Document:
    status = answer.status_code
    if status == 304:
        return Document(address, moved, answer.headers, b"", unchanged=True)
    if 200 <= status < 300:
        return Document(address, moved, answer.headers, answer.content)
    if status == 401:
        raise Unauthorized(_("The site asks for a password; only feeds that are open to all can be read."), code="password")
    if status == 410:
        raise Unauthorized(_("The site says that this feed is gone for good. Connect the new address."), code="gone")
    if status in (429, 503):
        raise TryLater(_("The site asks to be left in peace for a while."), seconds=retry_after(answer.headers), code="limited")
    if status >= 500:
        raise TryLater(_("The site is in trouble ({status}).").format(status=status), seconds=TROUBLE_SECONDS, code="trouble")
    if status >= 400:
        raise Rejected(_("The site does not give this feed ({status}).").format(status=status), code=f"status_{status}")
    raise TryLater(_("The site's answer cannot be read."), seconds=TROUBLE_SECONDS, code="unreadable")


def retry_after(headers: Mapping[str, str]) -> float:
    """For how many seconds a site asks to be left alone (RFC 9110, 10.2.3: seconds or a date), within a second and a day."""
    said = headers.get("retry-after", "").strip()
    seconds = LIMITED_SECONDS
    if said.isascii() and said.isdigit():
        seconds = float(said[:9])
    elif said:
        moment = http_date(said)
        seconds = (moment - now()).total_seconds() if moment else LIMITED_SECONDS
    return min(seconds if seconds > 0 else LIMITED_SECONDS, MAX_WAIT_SECONDS)


def http_date(value: str) -> datetime | None:
    """A header's date in UTC, or None."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def max_age(headers: Mapping[str, str]) -> float:
    """For how many seconds the site says that its answer stays good (`Cache-Control: max-age`); 0 when it does not."""
    for part in headers.get("cache-control", "").lower().split(","):
        name, _mark, value = part.strip().partition("=")
        if name == "max-age" and value.isascii() and value.isdigit():
            return float(value[:9])
    return 0.0
