"""Signing in at the large providers of mail: OAuth 2 with PKCE for a mailbox, its address from the id token, renewal.

developers.google.com/gmail/imap/xoauth2-protocol and …/identity/protocols/oauth2/web-server; learn.microsoft.com:
exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth and
entra/identity-platform/v2-oauth2-auth-code-flow, read 2026-11. An access token lasts about an hour. Google's refresh token stays as
it is, Microsoft gives another one each time. The id token comes straight from the provider over TLS, so its signature proves
nothing more (OpenID Connect Core 1.0, 3.1.3.7).
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from core.clock import now
from social.networks._email_mime import address_key
from social.networks._shapes import mapping, string
from social.networks._text import clean
from social.networks._wire import LIMITED_SECONDS, Answer, Patience, Unanswered, json_of, session
from social.networks.errors import Rejected, TryLater, Unauthorized, Unsupported
from social.networks.values import Tokens

#: The owner took the permission back, changed the password, or must agree anew: only they can mend it.
ENDED = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})
#: What is wrong with this installation's own client is not the mailbox's fault, and no mailbox is parked for it.
MISCONFIGURED_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Provider:
    """Where its mailboxes live, where one signs in, and which settings name our app there."""

    slug: str
    label: str
    imap_host: str
    smtp_host: str
    smtp_port: int
    #: Without these nothing works; `beside` is asked for as well.
    rights: tuple[str, ...]
    beside: tuple[str, ...]
    page: str
    token: str
    base: str
    client_id: str
    client_secret: str
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_set_up(self) -> bool:
        return bool(getattr(settings, self.client_id))


GOOGLE = Provider(
    slug="google",
    label="Google",
    imap_host="imap.gmail.com",
    smtp_host="smtp.gmail.com",
    smtp_port=465,
    rights=("https://mail.google.com/",),
    beside=("openid", "email"),
    page="https://accounts.google.com/o/oauth2/v2/auth",
    token="https://oauth2.googleapis.com/token",  # noqa: S106 - an address, not a secret
    base="GOOGLE_API_BASE",
    client_id="GOOGLE_CLIENT_ID",
    client_secret="GOOGLE_CLIENT_SECRET",  # noqa: S106 - a setting's name
    query={"access_type": "offline", "prompt": "consent select_account"},
)
MICROSOFT = Provider(
    slug="microsoft",
    label="Microsoft",
    imap_host="outlook.office365.com",
    smtp_host="smtp.office365.com",
    smtp_port=587,
    rights=("https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send"),
    beside=("offline_access", "openid", "email", "profile"),
    page="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
    token="https://login.microsoftonline.com/common/oauth2/v2.0/token",  # noqa: S106 - an address, not a secret
    base="MICROSOFT_API_BASE",
    client_id="MICROSOFT_CLIENT_ID",
    client_secret="MICROSOFT_CLIENT_SECRET",  # noqa: S106 - a setting's name
    query={"prompt": "select_account"},
)
PROVIDERS: Mapping[str, Provider] = {provider.slug: provider for provider in (GOOGLE, MICROSOFT)}


def provider_of(given: Mapping[str, str]) -> Provider | None:
    """Whose sign-in this is; None for a mailbox with a password."""
    return PROVIDERS.get(given.get("provider", ""))


def _named(given: Mapping[str, str]) -> Provider:
    provider = provider_of(given)
    if provider is None:
        raise Rejected(_("This cannot be chosen."), code="bad_choice", field="provider")
    return provider


def authorize_url(asked: Mapping[str, str], *, state: str, redirect_uri: str, verifier: str) -> str:
    """The provider's consent page. Raises Unsupported when the installation has no app there."""
    provider = _named(asked)
    if not provider.is_set_up:
        reason = _("Signing in at {network} is not set up here: {setting} is missing.")
        raise Unsupported(reason.format(network=provider.label, setting=provider.client_id), code="not_set_up")
    query = {
        "response_type": "code",
        "client_id": getattr(settings, provider.client_id),
        "redirect_uri": redirect_uri,
        "scope": " ".join((*provider.rights, *provider.beside)),
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("="),
        "code_challenge_method": "S256",
        **provider.query,
    }
    base = getattr(settings, provider.base)
    page = f"{base}/{provider.page.split('/', 3)[3]}" if base else provider.page
    return f"{page}?{urlencode(query)}"


