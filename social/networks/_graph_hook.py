"""Meta's calls to us: is it their hand, and is this address ours.

developers.facebook.com/docs/graph-api/webhooks/getting-started, read 2026-11: `X-Hub-Signature-256` is made over the raw body;
before the first call Meta asks with GET for a challenge back.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from social.networks._graph_wire import app_secret_of
from social.networks._shapes import mapping, mappings, string
from social.networks.errors import Forged, Malformed
from social.networks.values import Access, Greeting, Hook

SIGNATURE = "x-hub-signature-256"
MAX_CHALLENGE = 200


def greeting(access: Access, query: Mapping[str, str]) -> Greeting:
    """The challenge back, for who knows the verify token of this channel. Raises Forged for everybody else."""
    expected, given = access.secrets.get("verify_token", ""), query.get("hub.verify_token", "")
    fits = bool(expected) and hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
    challenge = query.get("hub.challenge", "")
    if query.get("hub.mode") != "subscribe" or not fits or not challenge or len(challenge) > MAX_CHALLENGE:
        raise Forged(_("This call does not know the channel's verify token."), code="wrong_verify_token")
    return Greeting(challenge)


def opened(access: Access, hook: Hook) -> Mapping[str, Any]:
    """The document of a call. Raises Forged, and Malformed for a signed body that is none of Meta's."""
    secret = app_secret_of(access)
    made = hmac.new(secret.encode(), hook.body, hashlib.sha256).hexdigest()
    given = hook.headers.get(SIGNATURE, "")
    if not secret or not hmac.compare_digest(f"sha256={made}".encode(), given.encode("utf-8", "replace")):
        raise Forged(_("The signature does not fit the body and the channel's app secret."), code="wrong_signature")
    try:
        document = json.loads(hook.body, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(mapping(document).get("entry"), list):
        raise Malformed(_("The body is not a JSON object with a list `entry`."), code="no_entry")
    return mapping(document)


def entries(document: Mapping[str, Any], kind: str, account_id: str) -> Iterator[Mapping[str, Any]]:
    """The entries about one account. An app has one address for all its accounts: those of others are not ours to keep."""
    if document.get("object") != kind:
        return
    for entry in mappings(document.get("entry")):
        if string(entry.get("id")) == account_id:
            yield entry
