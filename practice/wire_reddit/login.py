"""Tokens at Reddit (github.com/reddit-archive/reddit/wiki/OAuth2, read 2026-11). The page a person sees: `practice.consent`."""

from __future__ import annotations

import base64
import binascii
import secrets
import sqlite3
from typing import Any

from .. import people, tokens
from ..wire.gate import Answer, Call
from ..wire.oauth import note
from .gate import Refusal

#: An app of the kind “script” that everybody here may use, and everybody's password.
SCRIPT = ("practice-script", "practice-secret")
PASSWORD = "practice"
ACCESS_SECONDS = 86_400
SCOPES = "identity read history privatemessages submit"


def app_of(call: Call) -> tuple[str, str]:
    """The app that asks, by its Basic credentials; a wrong one is a 401."""
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        name = secret = ""
    settings = call.world.settings
    for known in (SCRIPT, (settings.client_id, settings.client_secret)):
        if scheme.lower() == "basic" and secrets.compare_digest(f"{name}:{secret}".encode(), ":".join(known).encode()):
            return known
    raise Refusal(401, "Unauthorized")


def session(call: Call, row: sqlite3.Row, kind: str, **beside: Any) -> Answer:
    note(call, kind, row)
    body = {"access_token": row["access"], "token_type": "bearer", "expires_in": ACCESS_SECONDS, "scope": SCOPES, **beside}
    return Answer(body, headers={"cache-control": "no-store"})


def access_token(call: Call) -> Answer:
    """POST /api/v1/access_token: a code, a refresh token (which stays good), or a script app's password. Refusals are a 200."""
    app = app_of(call)
    world, grant = call.world, call.form.get("grant_type")
    scopes = tuple(SCOPES.split())
    if grant == "authorization_code":
        code, redirect_uri = str(call.form.get("code", "")), str(call.form.get("redirect_uri", ""))
        row = tokens.spend_code(world, code=code, redirect_uri=redirect_uri, verifier="")
        if isinstance(row, str):
            raise Refusal(200, body={"error": "invalid_grant"})
        return session(call, row, "token", **({"refresh_token": row["refresh"]} if row["refresh"] else {}))
    if grant == "refresh_token":
        refresh = str(call.form.get("refresh_token", ""))
        old = world.store.one("SELECT * FROM tokens WHERE refresh = ? AND revoked = 0", (refresh,))
        if old is None or world.homes.get(old["user_id"]) != "reddit":
            raise Refusal(400, "Bad Request")
        fresh = tokens.issue(world, user_id=old["user_id"], scopes=scopes, seconds=ACCESS_SECONDS)
        return session(call, fresh, "refresh", refresh_token=refresh)
    if grant == "password" and app == SCRIPT:
        person = people.on(world, str(call.form.get("username", "")), "reddit")
        right = secrets.compare_digest(str(call.form.get("password", "")).encode(), PASSWORD.encode())
        if person is None or person["suspended"] or not right:
            raise Refusal(200, body={"error": "invalid_grant"})
        return session(call, tokens.issue(world, user_id=person["id"], scopes=scopes, seconds=ACCESS_SECONDS), "token")
    raise Refusal(200, body={"error": "unsupported_grant_type"})
