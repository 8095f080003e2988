"""Sessions at Bluesky: opened with a handle and an app password, renewed with the refresh token they come with.

com.atproto.server.createSession and refreshSession (lexicons and docs.bsky.app/docs/advanced-guides/rate-limits, read 2026-11): a
session may be opened 30 times in five minutes and 300 times a day, so it is opened when an account is connected and when it can no
longer be renewed. The access token lasts about two hours, the refresh token 90 days.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from social.networks._bluesky_text import is_did
from social.networks._bluesky_wire import Answer, garbled, hear, home_of, host_named, line_to, refuses_token, unreadable
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks._wire import Patience
from social.networks.errors import Rejected, Unauthorized
from social.networks.values import Access, Tokens


def open_session(access: Access, patience: Patience) -> tuple[Tokens, str, str]:
    """A new session with the app password: its secrets, the account's DID and handle. Raises Unauthorized, Rejected, TryLater."""
    # The DID outlives a change of the handle; before the first session only what was typed is known.
    identifier = access.external_id or access.secrets.get("handle", "").lstrip("@")
    password = access.secrets.get("app_password", "")
    if not identifier or not password:
        raise Unauthorized(_("There is no app password: connect the account again."), code="not_refreshable")
    given = {"identifier": identifier, "password": password}
    with line_to(home_of(access), "", patience) as line:
        answer = hear(line, lambda client: client.com.atproto.server.create_session(given))
    if answer.error == "AuthFactorTokenRequired":
        reason = _("This password asks for a code by e-mail: it is the account's own. Make an app password and use that.")
        raise Rejected(reason, code="not_an_app_password", field="app_password")
    if refuses_token(answer):
        raise Unauthorized(_("Bluesky does not accept this handle with this app password."), code="unauthorized")
    return _opened(answer, access)


def renew(access: Access, patience: Patience) -> Tokens:
    """Fresh tokens: by the refresh token while it is good, else with the app password. Raises Unauthorized, TryLater."""
    half = Patience(patience.read_seconds / 2, patience.all_in() / 2)
    token = access.secrets.get("refresh_jwt", "")
    try:
        if token:
            host = host_named(access.secrets.get("pds", "")) or home_of(access)
            with line_to(host, token, half) as line:
                answer = hear(line, lambda client: client.com.atproto.server.refresh_session())
            if answer.good:
                return _opened(answer, access)[0]
            if not refuses_token(answer):
                raise unreadable(answer)
        return open_session(access, half)[0]
    except Rejected as error:
        raise Unauthorized(error.reason, code=error.code) from error


def _opened(answer: Answer, access: Access) -> tuple[Tokens, str, str]:
    """What an answer to either question means: the secrets to keep, the DID, the handle."""
    if not answer.good:
        raise unreadable(answer)
    body = mapping(answer.body)
    fresh = {"access_jwt": string(body.get("accessJwt")), "refresh_jwt": string(body.get("refreshJwt"))}
    did, handle = clean(string(body.get("did"))), clean(string(body.get("handle"))).lower()[:120]
    if not is_did(did) or not handle or not all(fresh.values()):
        raise garbled()
    if access.external_id and access.external_id != did:
        raise Unauthorized(_("The session is for another account. Connect this one again."), code="another_account")
    if body.get("active") is False:
        status = clean(string(body.get("status")))[:40] or "inactive"
        raise Rejected(_("Bluesky says that this account is not active: {status}").format(status=status), code="inactive")
    typed = {name: access.secrets[name] for name in ("handle", "app_password", "service") if access.secrets.get(name)}
    pds = _machine(body) or access.secrets.get("pds", "")
    secrets = {**typed, **fresh, **({"pds": pds} if pds else {})}
    return Tokens(secrets=secrets, expires_at=expiry_of(fresh["access_jwt"])), did, handle


def _machine(body: Mapping[str, Any]) -> str:
    """The machine the account lives on, from its DID document (atproto.com/specs/did#did-documents, read 2026-11)."""
    for service in mappings(mapping(body.get("didDoc")).get("service")):
        if string(service.get("id")).endswith("#atproto_pds") and string(service.get("serviceEndpoint")).startswith("https://"):
            return host_named(string(service.get("serviceEndpoint")))
    return ""


def expiry_of(token: str) -> datetime | None:
    """When a token says it ends; None for one that says nothing. It is read, not believed: only the server knows."""
    middle = token.split(".")[1:2]
    try:
        claims = json.loads(base64.urlsafe_b64decode(middle[0] + "=" * (-len(middle[0]) % 4))) if middle else {}
        return datetime.fromtimestamp(int(mapping(claims)["exp"]), UTC)
    except (binascii.Error, ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        return None
