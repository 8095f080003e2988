"""Texts that WhatsApp has approved: every number here has the same three, of which one wants a picture."""

from __future__ import annotations

import json
from typing import Any

from ..wire.gate import Answer, Call
from .gate import Refusal, missing
from .paging import asked, page

TEXTS = {
    ("parcel_update", "en"): "Hello {{1}}, your parcel {{2}} is on its way.",
    ("go_on", "ur"): "السلام علیکم، کیا ہم گفتگو جاری رکھیں؟ یہاں جواب دیں۔",
}


def approved(call: Call) -> Answer:
    """GET /:account/message_templates."""
    if call.me["network"] != "whatsapp":
        raise missing(call.path["id"])
    rows: list[dict[str, Any]] = [
        {"name": name, "language": language, "status": "APPROVED", "category": "UTILITY", "id": str(number),
         "components": [{"type": "BODY", "text": text}, {"type": "FOOTER", "text": "Chowk"}]}
        for number, ((name, language), text) in enumerate(TEXTS.items(), 1)
    ]  # fmt: skip
    picture = [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Look!"}]
    rows.append({"name": "look", "language": "en", "status": "APPROVED", "id": "9", "components": picture})
    return page(call, rows, {})


def filled(call: Call) -> str:
    """The words of the template a send names. Unknown ones, and wrong numbers of parameters, are refused as WhatsApp does."""
    try:
        given = json.loads(asked(call, "template"))
        text = TEXTS.get((str(given["name"]), str(given["language"]["code"])))
        parts = [part for part in given.get("components", []) if part["type"] == "body"]
        values = [str(value["text"]) for part in parts for value in part["parameters"]]
    except (ValueError, KeyError, TypeError):
        raise Refusal(100, "(#100) Invalid parameter") from None
    if text is None:
        raise Refusal(132001, "(#132001) Template name does not exist in the translation", status=404)
    if len(values) != text.count("{{"):
        raise Refusal(132000, "(#132000) Number of parameters does not match the expected number of params")
    for number, value in enumerate(values, 1):
        text = text.replace(f"{{{{{number}}}}}", value)
    return text
