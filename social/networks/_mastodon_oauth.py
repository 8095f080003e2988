"""Signing in at a Mastodon instance: an app of ours is registered there first, then OAuth 2 as everywhere.

docs.joinmastodon.org: client/authorized, methods/apps, methods/oauth and spec/oauth, read 2026-11. Instances throw away apps with
which nobody signed in for a while, so a kept one is asked for a token of its own before a person is sent there: an unknown app is
an error page on which their way would end. An access token has no end. PKCE came with 4.3; the discovery document says what is
offered.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from social.networks._mastodon_wire import Answer, answer_of, unreadable
from social.networks._shapes import mapping, string
from social.networks._text import clean
from social.networks._wire import Patience, Unanswered, session
from social.networks.errors import Rejected, TryLater
from social.networks.values import Tokens

SCOPES = "read write:statuses write:media write:favourites"
NAME = "Rabta"
#: Registering, or asking whether the app still stands; what the instance offers; and registering after all.
CALLS = 3
#: An id or secret longer than this is none.
MOST_LETTERS = 512


def app_at(patience: Patience, host: str, kept: Mapping[str, str], *, redirect_uri: str) -> Mapping[str, str]:
    """Our app at an instance: the kept one while the instance knows it and it fits, else a new one. Raises Rejected, TryLater."""
    fits = kept.get("redirect_uri") == redirect_uri and kept.get("scopes") == SCOPES
    with session(settings.MASTODON_API_BASE, patience, calls=CALLS) as opened:
        app = kept if fits and _stands(opened, host, kept) else _registered(opened, host, redirect_uri)
        return {**app, "pkce": "S256" if _offers_pkce(opened, host) else ""}


def authorize_url(host: str, *, state: str, redirect_uri: str, verifier: str, app: Mapping[str, str]) -> str:
    """The instance's consent page."""
    query = {
        "response_type": "code",
        "client_id": app.get("client_id", ""),
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": state,
    }
    if app.get("pkce"):
        digest = hashlib.sha256(verifier.encode()).digest()
        query |= {"code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="), "code_challenge_method": "S256"}
    return f"{settings.MASTODON_API_BASE or f'https://{host}'}/oauth/authorize?{urlencode(query)}"


def exchange(
    patience: Patience, host: str, *, code: str, redirect_uri: str, verifier: str, app: Mapping[str, str]
) -> Tokens:
    """Trade the code of a finished sign-in for a token. Raises Rejected, TryLater."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "scope": SCOPES, **_client(app)}
    if app.get("pkce"):
        form["code_verifier"] = verifier
    with session(settings.MASTODON_API_BASE, patience) as opened:
        answer = _ask(opened, host, "/oauth/token", form)
    body = mapping(answer.body)
    if answer.status in (400, 401, 403, 422) and body:
        words = clean(string(body.get("error_description")))[:300] or answer.words or answer.status
        reason = _("{network} refused the sign-in: {words}").format(network=host, words=words)
        raise Rejected(reason, code=string(body.get("error"))[:40] or "refused")
    token = string(body.get("access_token"))
    if not answer.good or not token or not (token.isascii() and token.isprintable()):
        trouble = unreadable(Answer(answer.status, answer.headers, None))
        raise TryLater(trouble.reason, seconds=60.0, code=trouble.code)
    granted = string(body.get("scope"))
    missing = [scope for scope in SCOPES.split() if granted and not _covers(granted.split(), scope)]
    if missing:
        reason = _("The sign-in was given without rights that are needed: {rights}. Start again and allow them.")
        raise Rejected(reason.format(rights=", ".join(missing)), code="scope_missing")
    return Tokens(secrets={"instance": host, "access_token": token, "scope": granted})


def _covers(granted: list[str], scope: str) -> bool:
    """Whether a right is among those given: `write` holds all that begin with it."""
    return scope in granted or scope.partition(":")[0] in granted


def _client(app: Mapping[str, str]) -> dict[str, str]:
    return {name: app.get(name, "") for name in ("client_id", "client_secret")}


def _ask(opened: requests.Session, host: str, path: str, form: Mapping[str, str] | None) -> Answer:
    """One question. Raises TryLater without an answer, Rejected for a server that our policy does not call."""
    try:
        url = f"https://{host}{path}"
        return answer_of(opened.get(url) if form is None else opened.post(url, data=dict(form)))
    except (requests.exceptions.RequestException, OSError) as error:
        missed = Unanswered(error)
        if missed.ours:
            reason = _("{host} leads to no public address. Rabta calls public servers only.").format(host=host)
            raise Rejected(reason, code="not_allowed", field="instance") from error
        raise missed.as_trouble(host) from error


def _stands(opened: requests.Session, host: str, app: Mapping[str, str]) -> bool:
    """Whether the instance still knows our app. In doubt it does."""
    answer = _ask(opened, host, "/oauth/token", {"grant_type": "client_credentials", "scope": "read", **_client(app)})
    return not (answer.status in (400, 401) and mapping(answer.body).get("error") in ("invalid_client", "unauthorized_client"))


def _registered(opened: requests.Session, host: str, redirect_uri: str) -> Mapping[str, str]:
    form = {"client_name": NAME, "redirect_uris": redirect_uri, "scopes": SCOPES, "website": settings.BASE_URL}
    answer = _ask(opened, host, "/api/v1/apps", form)
    body: Mapping[str, Any] = mapping(answer.body)
    facts = {name: string(body.get(name)) for name in ("client_id", "client_secret")}
    if answer.good and all(map(_is_word, facts.values())):
        return {**facts, "redirect_uri": redirect_uri, "scopes": SCOPES}
    if answer.status == 429 or answer.status >= 500:
        raise unreadable(answer)
    if answer.words:
        reason = _("{host} does not take apps of others: {words}").format(host=host, words=answer.words)
        raise Rejected(reason, code="no_app", field="instance")
    reason = _("{host} does not answer as a Mastodon server does. Is the address right?").format(host=host)
    raise Rejected(reason, code="bad_instance", field="instance")


def _is_word(value: str) -> bool:
    return 0 < len(value) <= MOST_LETTERS and value.isascii() and value.isprintable() and " " not in value


def _offers_pkce(opened: requests.Session, host: str) -> bool:
    """Whether the instance says so; one that says nothing knows nothing of it."""
    try:
        answer = _ask(opened, host, "/.well-known/oauth-authorization-server", None)
    except TryLater:
        return False
    methods = mapping(answer.body).get("code_challenge_methods_supported")
    return isinstance(methods, list) and "S256" in methods
