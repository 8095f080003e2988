"""Files that businesses hand over before they send them: of WhatsApp by number, of Messenger by Page. And where WhatsApp's lie."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

from .. import media
from ..problems import BadField
from ..wire.gate import Answer, Call
from .gate import Refusal, missing
from .paging import asked, base_of, number

#: What is taken on trust, as nothing here shows it: all else that is no picture and no film is bytes.
SAID = ("application/pdf", "audio/mpeg", "audio/ogg", "audio/aac", "audio/mp4", "audio/amr")
#: What a message may hold on WhatsApp, beside text and templates.
KINDS = ("image", "video", "audio", "document")
CAPTION = 1024


def _taken(call: Call, field: str, claimed: str) -> sqlite3.Row:
    data = call.form.get(field)
    if not isinstance(data, bytes) or not data:
        raise Refusal(100, f"(#100) The parameter {field} is required.")
    plain = claimed if claimed in SAID else "application/octet-stream"
    return media.take(call.world, owner_id=call.me["id"], data=data, otherwise=plain)


def upload_to_number(call: Call) -> Answer:
    """POST /:number/media of WhatsApp."""
    if call.me["network"] != "whatsapp" or call.path["id"] != str(call.me["id"]) or asked(call, "messaging_product") != "whatsapp":
        raise missing(call.path["id"])
    return Answer({"id": str(_taken(call, "file", asked(call, "type"))["id"])})


def upload_attachment(call: Call) -> Answer:
    """POST /:page/message_attachments of Messenger, and of Instagram where the form says so."""
    platform = "instagram" if call.me["network"] == "instagram" else ""
    if call.me["network"] == "whatsapp" or call.path["id"] not in ("me", str(call.me["id"])) or asked(call, "platform") != platform:
        raise missing(call.path["id"])
    try:
        kind = json.loads(asked(call, "message"))["attachment"]["type"]
    except (ValueError, KeyError, TypeError):
        raise Refusal(100, "(#100) param message must be a JSON object") from None
    claimed = {"audio": "audio/mpeg", "file": "application/pdf"}.get(kind, "")
    return Answer({"attachment_id": str(_taken(call, "filedata", claimed)["id"])})


def upload_photo(call: Call) -> Answer:
    """POST /:page/photos: a picture that is shown nowhere, for a comment to name."""
    if call.me["network"] != "facebook" or call.path["id"] != str(call.me["id"]) or asked(call, "published") != "false":
        raise missing(call.path["id"])
    row = _taken(call, "source", "")
    if not row["mime"].startswith("image/"):
        raise Refusal(324, "(#324) Missing or invalid image file")
    return Answer({"id": str(row["id"])})


def show(call: Call) -> Answer | None:
    """GET /:media of WhatsApp: where its bytes lie. None for what is none."""
    row = media.get(call.world, number(call.path["id"], 0))
    if row is None or not row["done"]:
        return None
    digest = hashlib.sha256(media.read(call.world, row["id"])).hexdigest()
    found = {"id": str(row["id"]), "url": f"{base_of(call)}/media/{row['id']}", "mime_type": row["mime"], "sha256": digest}
    return Answer({"messaging_product": "whatsapp", **found, "file_size": row["total_bytes"]})


def own(call: Call, identifier: Any) -> list[int]:
    """An upload of the account's own. Raises `Refusal`."""
    try:
        return media.own(call.world, owner_id=call.me["id"], ids=[str(identifier)])
    except BadField:
        raise Refusal(100, "(#100) Invalid parameter: no such attachment") from None


def of_message(call: Call, kind: str) -> tuple[str, list[int]]:
    """Words and file of a WhatsApp message of that kind. Raises `Refusal`, KeyError, TypeError, ValueError."""
    said = json.loads(asked(call, kind))
    caption = str(said.get("caption", ""))
    if len(caption) > CAPTION or (caption and kind == "audio"):
        raise Refusal(100, "(#100) Invalid parameter: caption")
    return caption, own(call, said["id"])
