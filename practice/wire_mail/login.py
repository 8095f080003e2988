"""Signing in at a provider of mail: whose mailbox a token opens, what an id token says, and Microsoft's token endpoint.

learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow, read 2026-11. Google's is `wire_google/oauth.py`; the page a
person sees is `practice.consent`. Each brand of the network “email” has the mailbox of its name.
"""

from __future__ import annotations

import base64
import json
import secrets
import sqlite3
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from .. import people, tokens
from ..wire.gate import Answer, Call, Endpoint, Gate
from ..wire.oauth import note

if TYPE_CHECKING:
    from ..world import World

DOMAIN = "practice.example"
GOOGLE = {"https://mail.google.com/": "Read and write the mail of this mailbox", "openid": "Know its address", "email": "See it"}
MICROSOFT = {
    "https://outlook.office.com/IMAP.AccessAsUser.All": "Read the mail of this mailbox",
    "https://outlook.office.com/SMTP.Send": "Send mail from it",
    "offline_access": "Stay connected until you take the permission back",
    "openid": "Know its address",
    "email": "See its address",
    "profile": "See its name",
}
#: With one of these a token opens the mailbox.
OPENING = frozenset({"https://mail.google.com/", "https://outlook.office.com/IMAP.AccessAsUser.All"})
SECONDS = 3600


def address_of(person: sqlite3.Row) -> str:
    return f"{person['handle']}@{DOMAIN}".lower()


def opens(world: World, user: str, access: str) -> bool:
    """Whether this token opens that mailbox."""
    row = tokens.find_valid(world, access)
    person = people.on(world, row["user_id"], "email") if row is not None else None
    right = person is not None and not person["suspended"] and address_of(person) == user.lower()
    return row is not None and right and bool(OPENING & set(row["scopes"].split()))


def said_in(words: bytes) -> tuple[str, str]:
    """User and token of what a client says: XOAUTH2, or OAUTHBEARER (RFC 7628). Nothing of anything else."""
    fields = words.decode("utf-8", "replace").split("\x01")
    user = fields[0].removeprefix("user=").removeprefix("n,a=").removesuffix(",")
    token = next((field.removeprefix("auth=Bearer ") for field in fields[1:] if field.startswith("auth=Bearer ")), "")
    return user, token


#: What a server asks whose client's token it refuses, before it says no.
FAULT = base64.b64encode(b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}').decode()


def id_token(call: Call, row: sqlite3.Row) -> str:
    """Who signed in, as a token that nobody's key signed: it goes to the app itself, over a line nobody is on."""
    person = people.get(call.world, row["user_id"])
    claims = {
        "iss": call.world.settings.base_url, "aud": call.world.settings.client_id, "sub": str(person["id"]),
        "email": address_of(person), "preferred_username": address_of(person), "name": person["name"],
    }  # fmt: skip
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "unsigned"])


def refused(error: str, words: str, status: int = 400) -> Answer:
    return Answer({"error": error, "error_description": f"{words}\r\nTrace ID: 0\r\nCorrelation ID: 0"}, status)


def token(call: Call) -> Answer:
    """POST /common/oauth2/v2.0/token: a code, or a refresh token, for which another one comes."""
    settings = call.world.settings
    for name, wanted in (("client_id", settings.client_id), ("client_secret", settings.client_secret)):
        if not secrets.compare_digest(str(call.form.get(name, "")).encode(), wanted.encode()):
            return refused("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401)
    kind = call.form.get("grant_type")
    row: sqlite3.Row | str | None
    if kind == "authorization_code":
        code, redirect_uri = str(call.form.get("code", "")), str(call.form.get("redirect_uri", ""))
        verifier = str(call.form.get("code_verifier", ""))
        row = tokens.spend_code(call.world, code=code, redirect_uri=redirect_uri, verifier=verifier, seconds=SECONDS)
    elif kind == "refresh_token":
        row = tokens.rotate(call.world, str(call.form.get("refresh_token", "")))
    else:
        return refused("unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.")
    if row is None or isinstance(row, str):
        return refused("invalid_grant", "AADSTS70008: The provided authorization code or refresh token has expired.")
    note(call, "token" if kind == "authorization_code" else "refresh", row)
    shown = [scope for scope in row["scopes"].split() if scope.startswith("https://")]
    body: dict[str, Any] = {
        "token_type": "Bearer", "scope": " ".join(shown), "expires_in": SECONDS, "access_token": row["access"],
        "id_token": id_token(call, row), **({"refresh_token": row["refresh"]} if row["refresh"] else {}),
    }  # fmt: skip
    return Answer(body, headers={"cache-control": "no-store"})


def sign_in_routes(world: World) -> list[Route]:
    """Microsoft's token endpoint."""
    endpoint = Endpoint("e_token", "POST", "/common/oauth2/v2.0/token", token, ("token",), 900, writes=True, open=True)
    return [Route(endpoint.path, Gate(world, endpoint), methods=[endpoint.method], name=endpoint.name)]
