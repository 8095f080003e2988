"""Files that only we read: bytes under names nobody can guess, each in its workspace's own folder.

Django's storage `private` keeps them (a folder beside the instance's state, or whatever the operator sets in STORAGES); it has no
address. Who may see what is the caller's business; here a name of one workspace opens nothing of another's.
"""

import re
import secrets
from typing import Any, BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import storages

_NAME = re.compile(r"(\d{1,19})/[0-9a-f]{2}/[A-Za-z0-9_-]{22}")


class NoSuchFile(LookupError):
    """It was never kept, not for this workspace, or is kept no longer."""


def keep(content: bytes, *, workspace_id: int) -> str:
    """Write bytes down and return their name: 128 random bits below the workspace's folder."""
    name = f"{workspace_id}/{secrets.token_hex(1)}/{secrets.token_urlsafe(16)}"
    return str(_store().save(name, ContentFile(content)))


def open_kept(name: str, *, workspace_id: int) -> BinaryIO:
    """The file behind a name, to be closed by the caller. Raises NoSuchFile, also for a name of another workspace."""
    if not is_name(name, workspace_id=workspace_id):
        raise NoSuchFile(name)
    try:
        opened: Any = _store().open(name, "rb")
    except OSError as error:
        raise NoSuchFile(name) from error
    file: BinaryIO = opened
    return file


def read_kept(name: str, *, workspace_id: int) -> bytes:
    """All bytes behind a name. Raises NoSuchFile."""
    with open_kept(name, workspace_id=workspace_id) as file:
        return file.read()


def forget(name: str, *, workspace_id: int) -> None:
    """Throw a file away; one that is gone already is no error."""
    if is_name(name, workspace_id=workspace_id):
        _store().delete(name)


def is_name(name: str, *, workspace_id: int) -> bool:
    """Whether this is a name that `keep` gave for this workspace."""
    found = _NAME.fullmatch(name)
    return found is not None and int(found[1]) == workspace_id


def _store() -> Any:
    return storages["private"]
