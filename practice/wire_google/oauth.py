"""Google's token endpoint. The consent page, which a person sees, is in `practice.consent`.

A refresh token stays good when it is used, as Google's do; it is worth nothing once the account was revoked.
"""

from __future__ import annotations

import secrets
from typing import Any

from .. import ledger, tokens
from ..wire.gate import Answer, Call
from ..wire_mail.login import id_token


def refused(error: str, words: str, status: int = 400) -> Answer:
    return Answer({"error": error, "error_description": words}, status)


def token(call: Call) -> Answer:
    """POST /token: trade a code, or ask for another access token."""
    settings = call.world.settings
    for name, wanted in (("client_id", settings.client_id), ("client_secret", settings.client_secret)):
        if not secrets.compare_digest(str(call.form.get(name, "")).encode(), wanted.encode()):
            return refused("invalid_client", "The OAuth client was not found.", 401)
    kind = call.form.get("grant_type")
    if kind == "authorization_code":
        row = tokens.spend_code(
            call.world,
            code=str(call.form.get("code", "")),
            redirect_uri=str(call.form.get("redirect_uri", "")),
            verifier=str(call.form.get("code_verifier", "")),
        )
        if isinstance(row, str):
            return refused("invalid_grant", "Malformed auth code.")
    elif kind == "refresh_token":
        old = call.world.store.one(
            "SELECT * FROM tokens WHERE refresh = ? AND revoked = 0", (str(call.form.get("refresh_token", "")),)
        )
        if old is None:
            return refused("invalid_grant", "Token has been expired or revoked.")
        scopes = [scope for scope in old["scopes"].split() if scope != tokens.OFFLINE]
        row = tokens.issue(call.world, user_id=old["user_id"], scopes=scopes)
    else:
        return refused("unsupported_grant_type", "Invalid grant_type.")
    with call.world.store.write():
        ledger.write(
            call.world, kind="refresh" if kind == "refresh_token" else "token", user_id=row["user_id"], object_id=row["user_id"],
            request_id=call.request_id, trouble=call.trouble_names, origin="api",
        )  # fmt: skip
    body: dict[str, Any] = {
        "access_token": row["access"], "expires_in": tokens.ACCESS_SECONDS, "token_type": "Bearer",
        "scope": " ".join(scope for scope in row["scopes"].split() if scope != tokens.OFFLINE),
    }  # fmt: skip
    if row["refresh"]:
        body["refresh_token"] = row["refresh"]
    if "openid" in row["scopes"].split():
        body["id_token"] = id_token(call, row)
    return Answer(body)
