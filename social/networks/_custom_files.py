"""Files in documents of a system of one's own: carried inside the message as base64, or named by an address of ours."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from social.networks._shapes import mapping, size, string
from social.networks._text import clean
from social.networks.brought import Enclosed
from social.networks.values import Attachment, Media

MEDIA_KINDS = frozenset({"image", "video", "audio", "file"})
MAX_MEDIA = 20
#: Bytes of one file inside a document: a webhook's whole body may have 2.5 MB, and base64 takes a third more.
MAX_INSIDE = 1_500_000
_INSIDE = "inside:"


def media_of(entry: Mapping[str, Any], address: str) -> Media:
    """One file as its message says it; `address` is where it lies, empty for one that came inside."""
    kind, reference = string(entry.get("kind")), string(entry.get("reference"))
    return Media(
        kind=kind if kind in MEDIA_KINDS else "file",
        url=address,
        alt=clean(string(entry.get("alt")))[:1000],
        width=size(entry.get("width")),
        height=size(entry.get("height")),
        reference=reference[:80] if reference.startswith(_INSIDE) and reference.isascii() and not address else "",
        name=clean(string(entry.get("name"))).replace("\\", "/").rpartition("/")[2][:200],
    )


def taken_out(row: Any) -> tuple[Any, list[Enclosed]]:
    """A message without the bytes that came inside it, and those bytes: what is stored with a message is words only."""
    entries = mapping(row).get("media")
    if not isinstance(entries, list) or not any("data" in mapping(entry) for entry in entries):
        return row, []
    found: list[Enclosed] = []
    kept: list[Any] = []
    for entry in entries[:MAX_MEDIA]:
        given = mapping(entry).get("data")
        if given is None:
            kept.append(entry)
            continue
        content, problem = _decoded(given)
        # Known by what it is, so that the same file in every try is one.
        print_of = hashlib.sha256(content or repr(given).encode()).hexdigest()[:40]
        plain = {name: value for name, value in mapping(entry).items() if name not in ("data", "url")}
        kept.append({**plain, "reference": f"{_INSIDE}{print_of}"})
        found.append(Enclosed(media_of(kept[-1], ""), content, problem))
    return {**row, "media": kept}, found


def _decoded(given: Any) -> tuple[bytes, str]:
    """The bytes, or what is wrong with them."""
    if not isinstance(given, str) or len(given) > MAX_INSIDE * 4 // 3 + 4:
        return b"", _("A file inside a message has at most {limit} MB; larger ones are named by an address.").format(limit=1.5)
    try:
        return base64.b64decode(given, validate=True), ""
    except (binascii.Error, ValueError):
        return b"", _("The bytes of this file are no base64.")


def as_documents(files: tuple[Attachment, ...]) -> list[dict[str, Any]]:
    """Files that go along with a reply: what each is, and where it is fetched."""
    return [
        {
            "kind": file.kind, "mime": file.mime, "name": file.name, "size": file.size, "alt": file.alt, "width": file.width,
            "height": file.height, "url": file.address,
        }
        for file in files
    ]  # fmt: skip
