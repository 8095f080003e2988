"""Secrets of channels at rest: AES-GCM under a ring of keys, bound to workspace, channel and field.

The bound facts are AES-GCM's associated data, so a ciphertext copied to another tenant, channel or field does not open.
"""

import base64
import binascii
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE_BYTES = 12


class Unreadable(Exception):
    """The sealed text does not open here: wrong key, wrong place, or damaged."""


@lru_cache(maxsize=8)
def _ring(keys: str) -> dict[str, AESGCM]:
    """Parse `id:base64,id:base64`; the first key seals, all of them open."""
    ring: dict[str, AESGCM] = {}
    for entry in keys.split(","):
        key_id, _, encoded = entry.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise ImproperlyConfigured(f"FIELD_KEYS: key “{key_id}” is not base64.") from error
        if not key_id or len(key) != 32:
            raise ImproperlyConfigured(f"FIELD_KEYS: key “{key_id}” must be id:base64 of 32 bytes.")
        if key_id in ring:
            raise ImproperlyConfigured(f"FIELD_KEYS: key “{key_id}” is there twice; what one of them sealed would be lost.")
        ring[key_id] = AESGCM(key)
    return ring


def check_keys() -> None:
    """Raise ImproperlyConfigured when FIELD_KEYS cannot be used."""
    _ring(settings.FIELD_KEYS)


def _bound(workspace_id: int, channel_id: int, field: str) -> bytes:
    return f"{workspace_id}:{channel_id}:{field}".encode()


def seal(text: str, *, workspace_id: int, channel_id: int, field: str) -> str:
    """Encrypt `text` for exactly this workspace, channel and field. Returns `key_id.base64`."""
    key_id, key = next(iter(_ring(settings.FIELD_KEYS).items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = key.encrypt(nonce, text.encode(), _bound(workspace_id, channel_id, field))
    return f"{key_id}.{base64.b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, workspace_id: int, channel_id: int, field: str) -> str:
    """Decrypt what `seal` made for the same three facts. Raises Unreadable otherwise."""
    key_id, _, encoded = sealed.partition(".")
    key = _ring(settings.FIELD_KEYS).get(key_id)
    if key is None:
        raise Unreadable(f"No key “{key_id}” in FIELD_KEYS.")
    try:
        raw = base64.b64decode(encoded, validate=True)
        return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(workspace_id, channel_id, field)).decode()
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise Unreadable("This secret was sealed for another place, or is damaged.") from error


def needs_resealing(sealed: str) -> bool:
    """Whether `sealed` was made with a key that is no longer the first of the ring."""
    return sealed.partition(".")[0] != newest_key()


def newest_key() -> str:
    """The name of the key that seals: the first of the ring. What it sealed begins with this name and a dot."""
    return next(iter(_ring(settings.FIELD_KEYS)))
