"""OAuth 2 token endpoints. The consent page, which a person sees, is in `practice.consent`."""

from __future__ import annotations

import base64
import binascii
import secrets
import sqlite3
from typing import Any
from urllib.parse import unquote

from .. import ledger, tokens
from .errors import Refusal
from .gate import Answer, Call


def refused(error: str, description: str, status: int = 400) -> Refusal:
    """The OAuth error body X sends."""
    return Refusal(status, {"error": error, "error_description": description})


def check_client(call: Call) -> None:
    """Basic credentials (confidential client) or `client_id` in the body; a wrong secret is 401."""
    settings = call.world.settings
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name = secret = ""
        right = secrets.compare_digest(unquote(name).encode(), settings.client_id.encode())
        if not (secrets.compare_digest(unquote(secret).encode(), settings.client_secret.encode()) and right):
            raise refused("unauthorized_client", "Missing valid authorization header", 401)
        return
    if not secrets.compare_digest(str(call.form.get("client_id", "")).encode(), settings.client_id.encode()):
        raise refused("invalid_request", "Value passed for the client id was invalid.")


def pair(row: sqlite3.Row) -> Answer:
    body: dict[str, Any] = {
        "token_type": "bearer", "expires_in": tokens.ACCESS_SECONDS, "access_token": row["access"],
        "scope": row["scopes"],
    }  # fmt: skip
    if row["refresh"]:
        body["refresh_token"] = row["refresh"]
    return Answer(body, headers={"cache-control": "no-store"})


def token(call: Call) -> Answer:
    """POST /2/oauth2/token: trade a code, or spend a refresh token."""
    check_client(call)
    kind = call.form.get("grant_type")
    if kind == "authorization_code":
        for name in ("code", "redirect_uri", "code_verifier"):
            if not call.form.get(name):
                raise refused("invalid_request", f"Missing required parameter [{name}].")
        row = tokens.spend_code(
            call.world, code=call.form["code"], redirect_uri=call.form["redirect_uri"],
            verifier=call.form["code_verifier"],
        )  # fmt: skip
        if isinstance(row, str):
            raise refused("invalid_request", row)
        note(call, "token", row)
        return pair(row)
    if kind == "refresh_token":
        fresh = tokens.rotate(call.world, str(call.form.get("refresh_token", "")))
        if fresh is None:
            raise refused("invalid_request", "Value passed for the token was invalid.")
        note(call, "refresh", fresh)
        return pair(fresh)
    raise refused("unsupported_grant_type", "Value passed for the grant type was invalid.")


def note(call: Call, kind: str, row: sqlite3.Row) -> None:
    with call.world.store.write():
        ledger.write(
            call.world, kind=kind, user_id=row["user_id"], object_id=row["user_id"], request_id=call.request_id,
            trouble=call.trouble_names, origin="api",
        )  # fmt: skip


def revoke(call: Call) -> Answer:
    """POST /2/oauth2/revoke: answers the same whether or not the token existed."""
    check_client(call)
    value = str(call.form.get("token", ""))
    if not value:
        raise refused("invalid_request", "Missing required parameter [token].")
    tokens.revoke(call.world, token=value)
    return Answer({"revoked": True})
