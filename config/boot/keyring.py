"""The secrets of one installation, made at random on first use and kept in one file that only its owner reads."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from config.boot.trouble import Trouble


@dataclass(frozen=True)
class Keyring:
    """Every secret `up` hands out. Field names are the keys of the file."""

    secret_key: str
    field_keys: str
    cluster_password: str
    owner_password: str
    app_password: str
    valkey_password: str
    x_client_id: str
    x_client_secret: str
    practice_admin_key: str

    @classmethod
    def random(cls) -> "Keyring":
        """A new set. Passwords are URL-safe, so they can stand in DATABASE_URL as they are."""
        return cls(
            secret_key=secrets.token_urlsafe(48),
            field_keys="k1:" + base64.b64encode(secrets.token_bytes(32)).decode("ascii"),
            cluster_password=secrets.token_urlsafe(24),
            owner_password=secrets.token_urlsafe(24),
            app_password=secrets.token_urlsafe(24),
            valkey_password=secrets.token_urlsafe(24),
            x_client_id="practice-" + secrets.token_hex(8),
            x_client_secret=secrets.token_urlsafe(32),
            practice_admin_key=secrets.token_urlsafe(32),
        )


def load_or_make(file: Path, *, guarded: Path) -> Keyring:
    """The keyring in `file`, made when there is none. Raises Trouble when it is damaged, or gone while `guarded` (the
    database it opens) is still there: new secrets could never open the old data."""
    if not file.exists():
        if guarded.exists():
            raise Trouble(
                f"{file} is gone but the database it opens is still there: put the file back, or remove {file.parent} "
                "to start afresh."
            )
        keyring = Keyring.random()
        write_private(file, asdict(keyring))
        return keyring
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return Keyring(**{field.name: str(stored[field.name]) for field in fields(Keyring)})
    except (ValueError, KeyError, TypeError):
        raise Trouble(
            f"{file} is damaged: put back a good copy, or remove {file.parent} to start afresh (its data is lost then)."
        ) from None


def write_private(file: Path, content: object) -> None:
    """Write JSON that only the owner may read, whole or not at all."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(draft, file)
