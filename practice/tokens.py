"""OAuth 2 tokens and authorization codes of the one registered app."""

from __future__ import annotations

import base64
import hashlib
import secrets
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .clock import now_ms

if TYPE_CHECKING:
    from .world import World

# X's documents: access tokens live two hours, codes thirty seconds (we give a person reading a page more).
ACCESS_SECONDS = 7200
LONG_SECONDS = 10 * 365 * 86_400
CODE_MS = 120_000
OFFLINE = "offline.access"
#: Meta: a token of a person, who is no Page and opens none of its lists.
OF_A_PERSON = "person"
SCOPES = (
    "tweet.read", "tweet.write", "tweet.moderate.write", "users.read", "like.read", "like.write", "dm.read",
    "dm.write", "media.write", "follows.read", "offline.access",
)  # fmt: skip
DEFAULT_SCOPES = (
    "tweet.read", "tweet.write", "tweet.moderate.write", "users.read", "like.write", "dm.read", "dm.write",
    "media.write", "offline.access",
)  # fmt: skip


def issue(world: World, *, user_id: int, scopes: Sequence[str] = DEFAULT_SCOPES, seconds: int = ACCESS_SECONDS) -> sqlite3.Row:
    """A fresh access token, with a refresh token when `offline.access` is among the scopes."""
    access = secrets.token_urlsafe(48)
    if world.homes.get(user_id) == "telegram":
        # BotFather's form: the bot's id in front, and no end.
        access, seconds = f"{user_id}:{secrets.token_urlsafe(27)}", LONG_SECONDS
    elif world.homes.get(user_id) == "sms":
        # Twilio's Auth Token: 32 hexadecimal digits, and no end.
        access, seconds = secrets.token_hex(16), LONG_SECONDS
    refresh = secrets.token_urlsafe(48) if OFFLINE in scopes else None
    with world.store.write() as db:
        db.execute(
            "INSERT INTO tokens (access, refresh, user_id, scopes, expires_ms, created_ms) VALUES (?, ?, ?, ?, ?, ?)",
            (access, refresh, user_id, " ".join(scopes), now_ms() + seconds * 1000, now_ms()),
        )
    return world.store.one("SELECT * FROM tokens WHERE access = ?", (access,))


def find_valid(world: World, access: str) -> sqlite3.Row | None:
    """A token that still opens doors."""
    return world.store.one(
        "SELECT * FROM tokens WHERE access = ? AND revoked = 0 AND rotated = 0 AND expires_ms > ?", (access, now_ms())
    )


def rotate(world: World, refresh: str) -> sqlite3.Row | None:
    """Spend a refresh token for a new pair; None when it is unknown, revoked or already spent."""
    with world.store.write() as db:
        old = world.store.one("SELECT * FROM tokens WHERE refresh = ? AND revoked = 0 AND rotated = 0", (refresh,))
        if old is None:
            return None
        db.execute("UPDATE tokens SET rotated = 1 WHERE access = ?", (old["access"],))
        return issue(world, user_id=old["user_id"], scopes=old["scopes"].split())


def revoke(world: World, *, user_id: int | None = None, token: str | None = None) -> int:
    """Make tokens worthless, refresh included: one pair by either of its halves, or all of an account."""
    with world.store.write() as db:
        if token is not None:
            return db.execute(
                "UPDATE tokens SET revoked = 1 WHERE revoked = 0 AND (access = ? OR refresh = ?)", (token, token)
            ).rowcount
        return db.execute("UPDATE tokens SET revoked = 1 WHERE revoked = 0 AND user_id = ?", (user_id,)).rowcount


def expire(world: World, *, user_id: int | None = None, token: str | None = None) -> int:
    """Let access tokens run out now; their refresh tokens stay good."""
    with world.store.write() as db:
        if token is not None:
            return db.execute("UPDATE tokens SET expires_ms = 0 WHERE access = ?", (token,)).rowcount
        return db.execute(
            "UPDATE tokens SET expires_ms = 0 WHERE user_id = ? AND expires_ms > 0 AND revoked = 0", (user_id,)
        ).rowcount


def new_code(world: World, *, user_id: int, redirect_uri: str, challenge: str, scopes: Sequence[str]) -> str:
    """An authorization code after the person said yes."""
    code = secrets.token_urlsafe(48)
    with world.store.write() as db:
        db.execute(
            "INSERT INTO codes (code, user_id, redirect_uri, challenge, scopes, expires_ms) VALUES (?, ?, ?, ?, ?, ?)",
            (code, user_id, redirect_uri, challenge, " ".join(scopes), now_ms() + CODE_MS),
        )
    return code


def spend_code(
    world: World, *, code: str, redirect_uri: str, verifier: str, seconds: int = ACCESS_SECONDS
) -> sqlite3.Row | str:
    """Trade a code for a pair; a text says why not. A code works once, also when the verifier was wrong."""
    with world.store.write() as db:
        row = world.store.one("SELECT * FROM codes WHERE code = ?", (code,))
        if row is None or row["used"] or row["expires_ms"] <= now_ms():
            return "Value passed for the authorization code was invalid."
        db.execute("UPDATE codes SET used = 1 WHERE code = ?", (code,))
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if row["redirect_uri"] != redirect_uri:
            return "Value passed for the redirect uri did not match the uri of the authorization code."
        # Networks without PKCE keep no challenge.
        if row["challenge"] and not secrets.compare_digest(digest, row["challenge"]):
            return "Value passed for the code verifier did not match the code challenge."
        return issue(world, user_id=row["user_id"], scopes=row["scopes"].split(), seconds=seconds)


def counts(world: World, user_id: int) -> dict[str, Any]:
    """How many of an account's tokens work, ran out, or were revoked."""
    row = world.store.one(
        "SELECT sum(revoked = 0 AND rotated = 0 AND expires_ms > ?) AS good,"
        " sum(revoked = 0 AND rotated = 0 AND expires_ms <= ?) AS expired, sum(revoked) AS revoked,"
        " sum(rotated) AS refreshed FROM tokens WHERE user_id = ?",
        (now_ms(), now_ms(), user_id),
    )
    return {name: row[name] or 0 for name in ("good", "expired", "revoked", "refreshed")}
