"""Apps and tokens of an instance (docs.joinmastodon.org: methods/apps, methods/oauth, read 2026-11). The page a person sees:
`practice.consent`.
"""

from __future__ import annotations

import secrets
import sqlite3

from .. import tokens
from ..clock import now_ms
from ..consent import allowed_redirect
from ..wire.gate import Answer, Call
from ..wire.oauth import note
from .gate import Refusal

#: An app may ask for these; `write` holds all that begin with it.
SCOPES = ("read", "write", "write:statuses", "write:media", "write:favourites")


def discovery(call: Call) -> Answer:
    """GET /.well-known/oauth-authorization-server (since 4.3)."""
    base = str(call.world.settings.base_url)
    return Answer(
        {
            "issuer": base,
            "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}/oauth/token",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "code_challenge_methods_supported": ["S256"],
            "app_registration_endpoint": f"{base}/api/v1/apps",
        }
    )


def register(call: Call) -> Answer:
    """POST /api/v1/apps."""
    name, redirect_uri = str(call.form.get("client_name", "")), str(call.form.get("redirect_uris", ""))
    scopes = str(call.form.get("scopes", "read"))
    if not name or not redirect_uri:
        raise Refusal(422, "Validation failed: Application name can't be blank, Redirect URI can't be blank")
    if not allowed_redirect(call.world.settings.callback, redirect_uri):
        raise Refusal(422, "Validation failed: Redirect URI must be an absolute URI.")
    if not set(scopes.split()) <= set(SCOPES):
        raise Refusal(422, "Validation failed: Scopes doesn't match configured on the server.")
    made = {"client_id": secrets.token_urlsafe(32), "client_secret": secrets.token_urlsafe(32)}
    with call.world.store.write() as db:
        row = (made["client_id"], made["client_secret"], redirect_uri, scopes, now_ms())
        db.execute("INSERT INTO apps VALUES (?, ?, ?, ?, ?)", row)
    return Answer({"id": "1", "name": name, "website": call.form.get("website"), "redirect_uri": redirect_uri, **made})


def app_of(call: Call) -> sqlite3.Row:
    """The app that asks. Raises the 401 of one that is not known."""
    row = call.world.store.one("SELECT * FROM apps WHERE client_id = ?", (str(call.form.get("client_id", "")),))
    given = str(call.form.get("client_secret", ""))
    if row is None or not secrets.compare_digest(row["secret"].encode(), given.encode()):
        words = "Client authentication failed due to unknown client, no client authentication included, or unsupported method."
        raise Refusal(401, "invalid_client", description=words)
    found: sqlite3.Row = row
    return found


def token(call: Call) -> Answer:
    """POST /oauth/token: a token of the app's own, or a code traded for one that has no end."""
    app = app_of(call)
    kind = call.form.get("grant_type")
    created = now_ms() // 1000
    if kind == "client_credentials":
        body = {"access_token": secrets.token_urlsafe(32), "token_type": "Bearer", "scope": "read", "created_at": created}
        return Answer(body)
    if kind != "authorization_code":
        raise Refusal(400, "unsupported_grant_type", description="The authorization grant type is not supported.")
    row = tokens.spend_code(
        call.world,
        code=str(call.form.get("code", "")),
        redirect_uri=str(call.form.get("redirect_uri", "")),
        verifier=str(call.form.get("code_verifier", "")),
        seconds=tokens.LONG_SECONDS,
    )
    if isinstance(row, str) or app["redirect_uri"] != call.form.get("redirect_uri"):
        words = "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used."
        raise Refusal(400, "invalid_grant", description=words)
    note(call, "token", row)
    return Answer({"access_token": row["access"], "token_type": "Bearer", "scope": row["scopes"], "created_at": created})
