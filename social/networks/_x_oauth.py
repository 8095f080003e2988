"""Signing in at X: OAuth 2 with PKCE (docs.x.com, “OAuth 2.0 Authorization Code Flow with PKCE”, read 2026-11)."""

import base64
import hashlib
from datetime import timedelta
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from core.clock import now
from social.networks._shapes import mapping, string
from social.networks._wire import Patience, Unanswered, session
from social.networks._x_wire import Answer, answer_of, unreadable
from social.networks.errors import Rejected, TryLater, Unauthorized, Unsupported
from social.networks.values import Tokens

TOKEN_URL = "https://api.x.com/2/oauth2/token"  # noqa: S105 - an address, not a secret
AUTHORIZE_PATH = "/i/oauth2/authorize"
SCOPES = "tweet.read tweet.write tweet.moderate.write users.read dm.read dm.write like.write media.write offline.access"


def authorize_url(*, state: str, redirect_uri: str, verifier: str) -> str:
    """X's consent page. Raises Unsupported when the installation has no app at X."""
    if not settings.X_CLIENT_ID:
        raise Unsupported(_("Signing in at X is not set up here: X_CLIENT_ID is missing."), code="not_set_up")
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {
        "response_type": "code",
        "client_id": settings.X_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{settings.X_API_BASE or 'https://x.com'}{AUTHORIZE_PATH}?{urlencode(query)}"


def exchange(patience: Patience, *, code: str, redirect_uri: str, verifier: str) -> Tokens:
    """Trade the code of a finished sign-in for tokens. Raises Rejected, TryLater."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    answer = _ask_for_tokens(patience, form)
    if answer.status in (400, 401, 403):
        reason = _("X refused the sign-in: {words}").format(words=answer.words or _error(answer))
        raise Rejected(reason, code=_error(answer) or "refused")
    return _tokens(answer, old_refresh="")


def refresh(patience: Patience, refresh_token: str) -> Tokens:
    """New tokens for a refresh token, which X takes once. Raises Unauthorized when only the owner can mend it,
    TryLater.
    """
    answer = _ask_for_tokens(patience, {"grant_type": "refresh_token", "refresh_token": refresh_token})
    if answer.status in (400, 401, 403):
        raise Unauthorized(_("X no longer renews the sign-in of this account. Connect it again."), code=_error(answer) or "refused")
    return _tokens(answer, old_refresh=refresh_token)


def _ask_for_tokens(patience: Patience, form: dict[str, str]) -> Answer:
    if settings.X_CLIENT_SECRET:
        identity, body = (settings.X_CLIENT_ID, settings.X_CLIENT_SECRET), form
    else:
        identity, body = None, {**form, "client_id": settings.X_CLIENT_ID}
    try:
        with session(settings.X_API_BASE, patience) as opened:
            return answer_of(opened.post(TOKEN_URL, data=body, auth=identity))
    except (requests.exceptions.RequestException, OSError) as error:
        raise Unanswered(error).as_trouble("X") from error


def _error(answer: Answer) -> str:
    return string(mapping(answer.body).get("error"))[:40]


def _tokens(answer: Answer, *, old_refresh: str) -> Tokens:
    body = mapping(answer.body)
    access = string(body.get("access_token"))
    if not answer.good or not access:
        trouble = unreadable(Answer(answer.status, answer.headers, None))
        seconds = trouble.seconds if isinstance(trouble, TryLater) else 60.0
        raise TryLater(trouble.reason, seconds=seconds, code=trouble.code)
    secrets = {"access_token": access, "scope": string(body.get("scope"))}
    # X hands out a new refresh token each time, but need not.
    renewed = string(body.get("refresh_token")) or old_refresh
    if renewed:
        secrets["refresh_token"] = renewed
    lasts = body.get("expires_in")
    expires_at = now() + timedelta(seconds=lasts) if isinstance(lasts, int | float) and 0 < lasts < 1e9 else None
    return Tokens(secrets=secrets, expires_at=expires_at)
