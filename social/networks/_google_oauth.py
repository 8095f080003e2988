"""Signing in at Google: OAuth 2 for web servers with PKCE, shared by YouTube and Google reviews.

developers.google.com/identity/protocols/oauth2/web-server, read 2026-11. `access_type=offline` alone gives a refresh token at the
first consent only, so `prompt=consent` asks each time. A refresh token stays as it is when it is used.
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from core.clock import now
from social.networks._google_wire import Answer, answer_of, unreadable
from social.networks._shapes import mapping, string
from social.networks._wire import Patience, Unanswered, session
from social.networks.errors import Rejected, TryLater, Unauthorized, Unsupported
from social.networks.values import Tokens

AUTHORIZE_URL = "https://accounts.google.com"
AUTHORIZE_PATH = "/o/oauth2/v2/auth"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, not a secret
#: The owner took the permission back, changed the password, or let half a year pass: only they can mend it.
ENDED = frozenset({"invalid_grant", "unauthorized_client"})
#: What is wrong with this installation's own client is not the account's fault, and no account is parked for it.
MISCONFIGURED_SECONDS = 600.0


def authorize_url(*, scope: str, state: str, redirect_uri: str, verifier: str) -> str:
    """Google's consent page. Raises Unsupported when the installation has no client at Google."""
    if not settings.GOOGLE_CLIENT_ID:
        raise Unsupported(_("Signing in at Google is not set up here: GOOGLE_CLIENT_ID is missing."), code="not_set_up")
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {
        "response_type": "code",
        "client_id": settings.GOOGLE_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": state,
        "access_type": "offline",
        "prompt": "consent",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{settings.GOOGLE_API_BASE or AUTHORIZE_URL}{AUTHORIZE_PATH}?{urlencode(query)}"


def exchange(patience: Patience, *, scope: str, code: str, redirect_uri: str, verifier: str) -> Tokens:
    """Trade the code of a finished sign-in for tokens. Raises Rejected, TryLater."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    answer = _ask_for_tokens(patience, form)
    error = _error(answer)
    if answer.status in (400, 401, 403) and error:
        raise Rejected(_("Google refused the sign-in: {words}").format(words=_words(answer) or error), code=error)
    tokens = _tokens(answer, old_refresh="")
    granted = tokens.secrets["scope"].split()
    # People may untick single rights on the consent page.
    if granted and scope not in granted:
        raise Rejected(_("The sign-in was given without the right that is needed. Start again and allow it."), code="scope_missing")
    return tokens


def refresh(patience: Patience, secrets: Mapping[str, str]) -> Tokens:
    """New tokens for a refresh token. Raises Unauthorized when only the owner can mend it, TryLater."""
    token = secrets.get("refresh_token", "")
    if not token:
        raise Unauthorized(_("There is no refresh token: connect the account again."), code="not_refreshable")
    answer = _ask_for_tokens(patience, {"grant_type": "refresh_token", "refresh_token": token})
    error = _error(answer)
    if answer.status in (400, 401, 403) and error:
        if error in ENDED:
            raise Unauthorized(_("Google no longer renews the sign-in of this account. Connect it again."), code=error)
        reason = _("Google does not accept this installation as a client ({error}). See to GOOGLE_CLIENT_ID and its secret.")
        raise TryLater(reason.format(error=error), seconds=MISCONFIGURED_SECONDS, code=error)
    fresh = _tokens(answer, old_refresh=token)
    kept = {name: value for name, value in secrets.items() if name not in fresh.secrets}
    return Tokens(secrets={**kept, **fresh.secrets}, expires_at=fresh.expires_at)


def _ask_for_tokens(patience: Patience, form: dict[str, str]) -> Answer:
    client = {"client_id": settings.GOOGLE_CLIENT_ID, "client_secret": settings.GOOGLE_CLIENT_SECRET}
    try:
        with session(settings.GOOGLE_API_BASE, patience) as opened:
            return answer_of(opened.post(TOKEN_URL, data={**form, **client}))
    except (requests.exceptions.RequestException, OSError) as error:
        raise Unanswered(error).as_trouble("Google") from error


def _error(answer: Answer) -> str:
    return string(mapping(answer.body).get("error"))[:40]


def _words(answer: Answer) -> str:
    return string(mapping(answer.body).get("error_description"))[:300]


def _tokens(answer: Answer, *, old_refresh: str) -> Tokens:
    body = mapping(answer.body)
    access = string(body.get("access_token"))
    if not answer.good or not access:
        trouble = unreadable(Answer(answer.status, answer.headers, None), "Google")
        seconds = trouble.seconds if isinstance(trouble, TryLater) else 60.0
        raise TryLater(trouble.reason, seconds=seconds, code=trouble.code)
    secrets = {"access_token": access, "scope": string(body.get("scope"))}
    renewed = string(body.get("refresh_token")) or old_refresh
    if renewed:
        secrets["refresh_token"] = renewed
    lasts = body.get("expires_in")
    expires_at = now() + timedelta(seconds=lasts) if isinstance(lasts, int | float) and 0 < lasts < 1e9 else None
    return Tokens(secrets=secrets, expires_at=expires_at)
