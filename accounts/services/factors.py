"""Secrets of second factors, sealed like channels' are; 0 stands for “no workspace, no channel”."""

from typing import Any

from allauth.mfa.models import Authenticator

from core import crypto
from core.resealing import Rotated, aged_rows, reseal_rows

PLACE: dict[str, Any] = {"workspace_id": 0, "channel_id": 0, "field": "mfa"}
#: What allauth has us seal in an authenticator's data: the secret of codes by time, the seed of recovery codes, and such codes
#: brought from elsewhere (allauth/mfa/totp and allauth/mfa/recovery_codes, read 2026-11). Passkeys hold no secret.
SEALED = ("secret", "seed", "migrated_codes")


def seal(text: str) -> str:
    return crypto.seal(text, **PLACE)


def unseal(sealed: str) -> str:
    """What `seal` made. Raises Unreadable."""
    return crypto.unseal(sealed, **PLACE)


def rotate() -> Rotated:
    """Seal anew what the newest key did not seal."""
    return reseal_rows(Authenticator, _anew)


def aged() -> int:
    """How many people's factors an older key sealed."""
    return aged_rows(Authenticator, _anew)


def _anew(row: Authenticator) -> dict[str, Any]:
    data = {name: _fresh(value) if name in SEALED else value for name, value in row.data.items()}
    return {"data": data} if data != row.data else {}


def _fresh(value: Any) -> Any:
    if isinstance(value, list):
        return [_fresh(each) for each in value]
    return seal(unseal(value)) if isinstance(value, str) and crypto.needs_resealing(value) else value
