"""Secrets that open something without a password: made once, shown once, stored as a hash."""

import hashlib
import secrets

API_PREFIX = "rbt_"
_BYTES = 32


def new_link_token() -> str:
    """256 random bits, safe in an address."""
    return secrets.token_urlsafe(_BYTES)


def new_api_token() -> str:
    """256 random bits behind a prefix that secret scanners can recognise."""
    return API_PREFIX + secrets.token_urlsafe(_BYTES)


def token_hash(token: str) -> str:
    """SHA-256 as hex. A slow hash would protect nothing: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
