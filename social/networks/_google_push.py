"""Google's calls to us about reviews: is it their hand, and which locations are they about.

Business Profile publishes to a topic of Cloud Pub/Sub, whose push subscription calls us
(docs.cloud.google.com/pubsub/docs/push and …/authenticate-push-subscriptions, developers.google.com/my-business/content/
notification-setup, read 2026-11). A call carries a token that Google signed for the service account of the subscription and for the
address that was called, good for an hour. A call only rings: what it names is read by the next poll, so that calls that come twice,
late or in another order change nothing.
"""

import base64
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import requests
from django.conf import settings
from django.utils.translation import gettext as _

from social.networks._google_wire import answer_of
from social.networks._shapes import mapping, mappings, string
from social.networks._wire import Patience, Unanswered, session
from social.networks.errors import Forged, Malformed, TryLater
from social.networks.values import Hook

#: Google's public keys, as a JSON Web Key Set: accounts.google.com/.well-known/openid-configuration (jwks_uri), read 2026-11.
CERTS_URL = "https://www.googleapis.com/oauth2/v3/certs"
ISSUERS = ("https://accounts.google.com", "accounts.google.com")
NEEDED = ["exp", "iat", "iss", "aud", "email"]
#: How far Google's clock may be from ours, in seconds.
LEEWAY = 30
MOST_TOKEN = 4096
#: Whoever calls waits for the keys, and holds a thread of the web server meanwhile.
PATIENCE = Patience(read_seconds=3.0, total_seconds=5.0)
#: Seconds for which keys are kept whatever the answer says, at least and at most; and between two looks for a key nobody knows.
LEAST_KEPT, MOST_KEPT, LOOK_SECONDS = 300.0, 86_400.0, 60.0
#: After a look that failed the next waits so long: anybody can call, and each look may hold a thread for as long as PATIENCE.
AGAIN_SECONDS = 10.0
_MAX_AGE = re.compile(r"max-age=([0-9]{1,9})")
_PLACE = re.compile(r"^(?:accounts/[A-Za-z0-9_-]{1,60}/)?locations/([A-Za-z0-9_-]{1,60})(?:/.{0,300})?$")


@dataclass
class Keys:
    """The public keys of one place, kept for as long as it says. One for each process."""

    base: str
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _found: dict[str, jwt.PyJWK] = field(default_factory=dict)
    _until: float = 0.0
    _asked: float | None = None
    _failed: float | None = None

    def named(self, name: str) -> jwt.PyJWK | None:
        """The key of that name; None when Google has no such key. Raises TryLater when it cannot be asked."""
        with self._lock:
            moment = time.monotonic()
            stale = moment >= self._until
            # Anybody can write a name that nobody knows: such a call makes us ask once a minute, not each time.
            looked = self._asked is not None and moment - self._asked < LOOK_SECONDS
            if stale or (name not in self._found and not looked):
                if self._failed is not None and moment - self._failed < AGAIN_SECONDS:
                    raise TryLater(_("Google's keys cannot be read just now."), seconds=AGAIN_SECONDS, code="no_keys")
                self._failed = moment
                self._ask(moment)
                self._failed = None
            return self._found.get(name)

    def _ask(self, moment: float) -> None:
        try:
            with session(self.base, PATIENCE) as opened:
                answer = answer_of(opened.get(CERTS_URL))
        except (requests.exceptions.RequestException, OSError) as error:
            raise Unanswered(error).as_trouble("Google") from error
        rows = mapping(answer.body).get("keys")
        if not answer.good or not isinstance(rows, list):
            raise TryLater(_("Google's keys cannot be read just now."), seconds=LOOK_SECONDS, code="no_keys")
        self._found = dict(_keys(mappings(rows)))
        stated = _MAX_AGE.search(answer.headers.get("cache-control") or "")
        self._asked, self._until = moment, moment + min(max(float(stated[1]) if stated else 0.0, LEAST_KEPT), MOST_KEPT)


def _keys(rows: list[Mapping[str, Any]]) -> Iterator[tuple[str, jwt.PyJWK]]:
    for row in rows:
        # Nothing but what `proven` takes; and no key of another kind may stand in for one.
        if row.get("kty") != "RSA" or row.get("alg", "RS256") != "RS256" or not string(row.get("kid")):
            continue
        try:
            yield string(row.get("kid")), jwt.PyJWK.from_dict(dict(row), "RS256")
        except jwt.PyJWTError:
            continue


_KEYS: dict[str, Keys] = {}


def keys() -> Keys:
    """Those of Google, or of the practice network."""
    return _KEYS.setdefault(settings.GOOGLE_API_BASE, Keys(settings.GOOGLE_API_BASE))


def prove(hook: Hook, *, account: str) -> None:
    """That Google made this call in the name of the service account `account`, to the address that was called.

    Raises Forged, and TryLater when Google's keys cannot be had.
    """
    if not account:
        raise Forged(_("Nobody said which service account calls for Google."), code="not_set_up")
    scheme, _blank, token = hook.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > MOST_TOKEN:
        raise Forged(_("This call carries no token of Google's."), code="no_token")
    try:
        key = keys().named(string(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            raise Forged(_("This call's token is signed with a key that Google does not have."), code="unknown_key")
        claims = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=hook.url.partition("?")[0],
            issuer=ISSUERS,
            leeway=LEEWAY,
            options={"require": NEEDED},
        )
    except jwt.PyJWTError as error:
        words = _("This call's token is not good here: {error}")
        raise Forged(words.format(error=type(error).__name__), code="wrong_token") from error
    if claims.get("email_verified") is not True or claims.get("email") != account:
        raise Forged(_("This call is another service account's."), code="wrong_account")


def locations(hook: Hook) -> tuple[str, ...]:
    """The ids of the locations that a proven call is about. Raises Malformed for a body that is none of Pub/Sub's."""
    try:
        message = mapping(json.loads(hook.body, parse_constant=lambda _name: None)).get("message")
        data = base64.b64decode(string(mapping(message).get("data")), validate=True)
        told = json.loads(data, parse_constant=lambda _name: None) if data else {}
    except (ValueError, RecursionError):
        message, told = None, None
    if not isinstance(message, dict) or not isinstance(told, dict):
        raise Malformed(_("The body is not a message of Pub/Sub that tells of a location."), code="no_message")
    # The documents name the fields location_name and review_name; whatever they are called, a resource's name says what it is.
    values = (string(value) for part in (told, mapping(message.get("attributes"))) for value in part.values())
    found = (place[1] for place in map(_PLACE.match, values) if place)
    return tuple(dict.fromkeys(found))
