"""Signing in at LinkedIn (learn.microsoft.com/linkedin/shared/authentication: authorization-code-flow and
programmatic-refresh-tokens, read 2026-11). An access token lasts 60 days. A refresh token is given to approved partners only; it
lasts a year from the sign-in and is not prolonged by its use.
"""

from datetime import timedelta
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from core.clock import now
from social.networks._linkedin_wire import NAME, Answer, answer_of, garbled, unreadable
from social.networks._shapes import mapping, string
from social.networks._wire import Patience, Unanswered, session
from social.networks.errors import Rejected, TryLater, Unauthorized, Unsupported
from social.networks.values import Access, Tokens

SITE = "https://www.linkedin.com"
#: …/linkedin/marketing/community-management: organisations one administers, their posts, and what happens around them; comments and
#: reactions have rights of their own since 2025 (comments-api, reactions-api: `…_feed`).
SCOPES = (
    "rw_organization_admin", "r_organization_social", "w_organization_social", "r_organization_social_feed",
    "w_organization_social_feed",
)  # fmt: skip
LIFETIME = timedelta(days=60)


def authorize_url(*, state: str, redirect_uri: str) -> str:
    """LinkedIn's consent page. Raises Unsupported when the installation has no app at LinkedIn."""
    if not settings.LINKEDIN_CLIENT_ID:
        reason = _("Signing in at {network} is not set up here: {setting} is missing.")
        raise Unsupported(reason.format(network=NAME, setting="LINKEDIN_CLIENT_ID"), code="not_set_up")
    query = {
        "response_type": "code",
        "client_id": settings.LINKEDIN_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "state": state,
        "scope": " ".join(SCOPES),
    }
    return f"{settings.LINKEDIN_API_BASE or SITE}/oauth/v2/authorization?{urlencode(query)}"


def exchange(patience: Patience, *, code: str, redirect_uri: str) -> Tokens:
    """Trade the code of a finished sign-in for tokens. Raises Rejected, TryLater."""
    answer = _granted(patience, {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri})
    if answer.status in (400, 401, 403):
        reason = _("{network} refused the sign-in: {words}").format(network=NAME, words=answer.words or answer.status)
        raise Rejected(reason, code=string(mapping(answer.body).get("error"))[:40] or "refused")
    return _tokens(answer, {})


def refresh(patience: Patience, access: Access) -> Tokens:
    """A new access token for the refresh token. Raises Unauthorized when only the owner can mend it, TryLater."""
    token = access.secrets.get("refresh_token", "")
    if not token:
        raise Unauthorized(_("There is no refresh token: connect the account again."), code="not_refreshable")
    answer = _granted(patience, {"grant_type": "refresh_token", "refresh_token": token})
    if answer.status in (400, 401, 403):
        reason = _("{network} no longer renews the sign-in of this account. Connect it again.").format(network=NAME)
        raise Unauthorized(reason, code=string(mapping(answer.body).get("error"))[:40] or "refused")
    return _tokens(answer, {name: value for name, value in access.secrets.items() if name in ("refresh_token", "organization")})


def _granted(patience: Patience, form: dict[str, str]) -> Answer:
    app = {"client_id": settings.LINKEDIN_CLIENT_ID, "client_secret": settings.LINKEDIN_CLIENT_SECRET}
    try:
        with session(settings.LINKEDIN_API_BASE, patience) as opened:
            return answer_of(opened.post(f"{SITE}/oauth/v2/accessToken", data={**form, **app}))
    except (requests.exceptions.RequestException, OSError) as error:
        raise Unanswered(error).as_trouble(NAME) from error


def _tokens(answer: Answer, kept: dict[str, str]) -> Tokens:
    body = mapping(answer.body)
    token = string(body.get("access_token"))
    if not answer.good or not token:
        trouble = unreadable(answer) if not answer.good else garbled()
        seconds = trouble.seconds if isinstance(trouble, TryLater) else 60.0
        raise TryLater(trouble.reason, seconds=seconds, code=trouble.code)
    secrets = {**kept, "access_token": token}
    renewed = string(body.get("refresh_token"))
    if renewed:
        secrets["refresh_token"] = renewed
    lasts = body.get("expires_in")
    stated = timedelta(seconds=lasts) if isinstance(lasts, int | float) and 0 < lasts < 1e9 else LIFETIME
    return Tokens(secrets=secrets, expires_at=now() + stated)
