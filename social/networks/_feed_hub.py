"""WebSub (W3C Recommendation of 2018-01-23, read 2026-11): a site's hub calls when its feed has changed, so that we ask at once.

A ping is only a bell: what it brings along is looked at by nobody, the feed is asked for as always. Found in the answer's Link
header or in the document; the hub asks back at the channel's webhook whether it was really us, and signs its pings with a secret
of ours.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from core.http import OutboundRefused, PolicyAdapter, session_under_policy
from social.networks._feed_shapes import Feed, web
from social.networks._feed_wire import LIMITED_SECONDS, TROUBLE_SECONDS, Document, Patience, address_of, is_practice, retry_after
from social.networks.errors import Forged, Rejected, TryLater
from social.networks.hubs import Hub
from social.networks.values import Access, Greeting, Hook, Page

#: What we ask for; what a hub grants is its own (5.1). And the least that is believed of it.
LEASE_SECONDS = 10 * 86_400
LEAST_LEASE, MOST_LEASE = 60.0, 90 * 86_400.0
MAX_CHALLENGE = 2000
#: Of an answer that nobody reads.
MAX_ANSWER = 100_000
#: 7.1 of the Recommendation.
METHODS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_LINK = re.compile(r"<([^>]{1,2000})>((?:\s*;\s*[A-Za-z*]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]+))*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


def hub_of(document: Document, feed: Feed) -> dict[str, str]:
    """The first hub a feed names, and under which address it knows the feed; the headers count before the document (4)."""
    named: dict[str, str] = {}
    for found in _LINK.finditer(document.headers.get("link", "")[:8000]):
        rel = _REL.search(found[2])
        for word in (rel[1] or rel[2] or "").lower().split() if rel else ():
            named.setdefault(word, web(found[1], document.address))
    hub = named.get("hub") or feed.hub
    if not hub:
        return {}
    return {"hub": hub, "topic": named.get("self") or feed.topic or document.address}


def ask(hub: Hub, *, callback: str, secret: str, mode: str, patience: Patience) -> None:
    """Ask to be called, or no longer (5.1). Returns when the hub wants to think about it. Raises TryLater, Rejected."""
    asked = address_of(hub.url)
    if is_practice(asked) != is_practice(address_of(hub.topic)):
        raise Rejected(_("The site leads to an address that is not called."), code="led_away")
    base = settings.PRACTICE_URL if is_practice(asked) else None
    form = {"hub.callback": callback, "hub.mode": mode, "hub.topic": hub.topic, "hub.lease_seconds": str(LEASE_SECONDS)}
    if secret:
        form["hub.secret"] = secret
    adapter = PolicyAdapter(
        base=base, read_seconds=patience.read_seconds, total_seconds=patience.total_seconds, max_bytes=MAX_ANSWER
    )
    try:
        with session_under_policy(adapter) as session:
            answer = session.post(asked, data=form, headers={"User-Agent": "Rabta feed reader"}, allow_redirects=False)
    except OutboundRefused:
        raise Rejected(_("This address is not called: only public ones are, by https."), code="not_allowed") from None
    except (requests.RequestException, ValueError):
        raise TryLater(_("The site's hub cannot be reached."), seconds=TROUBLE_SECONDS, code="unreachable") from None
    status = answer.status_code
    if 200 <= status < 300:
        return
    if status in (429, 503):
        raise TryLater(_("The site's hub refuses."), seconds=retry_after(answer.headers), code="limited")
    raise TryLater(_("The site's hub refuses."), seconds=LIMITED_SECONDS, code=f"http_{status}")


def greeting(access: Access, query: Mapping[str, str]) -> Greeting:
    """What a hub hears that asks whether we asked (5.3): its challenge, when we did. Raises Forged."""
    topic, mode = access.secrets.get("hub_topic", ""), query.get("hub.mode", "")
    same = bool(topic) and hmac.compare_digest(topic.encode(), query.get("hub.topic", "").encode("utf-8", "replace"))
    challenge = query.get("hub.challenge", "")
    if same and mode == "denied":
        return Greeting("", promised_seconds=0.0)
    if not same or mode != "subscribe" or not challenge or len(challenge) > MAX_CHALLENGE:
        raise Forged(_("Nobody here asked for this subscription."), code="not_asked")
    said = query.get("hub.lease_seconds", "")
    seconds = float(said[:9]) if said.isascii() and said.isdigit() else float(LEASE_SECONDS)
    return Greeting(challenge, promised_seconds=min(max(seconds, LEAST_LEASE), MOST_LEASE))


def farewell(query: Mapping[str, str]) -> Greeting:
    """What a hub hears that asks whether it may stop calling a channel that is disconnected. Raises Forged."""
    challenge = query.get("hub.challenge", "")
    if query.get("hub.mode") != "unsubscribe" or not challenge or len(challenge) > MAX_CHALLENGE:
        raise Forged(_("Nobody here asked for this subscription."), code="not_asked")
    return Greeting(challenge)


def ping(access: Access, hook: Hook) -> Page:
    """A ping that is the hub's own (7.1) is a bell. Raises Forged."""
    secret = access.secrets.get("hub_secret", "")
    method, _mark, given = hook.headers.get("x-hub-signature", "").strip().partition("=")
    digest = METHODS.get(method.lower())
    if not secret or digest is None:
        raise Forged(_("This ping is not signed."), code="unsigned")
    made = hmac.new(secret.encode(), hook.body, digest).hexdigest()
    if not hmac.compare_digest(made.encode(), given.strip().lower().encode("utf-8", "replace")):
        raise Forged(_("This ping is wrongly signed."), code="wrong_signature")
    return Page((), {}, rings=True)
