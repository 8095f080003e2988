"""A mail as its writer formatted it: its HTML, and the pictures that lie inside the mail (RFC 2392)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from social.networks._email_mime import leaves, split, text_of
from social.networks._email_read import MAX_MEDIA, source_of
from social.networks._text import MAX_HTML, shallow
from social.networks.senders import Original


def original_of(payload: Mapping[str, Any]) -> Original | None:
    """The HTML of a stored mail; its pictures by their `cid:` and their place among what is attached. Raises Malformed."""
    source = source_of(payload)
    mail = split(source)
    found = [part for part in leaves(mail) if part.kind == "text/html" and not part.attached]
    # The richest form of a text stands last (RFC 2046, 5.1.4); of several texts all are shown.
    html = "\n<hr>\n".join(text_of(source, part)[:MAX_HTML] for part in found[:5])[:MAX_HTML]
    if not html.strip():
        return None
    # The order in which `_email_read.attachments` lists them.
    attached = [
        part
        for part in leaves(mail)
        if part.attached and not (mail.kind == "multipart/report" and part.kind.startswith("message/"))
    ]
    named: dict[str, int] = {}
    for number, part in enumerate(attached[:MAX_MEDIA]):
        for name in (part.head.get("content-id").strip().strip("<>"), part.head.get("content-location").strip()):
            if name and part.kind.startswith("image/"):
                named.setdefault(unquote(name), number)
    return Original(shallow(html), named)