def exchange(patience: Patience, asked: Mapping[str, str], *, code: str, redirect_uri: str, verifier: str) -> Tokens:
    """Trade the code of a finished sign-in for tokens and the mailbox's address. Raises Rejected, TryLater."""
    provider = _named(asked)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    answer = _ask(patience, provider, form)
    error = _error(answer)
    if answer.status in (400, 401, 403) and error:
        reason = _("{network} refused the sign-in: {words}").format(network=provider.label, words=_words(answer) or error)
        raise Rejected(reason, code=error)
    tokens = _tokens(provider, answer, asked)
    granted = {scope.lower() for scope in tokens.secrets["scope"].split()}
    missing = [right.rpartition("/")[2] or right for right in provider.rights if granted and right.lower() not in granted]
    if missing:
        reason = _("The sign-in was given without rights that are needed: {rights}. Start again and allow them.")
        raise Rejected(reason.format(rights=", ".join(missing)), code="scope_missing")
    if "refresh_token" not in tokens.secrets:
        reason = _("{network} gave no sign-in that lasts. Start again.").format(network=provider.label)
        raise Rejected(reason, code="no_refresh_token")
    address = _address(provider, answer)
    return Tokens(secrets={**tokens.secrets, "address": address}, expires_at=tokens.expires_at)


def refresh(patience: Patience, secrets: Mapping[str, str]) -> Tokens:
    """New tokens for a refresh token. Raises Unauthorized when only the owner can mend it, TryLater."""
    provider, token = provider_of(secrets), secrets.get("refresh_token", "")
    if provider is None or not token:
        raise Unauthorized(_("There is no refresh token: connect the account again."), code="not_refreshable")
    answer = _ask(patience, provider, {"grant_type": "refresh_token", "refresh_token": token})
    error = _error(answer)
    if answer.status in (400, 401, 403) and error:
        if error in ENDED:
            reason = _("{network} no longer renews the sign-in of this account. Connect it again.").format(network=provider.label)
            raise Unauthorized(reason, code=error)
        reason = _("{network} does not accept this installation as a client ({error}). See to {setting} and its secret.")
        reason = reason.format(network=provider.label, error=error, setting=provider.client_id)
        raise TryLater(reason, seconds=MISCONFIGURED_SECONDS, code=error)
    return _tokens(provider, answer, secrets)


def _ask(patience: Patience, provider: Provider, form: Mapping[str, str]) -> Answer:
    client = {"client_id": getattr(settings, provider.client_id), "client_secret": getattr(settings, provider.client_secret)}
    try:
        with session(getattr(settings, provider.base), patience) as opened:
            response = opened.post(provider.token, data={**form, **client})
    except (requests.exceptions.RequestException, OSError) as error:
        raise Unanswered(error).as_trouble(provider.label) from error
    return Answer(response.status_code, response.headers, json_of(response))


def _error(answer: Answer) -> str:
    return string(mapping(answer.body).get("error"))[:40]


def _words(answer: Answer) -> str:
    """The provider's explanation; Microsoft's goes on for lines with numbers for its own people."""
    said = string(mapping(answer.body).get("error_description")).strip().splitlines()
    return clean(said[0])[:300] if said else ""


def _tokens(provider: Provider, answer: Answer, kept: Mapping[str, str]) -> Tokens:
    """What is kept from now on: the new tokens, and of what was kept before whatever they do not replace."""
    body = mapping(answer.body)
    access = string(body.get("access_token"))
    if not answer.good or not access or not (access.isascii() and access.isprintable()):
        reason = _("{network} gave no clear answer (status {status}).").format(network=provider.label, status=answer.status)
        raise TryLater(reason, seconds=LIMITED_SECONDS, code=f"http_{answer.status}")
    fresh = {"provider": provider.slug, "access_token": access, "scope": string(body.get("scope")) or kept.get("scope", "")}
    renewed = string(body.get("refresh_token"))
    lasts = body.get("expires_in")
    expires_at = now() + timedelta(seconds=lasts) if isinstance(lasts, int | float) and 0 < lasts < 1e9 else None
    return Tokens(secrets={**kept, **fresh, **({"refresh_token": renewed} if renewed else {})}, expires_at=expires_at)


def _address(provider: Provider, answer: Answer) -> str:
    """The mailbox that signed in. Raises Rejected when the provider names none."""
    claims = _claims(string(mapping(answer.body).get("id_token")))
    if claims.get("aud") == getattr(settings, provider.client_id):
        for name in ("email", "preferred_username"):
            address = address_key(string(claims.get(name)))
            if address and address.isascii():
                return address
    reason = _("{network} did not say which mailbox this sign-in is for. Start again.").format(network=provider.label)
    raise Rejected(reason, code="no_address")


def _claims(token: str) -> Mapping[str, Any]:
    """What an id token says (RFC 7519); nothing when it is none."""
    part = token[:20_000].split(".")[1:2]
    try:
        return mapping(json.loads(base64.urlsafe_b64decode(part[0] + "=" * (-len(part[0]) % 4)))) if part else {}
    except (ValueError, RecursionError):
        return {}
