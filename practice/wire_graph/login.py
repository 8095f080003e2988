"""Facebook Login: tokens of people, the Pages they manage, and what they allowed. The page a person sees: `practice.consent`.

developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow and …/access-tokens/get-long-lived, read 2026-11.

Whoever signs in as one of our brands manages all brands of that name on that network.
"""

from __future__ import annotations

import secrets
import sqlite3
from typing import Any

from .. import people, tokens
from ..clock import now_ms
from ..wire.gate import Answer, Call
from ..wire.oauth import note
from .gate import Refusal

SHORT_SECONDS, LONG_SECONDS = 3600, 60 * 86_400
#: What a person may allow, by the network it is about.
RIGHTS = {
    "facebook": (
        "pages_show_list", "pages_read_engagement", "pages_read_user_content", "pages_manage_engagement", "pages_manage_metadata",
        "pages_messaging",
    ),
    "instagram": (
        "pages_show_list", "pages_manage_metadata", "instagram_basic", "instagram_manage_comments", "instagram_manage_messages",
    ),
    "whatsapp": ("whatsapp_business_management", "whatsapp_business_messaging"),
}  # fmt: skip


def fits(call: Call, name: str, secret: str) -> bool:
    """Whether these are the app's id and secret."""
    settings = call.world.settings
    given, wanted = f"{name}|{secret}", f"{settings.client_id}|{settings.client_secret}"
    return secrets.compare_digest(given.encode(), wanted.encode())


def access_token(call: Call) -> Answer:
    """GET /oauth/access_token: a code for a token of an hour, that one for a token of 60 days."""
    if not fits(call, call.query.get("client_id", ""), call.query.get("client_secret", "")):
        raise Refusal(101, "Error validating client secret.")
    if call.query.get("grant_type") == "fb_exchange_token":
        old = tokens.find_valid(call.world, call.query.get("fb_exchange_token", ""))
        if old is None:
            raise Refusal(190, "Error validating access token: Session has expired.", subcode=463)
        row = tokens.issue(call.world, user_id=old["user_id"], scopes=old["scopes"].split(), seconds=LONG_SECONDS)
        return Answer({"access_token": row["access"], "token_type": "bearer", "expires_in": LONG_SECONDS})
    code, redirect_uri = call.query.get("code", ""), call.query.get("redirect_uri", "")
    found = tokens.spend_code(call.world, code=code, redirect_uri=redirect_uri, verifier="", seconds=SHORT_SECONDS)
    if isinstance(found, str):
        raise Refusal(100, "This authorization code has been used.", subcode=36009)
    note(call, "token", found)
    return Answer({"access_token": found["access"], "token_type": "bearer", "expires_in": SHORT_SECONDS})


def scopes_of(call: Call) -> set[str]:
    """What the person behind the token allowed."""
    return set(dict(call.token).get("scopes", "").split()) if call.token is not None else set()


def permissions(call: Call) -> Answer:
    """GET /me/permissions."""
    allowed = scopes_of(call)
    rows = [
        {"permission": right, "status": "granted" if right in allowed else "declined"} for right in RIGHTS[str(call.me["network"])]
    ]
    return Answer({"data": rows})


def managed(call: Call) -> list[sqlite3.Row]:
    """The brands of the person who signed in."""
    rows = people.everyone(call.world, brands=True, network=call.me["network"])
    return [row for row in rows if row["name"] == call.me["name"] and not row["suspended"]]


def page_token(call: Call, brand: sqlite3.Row) -> str:
    """A Page's own token, which has no end: the same one each time it is asked for."""
    sql = "SELECT access FROM tokens WHERE user_id = ? AND scopes = 'page' AND revoked = 0 AND expires_ms > ?"
    row = call.world.store.one(sql, (brand["id"], now_ms()))
    return str((row or tokens.issue(call.world, user_id=brand["id"], scopes=("page",), seconds=tokens.LONG_SECONDS))["access"])


def accounts(call: Call) -> Answer:
    """GET /me/accounts: the Pages, each with the account of Instagram that is linked to it."""
    if "pages_show_list" not in scopes_of(call):
        raise Refusal(200, "(#200) Requires pages_show_list permission")
    found: list[dict[str, Any]] = []
    for row in managed(call):
        shown = {"name": row["name"], "access_token": page_token(call, row), "tasks": ["MODERATE", "MESSAGING", "MANAGE"]}
        if row["network"] == "instagram":
            account = {"id": str(row["id"]), "username": row["handle"], "name": row["name"]}
            found.append({"id": f"1{row['id']}", **shown, "instagram_business_account": account})
        else:
            found.append({"id": str(row["id"]), "username": row["handle"], **shown})
    return Answer({"data": found, "paging": {"cursors": {"before": "MAZDZD", "after": "MAZDZD"}}})


def debug_token(call: Call) -> Answer:
    """GET /debug_token, with the app's own token."""
    name, _, secret = call.query.get("access_token", "").partition("|")
    if not fits(call, name, secret):
        raise Refusal(190, "Invalid OAuth access token signature.")
    row = tokens.find_valid(call.world, call.query.get("input_token", ""))
    if row is None:
        return Answer({"data": {"is_valid": False, "scopes": [], "error": {"code": 190, "message": "The access token is invalid"}}})
    call.user = people.get(call.world, row["user_id"])
    scopes = [scope for scope in row["scopes"].split() if scope != tokens.OF_A_PERSON]
    wabas = [f"1{brand['id']}" for brand in managed(call)]
    granular = [
        {"scope": scope, **({"target_ids": wabas} if scope == "whatsapp_business_management" else {})} for scope in scopes
    ]
    facts = {"app_id": name, "type": "USER", "is_valid": True, "expires_at": row["expires_ms"] // 1000, "scopes": scopes}
    return Answer({"data": {**facts, "granular_scopes": granular}})


def businesses(call: Call) -> Answer:
    """GET /me/businesses: one, with the accounts on WhatsApp it owns."""
    owned = [{"id": f"1{brand['id']}"} for brand in managed(call)]
    return Answer({"data": [{"id": "1", "name": call.me["name"], "owned_whatsapp_business_accounts": {"data": owned}}]})


def phone_numbers(call: Call) -> Answer:
    """GET /:waba/phone_numbers."""
    found = [row for row in managed(call) if f"1{row['id']}" == call.path["id"]]
    rows = [{"id": str(row["id"]), "display_phone_number": f"+{row['id']}", "verified_name": row["name"]} for row in found]
    return Answer({"data": rows})
